"""`odyssey doctor FILE`: a file that is right passes; each wrong edit that a person makes is told with its place."""

import json
import sys
from pathlib import Path

import cluster_edits_access
import cluster_edits_keys
import cluster_edits_machines
import cluster_edits_manifests
import pytest
from cluster_edit import AWS, LOCAL, SECRET, SLURM
from cluster_files import SHIPPED, filled_in

from sweeps.cluster_file import aws_model
from sweeps.cluster_file.catalogue import RULES
from sweeps.cluster_file.checking import check_cluster_file
from sweeps.cluster_file.document import read_cluster_file
from sweeps.command_line.app import main
from sweeps.problems import UsageError

EDITS = (
    cluster_edits_keys.EDITS | cluster_edits_machines.EDITS | cluster_edits_access.EDITS | cluster_edits_manifests.EDITS
)


@pytest.fixture(autouse=True)
def laptop(tmp_path, monkeypatch, checkout):
    """A home folder with a token, and the checkout as working folder."""
    (tmp_path / "home/.ray").mkdir(parents=True)
    (tmp_path / "home/.ray/auth_token").write_text(SECRET)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("RAY_UP_enable_autoscaler_v2", raising=False)
    monkeypatch.chdir(checkout)


@pytest.fixture
def write(tmp_path, checkout):
    """Write a shipped file, filled in and edited; gives its path. constraints.txt lies beside it, as in a checkout."""

    def write_edited(name: str, *edits: tuple[str, str]) -> str:
        text = filled_in(checkout / name)
        for old, new in edits:
            assert old in text, f"{old!r} does not stand in {name}"
            text = text.replace(old, new, 1)
        path = tmp_path / Path(name).name
        path.write_text(text)
        (tmp_path / "constraints.txt").write_text((checkout / "constraints.txt").read_text())
        return str(path)

    return write_edited


@pytest.mark.parametrize("name", SHIPPED)
def test_a_file_that_is_filled_in_passes_without_a_remark(name, write):
    assert [str(remark) for remark in check_cluster_file(write(name))] == []


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_a_wrong_edit_is_told_with_its_key(edit, write):
    edits = [(edit.old, edit.new)]
    if edit.key == "max_workers" and "at least" in edit.message:
        edits.append(("min_workers: 0", "min_workers: 2"))
    remarks = check_cluster_file(write(edit.file, *edits))
    found = [each for each in remarks if each.problem.key == edit.key and edit.message in each.problem.message]
    assert found, [str(remark) for remark in remarks]
    assert found[0].level == edit.level
    assert not any(SECRET in str(remark) for remark in remarks)


def test_a_wrong_edit_is_told_with_its_line(write):
    path = write(AWS, ("InstanceType: g5.2xlarge", "InstanceTyp: g5.2xlarge"))
    remarks = check_cluster_file(path)
    line = next(n for n, text in enumerate(Path(path).read_text().splitlines(), start=1) if "InstanceTyp:" in text)
    assert {remark.problem.line for remark in remarks if remark.problem.key.endswith("InstanceTyp")} == {line}


def told(remarks):
    """Give the rules' words without their places."""
    return [remark.problem.message for remark in remarks]


def test_every_rule_is_reached_by_some_wrong_edit(write):
    """A rule that no edit of the list makes speak could not fail, and would be no rule."""
    silent = {(kind, rule) for kind, levels in RULES.items() for rules in levels.values() for rule in rules}
    for edit in EDITS.values():
        if "YAML" in edit.message or "Indent" in edit.message:
            continue
        extra = [("min_workers: 0", "min_workers: 2")] if "of all types together" in edit.message else []
        document = read_cluster_file(write(edit.file, (edit.old, edit.new), *extra))
        silent = {(kind, rule) for kind, rule in silent if kind != document.kind or not list(rule(document))}
    names = {f"{kind}: {rule.__name__}" for kind, rule in silent}
    shared = {
        "authentication_is_not_turned_off",
        "no_token_is_written_down",
        "placeholders_are_filled",
        "marks_are_gone",
    }
    assert {name for name in names if name.split(": ")[1] not in shared} == set()


@pytest.mark.parametrize("name", SHIPPED)
def test_the_files_as_shipped_say_what_is_to_be_changed(name, checkout):
    marked = {n for n, line in enumerate((checkout / name).read_text().splitlines(), start=1) if "# CHANGE" in line}
    remarks = check_cluster_file(str(checkout / name))
    assert {remark.problem.line for remark in remarks} == marked
    assert all("CHANGE" in message or "placeholder" in message for message in told(remarks))


def test_without_botocore_the_usual_keys_are_known(write, monkeypatch):
    monkeypatch.setattr(aws_model, "_run_instances", lambda: None)
    assert check_cluster_file(write(AWS)) == []
    remarks = check_cluster_file(write(AWS, ("InstanceType: g5", "InstanceTyp: g5")))
    assert any("Did you mean 'InstanceType'?" in message for message in told(remarks))


def test_the_usual_keys_are_keys_of_ec2():
    assert set(aws_model._USUAL) <= set(aws_model._run_instances().members)


def test_a_token_that_is_not_there_is_told_with_how_to_make_one(write, tmp_path):
    (tmp_path / "home/.ray/auth_token").unlink()
    assert any(
        "`ray get-auth-token --generate` makes it." in message for message in told(check_cluster_file(write(AWS)))
    )


def test_a_shared_disk_serves_instead_of_a_profile(write):
    disk = ("initialization_commands: []", "initialization_commands: [sudo mount -t nfs4 fs-0a1b2c3d:/ /mnt/shared]")
    path = write(AWS, ("      IamInstanceProfile: {Name: odyssey-worker}\n", ""), disk)
    assert check_cluster_file(path) == []


def test_the_variable_serves_instead_of_its_comment(write, monkeypatch):
    monkeypatch.setenv("RAY_UP_enable_autoscaler_v2", "0")
    assert check_cluster_file(write(LOCAL, ("RAY_UP_enable_autoscaler_v2=0 ray up", "ray up"))) == []


def test_all_that_is_wrong_is_told_at_once(write):
    edits = (("max_workers: 8\nup", "max_worker: 8\nup"), ("type: aws", "type: awss"), ("--head --port", "--port"))
    assert len(check_cluster_file(write(AWS, *edits))) >= len(edits)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n- b\n",
        "provider: 3\navailable_node_types: [1]\nfile_mounts: 2\n",
        "a: {b: [\n",
        "kind: 3\n",
        "#!/bin/sh\n",
    ],
)
def test_nonsense_is_told_and_never_ends_in_a_traceback(text, tmp_path):
    path = tmp_path / "cluster.yaml"
    path.write_text(text)
    assert any(remark.level == "error" for remark in check_cluster_file(str(path)))


def test_a_file_that_is_not_there_is_a_usage_error():
    with pytest.raises(UsageError, match=r"got 'none\.yaml': No such file"):
        check_cluster_file("none.yaml")


def doctor(capsys, monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["odyssey", "doctor", *arguments])
    with pytest.raises(SystemExit) as leaving:
        main()
    shown = capsys.readouterr()
    return leaving.value.code or 0, shown.out, shown.err


def test_doctor_ends_with_2_on_errors_and_prints_a_line_for_each(write, capsys, monkeypatch):
    path = write(AWS, ("type: aws", "type: awss"))
    code, out, err = doctor(capsys, monkeypatch, path)
    assert code == 2
    assert f"{path}:18: error: provider.type: must be one of aliyun, aws," in out
    assert "1 error" in err


def test_doctor_ends_with_0_on_warnings(write, capsys, monkeypatch):
    code, out, err = doctor(capsys, monkeypatch, write(AWS, ('{"CPU": 0}', "{}")))
    assert (code, len(out.splitlines())) == (0, 1)
    assert "0 errors, 1 warning." in err


def test_doctor_says_that_nothing_is_wrong(write, capsys, monkeypatch):
    code, out, err = doctor(capsys, monkeypatch, write(SLURM))
    assert (code, out) == (0, "")
    assert "nothing to mend." in err


def test_doctor_gives_its_remarks_as_json(write, capsys, monkeypatch):
    path = write(AWS, ("type: aws", "type: awss"))
    code, out, _ = doctor(capsys, monkeypatch, path, "--json")
    (first, *_) = json.loads(out)
    assert code == 2
    assert {key: first[key] for key in ("level", "source", "line", "key")} == {
        "level": "error",
        "source": path,
        "line": 18,
        "key": "provider.type",
    }
