"""Sweep files with arms: what is wrong is told before anything starts; what is right has one split of the data."""

from pathlib import Path

import pytest

from sweeps.arm_loading import load_experiment
from sweeps.problems import SweepFileError

BASE = "name: probe\ntask: digits\nnetwork: ffnn\narms:\n"  # the first arm stands on line 5
SAME = "must be the same in all arms, or they could not be compared: set it at the top of the file."
FFNN_HAS = "batch_size, gradient_clip_norm, hidden_layers, hidden_size, input_dropout, learning_rate, output_dropout"
FFNN_HAS += ", weight_decay"

# The whole message of each sweep file, line by line; {file} is the file.
BAD_ARMS: dict[str, tuple[str, str]] = {
    "an arm that is no mapping": (
        "  a: {}\n  b: 3\n",
        "{file}:6: arms.b: must be a mapping of dotted keys to values, such as {{network: ffnn}}, got 3.",
    ),
    "a name that is none": (
        "  a.b: {}\n",
        "{file}:5: arms.a.b: must begin with a letter or digit and hold only letters, digits, dashes and underscores, "
        "at most 32, got 'a.b'.",
    ),
    "unknown keys": (
        "  a: {hiden_size: 3}\n  b: {budgets.trials: 3}\n",
        "{file} has 2 problems:\n"
        "{file}:5: arms.a.hiden_size: is no key of a sweep file and no hyperparameter. Did you mean 'hidden_size'?\n"
        "{file}:6: arms.b.budgets.trials: budgets is no key of a sweep file and no hyperparameter. "
        "Did you mean 'budget'?",
    ),
    "an unknown key of a section": (
        "  a: {}\n  b: {budget.trails: 3}\n",
        "{file}:6: budget.trails (in b): is no key of budget, which has trials, time. Did you mean 'trials'?",
    ),
    "what would change the split": (
        "  a: {folds: 4}\n  b: {seed: 1, metric.name: log_loss}\n",
        "{file} has 3 problems:\n"
        f"{{file}}:5: arms.a.folds: {SAME}\n"
        f"{{file}}:6: arms.b.seed: {SAME}\n"
        f"{{file}}:6: arms.b.metric.name: {SAME}",
    ),
    "after an unknown arm": (
        "  rate: {vary: [learning_rate]}\n  size: {vary: [hidden_size], after: rats}\n",
        "{file}:6: arms.size.after: must be another arm, one of rate, got 'rats'. Did you mean 'rate'?",
    ),
    "after itself": (
        "  rate: {vary: [learning_rate]}\n  size: {vary: [hidden_size], after: size}\n",
        "{file}:6: arms.size.after: must be another arm, one of rate, got 'size'.",
    ),
    "after without vary": (
        "  rate: {vary: [learning_rate]}\n  size: {after: rate}\n",
        "{file}:6: arms.size.after: must come with vary, as in {{vary: [hidden_size], after: rate}}, got none.",
    ),
    "a circle": (
        "  a: {vary: [learning_rate], after: c}\n  b: {vary: [hidden_size], after: a}\n  c: {vary: [], after: b}\n",
        "{file}:5: arms.a.after: must not go round in a circle, got a → c → b → a.",
    ),
    "vary of unknown and constant hyperparameters": (
        "  a: {vary: [hiden_size, embedding_size]}\n",
        "{file} has 2 problems:\n"
        f"{{file}}:5: arms.a.vary: must be a hyperparameter that is searched, one of {FFNN_HAS}, got 'hiden_size'. "
        "Did you mean 'hidden_size'?\n"
        "{file}:5: arms.a.vary: must be of hyperparameters that have a range, got embedding_size, which is constant: "
        "give it one.",
    ),
    "vary of two networks": (
        "  a: {network: [lstm, ffnn], vary: [hidden_size]}\n",
        "{file}:5: arms.a.vary: must be of an arm with one network, got one of {{lstm, ffnn}}: set `network` in the "
        "arm.",
    ),
    "vary that is no list": ("  a: {vary: 3}\n", "{file}:5: arms.a.vary: must be a list of names, got 3."),
    "a wrong value in one arm": (
        "  a: {}\n  b:\n    learning_rate.max: 0.3\n    hidden_size.min: 300\n",
        "{file}:8: parameters.hidden_size (in b): log_int needs 0 < min < max, got min=300, max=128.",
    ),
    "a wrong value for all arms": (
        "  a: {}\n  b: {}\nbudget: {trials: 0}\n",
        "{file}:7: budget.trials: must be at least 1, got 0.",
    ),
    "another task": (
        "  rows: {}\n  pixels: {task: toy-motif}\n",
        "{file}:6: arms.pixels: must have the samples, targets, folds and test split of rows, or they could not be "
        "compared, got others by changing task.",
    ),
}


def load(tmp_path: Path, arms: str, *overrides: str):
    path = tmp_path / "probe.yaml"
    path.write_text(BASE + arms)
    return load_experiment(str(path), overrides)


@pytest.mark.parametrize(("arms", "message"), BAD_ARMS.values(), ids=BAD_ARMS)
def test_what_is_wrong_with_arms_is_told_with_its_line_and_the_nearest_name(tmp_path, arms, message):
    with pytest.raises(SweepFileError, match=r"arms|in b|budget") as refusal:
        load(tmp_path, arms)
    assert str(refusal.value) == message.format(file=tmp_path / "probe.yaml")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "arms.b.hiden_size=3",
            "--set arms.b.hiden_size=3: arms.b.hiden_size: is no key of a sweep file and no hyperparameter. "
            "Did you mean 'hidden_size'?",
        ),
        ("arms.b.budget.trials=0", "--set arms.b.budget.trials=0: budget.trials (in b): must be at least 1, got 0."),
        ("budget.trials=0", "--set budget.trials=0: budget.trials: must be at least 1, got 0."),
        (
            "hidden_size=3",
            "--set hidden_size=3: parameters.hidden_size.value: must change an arm, got a key that each arm sets "
            "itself: set it in the arms.",
        ),
    ],
)
def test_what_is_wrong_with_the_command_line_is_told_as_such(tmp_path, override, message):
    with pytest.raises(SweepFileError, match="--set") as refusal:
        load(tmp_path, "  a: {hidden_size: 8}\n  b: {hidden_size: 16}\n", override)
    assert str(refusal.value) == message


def test_a_sweep_without_arms_is_no_experiment(tmp_path):
    assert load(tmp_path, "  {}\n") is None


def test_arms_have_one_split_and_what_is_set_reaches_all_but_those_that_set_it_themselves(tmp_path):
    arms = "  rows: {}\n  pixels: {task: digits-pixels, budget.trials: 5}\n"
    experiment = load(tmp_path, arms, "budget.trials=3", "arms.rows.hidden_size=8")
    rows, pixels = experiment.arms
    assert rows.data.audit.fingerprint == pixels.data.audit.fingerprint
    assert (rows.sweep.trials, pixels.sweep.trials) == (3, 5)
    assert (rows.sweep.name, pixels.sweep.name) == ("probe-rows", "probe-pixels")
    assert rows.sweep.space["hidden_size"].distribution.value == 8
    assert "hidden_size" in pixels.sweep.space.searched


def test_an_arm_after_another_is_resolved_with_its_best(tmp_path):
    arms = "  rate: {vary: [learning_rate]}\n  size: {vary: [hidden_size], after: rate}\n"
    experiment = load(tmp_path, arms)
    best = {**experiment.arms[0].sweep.space.defaults(), "learning_rate": 0.0625}
    sweep, _ = experiment.resolve(experiment.arms[1], {"rate": best})
    assert sweep.space.searched == ("hidden_size",)
    assert sweep.space.defaults() == best
    assert sweep.source["parameters"]["learning_rate"] == {"value": 0.0625}
