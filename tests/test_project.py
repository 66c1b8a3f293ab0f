"""What must hold of the project as a whole: where its packages lie, what an import costs, that its texts are true."""

import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PACKAGES = ("search_spaces", "learning_tasks", "trainables", "analysis", "sweeps")


@pytest.mark.parametrize("name", PACKAGES)
def test_each_package_is_the_one_of_this_checkout(name, checkout):
    assert Path(importlib.import_module(name).__file__) == checkout / name / "__init__.py"


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("analysis.run_record", ("ray", "torch", "scipy", "sklearn", "optuna")),
        ("search_spaces.catalogue", ("ray", "torch", "pandas", "scipy")),
        ("learning_tasks.task", ("ray", "torch")),
        ("trainables.trial_runner", ("ray", "sklearn", "pandas")),
        ("trainables.epoch_trainable", ("torch",)),
        ("sweeps.resolve", ("ray", "torch", "optuna")),
        ("sweeps.engine", ("ray", "torch", "sklearn", "optuna")),
        ("sweeps.ray_adapters", ("torch",)),
        ("sweeps.command_line.app", ("ray", "torch", "pandas", "sklearn", "optuna")),
    ],
)
def test_an_import_loads_no_more_than_it_needs(module, forbidden):
    program = f"import sys, {module}; print(*[name for name in {forbidden!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_every_package_is_put_into_the_wheel(checkout):
    project = tomllib.loads((checkout / "pyproject.toml").read_text())
    assert tuple(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == PACKAGES


def test_constraints_pin_every_dependency(checkout):
    project = tomllib.loads((checkout / "pyproject.toml").read_text())
    lines = (checkout / "constraints.txt").read_text().splitlines()
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines if "==" in line}
    extras = project["project"]["optional-dependencies"]["cluster"]
    named = [*project["project"]["dependencies"], *extras, *project["dependency-groups"]["dev"]]
    names = {each.split(">=")[0].split("[")[0].lower() for each in named}
    assert names <= pinned


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_file_is_one_docstring(name, checkout):
    for path in (checkout / name).rglob("__init__.py"):
        lines = path.read_text().strip().splitlines()
        assert len(lines) == 1, path
        assert lines[0].startswith('"""'), path
