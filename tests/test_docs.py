"""What the documentation shows can be typed: its sweep files are valid."""

import re
import shlex
from pathlib import Path

import pytest
import typer
import yaml

from sweeps.arm_loading import load_experiment
from sweeps.command_line.app import app
from sweeps.loading import load_sweep

ROOT = Path(__file__).parents[1]
SWEEPS = [
    pytest.param(block, id=f"{page.stem}-{yaml.safe_load(block)['name']}")
    for page in sorted((ROOT / "docs").rglob("*.md"))
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


PAGES = sorted((ROOT / "docs" / "clusters").glob("*.md"))
VERBS = typer.main.get_command(app).commands


def commands_of(page):
    """Give the `odyssey …` commands of a page's shell blocks, as lists of words."""
    blocks = re.findall(r"^```bash\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if re.match(r"(\./)?odyssey ", line)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_of_the_pages_on_clusters_are_verbs_with_their_options(page):
    for verb, *words in commands_of(page):
        options = {name for parameter in VERBS[verb].params for name in (*parameter.opts, *parameter.secondary_opts)}
        assert {word.partition("=")[0] for word in words if word.startswith("-")} <= options, (verb, words)


def test_every_page_on_a_way_to_run_says_what_was_tried_and_where_it_was_not():
    ways = [page for page in PAGES if commands_of(page)]
    assert {"laptop", "on-premises", "aws", "gcp", "kubernetes", "slurm"} <= {page.stem for page in ways}
    for page in ways:
        last = page.read_text(encoding="utf-8").split("\n## ")[-1]
        assert last.startswith("What was tried, and where it was not\n"), page
        assert "ot tried" in last, page


@pytest.mark.parametrize("page", [*PAGES, ROOT / "SECURITY.md"], ids=lambda page: page.stem)
def test_links_of_the_pages_on_clusters_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
