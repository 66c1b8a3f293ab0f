"""What the documentation shows can be typed: its sweep files are valid."""

import re
from pathlib import Path

import pytest
import yaml

from sweeps.arm_loading import load_experiment
from sweeps.loading import load_sweep

ROOT = Path(__file__).parents[1]
SWEEPS = [
    pytest.param(block, id=f"{page.stem}-{yaml.safe_load(block)['name']}")
    for page in sorted((ROOT / "docs").glob("*.md"))
    for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
]


def data_of(block):
    """Give the file or folder that a sweep reads, where it names one."""
    task = yaml.safe_load(block)["task"]
    return (task.get("file") or task.get("folder")) if isinstance(task, dict) else None


@pytest.mark.parametrize("block", [each for each in SWEEPS if Path(ROOT, data_of(each.values[0]) or ".").exists()])
def test_a_sweep_file_of_the_docs_is_valid(block, checkout, tmp_path, monkeypatch):
    monkeypatch.chdir(checkout)
    (tmp_path / "sweep.yaml").write_text(block)
    given = str(tmp_path / "sweep.yaml")
    assert load_experiment(given) or load_sweep(given)


def test_most_sweep_files_of_the_docs_read_what_is_in_the_repository():
    there = [each for each in SWEEPS if Path(ROOT, data_of(each.values[0]) or ".").exists()]
    assert len(there) > len(SWEEPS) / 2 > 3
