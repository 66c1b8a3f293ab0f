"""What is wrong with a sweep is told before anything starts: all of it, where, what must hold and what was given."""

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from learning_tasks.catalogue import TASKS as CATALOGUE
from search_spaces.catalogue import NAMED_SPACES, READABLE
from sweeps.catalogue import SWEEPS as BUILT_IN
from sweeps.command_line.app import main
from sweeps.loading import load_sweep
from sweeps.problems import UsageError

BASE = "name: probe\ntask: digits\n"  # what a case adds begins on line 3
LSTM_READS = (
    "batch_size, between_layer_dropout, bidirectional, embedding_size, forget_gate_bias, gradient_clip_norm, "
    "hidden_size, input_dropout, layers, learning_rate, output_dropout, weight_decay"
)
LSTM_READABLE = ", ".join(sorted(READABLE["lstm"].names))
TASKS = "package.module:object of your own code or one of digits, digits-permuted, digits-pixels, handwriting-spirals, "
TASKS += "peptides-anchor-motif, peptides-positional-leucines, peptides-positional-leucines-soft, "
TASKS += "peptides-three-leucines, toy-motif"
FOLDS = "be a number of at least 2, leave_one_group_out, given, or a mapping such as {{count: 5, repeats: 4}}"
TASK = "a name, package.module:object, or a mapping such as {{source: peptides, file: bd2009.tsv}}"
NAMES = "begin with a letter or digit and hold only letters, digits, dots, dashes and underscores, at most 64"

OF_TEN_CLASSES = (
    "a metric of a classification task in 10 classes, one of accuracy, balanced_accuracy, brier_score, log_loss, "
    "mean_f1, pr_auc, roc_auc, variance_explained"
)

# The whole message of each sweep file, line by line; {file} is the file.
BAD_FILES: dict[str, tuple[str, str]] = {
    "unknown top-level key": (
        BASE + "schedular: {type: asha}\n",
        "{file}:3: schedular: is no key of a sweep file. Did you mean 'scheduler'?",
    ),
    "unknown top-level key like no other": (
        BASE + "xyz: 1\n",
        "{file}:3: xyz: is no key of a sweep file, which has name, task, network, space, parameters, metric, folds, "
        "seeds, patience, min_epochs, allow_leaks, scheduler, search, probe_share, budget, resources, seed, "
        "max_failed, arms.",
    ),
    "keys of other programs and of another level": (
        BASE + "method: bayes\ntrials: 5\nlearning_rate: {max: 1}\n",
        "{file} has 3 problems:\n"
        "{file}:3: method: is no key of a sweep file. Did you mean 'search.type'?\n"
        "{file}:4: trials: is no key of a sweep file. Did you mean 'budget.trials'?\n"
        "{file}:5: learning_rate: is no key of a sweep file. Did you mean 'parameters.learning_rate'?",
    ),
    "unknown nested key": (
        BASE + "scheduler:\n  type: asha\n  reduction: 3\n",
        "{file}:5: scheduler.reduction: is no key of scheduler, which has type, first_rung, max_epochs, "
        "reduction_factor. Did you mean 'reduction_factor'?",
    ),
    "a key that is a number": (BASE + "1: 2\n", "{file}:3: 1: must be text, got 1."),
    "unknown task, network, space": (
        "name: probe\ntask: digit\nnetwork: LSTM\nspace: lsm\n",
        "{file} has 3 problems:\n"
        f"{{file}}:2: task: must be {TASKS}, got 'digit'. Did you mean 'digits'?\n"
        f"{{file}}:3: network: must be one of {', '.join(sorted(READABLE))}, got 'LSTM'. Did you mean 'lstm'?\n"
        f"{{file}}:4: space: must be one of {', '.join(sorted(NAMED_SPACES))}, got 'lsm'. Did you mean 'lstm'?",
    ),
    "unknown metric": (
        BASE + "metric: {name: acuracy}\n",
        f"{{file}}:3: metric.name: must be {OF_TEN_CLASSES}, got 'acuracy'. Did you mean 'accuracy'?",
    ),
    "metric of the wrong kind": (
        BASE + "metric: {name: mean_squared_error}\n",
        f"{{file}}:3: metric.name: must be {OF_TEN_CLASSES}, got 'mean_squared_error'.",
    ),
    "metric of two classes for ten": (
        BASE + "metric: {name: sensitivity}\n",
        f"{{file}}:3: metric.name: must be {OF_TEN_CLASSES}, got 'sensitivity'.",
    ),
    "goal that contradicts the metric": (
        BASE + "metric: {name: log_loss, goal: maximize}\n",
        "{file}:3: metric.goal: must be minimize for log_loss, got maximize.",
    ),
    "goal in British spelling": (
        BASE + "metric: {name: accuracy, goal: maximise}\n",
        "{file}:3: metric.goal: must be one of maximize, minimize, got 'maximise'. Did you mean 'maximize'?",
    ),
    "metric that is no mapping": (
        BASE + "metric: accuracy\n",
        "{file}:3: metric: must be a mapping such as {{name: accuracy}}, got 'accuracy'.",
    ),
    "share above one": (
        BASE + "probe_share: 10\n",
        "{file}:3: probe_share: must be at most 1.0, got 10.",
    ),
    "share in percent": (
        BASE + "probe_share: 10%\n",
        "{file}:3: probe_share: must be a number, got '10%'.",
    ),
    "unknown scheduler": (
        BASE + "scheduler: {type: ahsa}\n",
        "{file}:3: scheduler.type: must be one of asha, fifo, got 'ahsa'. Did you mean 'asha'?",
    ),
    "unknown searcher": (
        BASE + "search: {type: bayes}\n",
        "{file}:3: search.type: must be one of grid, random, sobol, tpe, got 'bayes'.",
    ),
    "unknown hyperparameter": (
        BASE + "parameters:\n  learning_rat: {max: 0.1}\n",
        f"{{file}}:4: parameters.learning_rat: must be a hyperparameter of the networks, one of {LSTM_READABLE}, "
        "got 'learning_rat'. Did you mean 'learning_rate'?",
    ),
    "a hyperparameter without the one that it depends on": (
        BASE + "parameters:\n  momentum: {value: 0.9}\n",
        "{file}:4: parameters.momentum: must come with optimizer: it exists only where optimizer in {{sgd, rmsprop}}.",
    ),
    "a loss that means nothing in a regression": (
        BASE.replace("digits", "peptides-anchor-motif") + "parameters:\n  label_smoothing: {value: 0.1}\n",
        "{file}:4: parameters.label_smoothing: must be 0 in a regression, got 0.1.",
    ),
    "the family as a parameter": (
        BASE + "parameters:\n  network: {value: lstm}\n",
        "{file}:4: parameters.network: must be set by the key network at the top of the sweep file.",
    ),
    "space that the network does not read": (
        BASE + "space: ffnn\n",
        "{file}:3: space: must hold only what the network lstm reads, got 'ffnn', which has hidden_layers.",
    ),
    "space of several networks": (
        BASE + "network: [lstm, ffnn]\nspace: lstm\n",
        "{file}:4: space: must be left out with several networks, or be one of handwriting, peptides, everything, got "
        "'lstm'.",
    ),
    "space of other networks": (
        BASE + "network: [lstm, gru]\nspace: peptides\n",
        "{file}:4: space: must be a space of the network gru, got 'peptides', which is of lstm, ffnn.",
    ),
    "space of a network that is unknown": (
        BASE + "network: LSTM\nspace: lstm\n",
        f"{{file}}:3: network: must be one of {', '.join(sorted(READABLE))}, got 'LSTM'. Did you mean 'lstm'?",
    ),
    "what only other networks read": (
        BASE + "network: ffnn\nparameters: {target_replication: {value: 0.5}}\n",
        "{file}:4: parameters.target_replication: must be left out: only the networks lstm, gru, rnn, deep_conv_lstm "
        "read it.",
    ),
    "network twice": (
        BASE + "network: [lstm, lstm]\n",
        "{file}:3: network: must name each network once, got lstm, lstm.",
    ),
    "no network": (BASE + "network: []\n", "{file}:3: network: must be a name or a list of names, got []."),
    "low above high": (
        BASE + "parameters:\n  learning_rate: {min: 0.1, max: 0.01}\n",
        "{file}:4: parameters.learning_rate: log_uniform needs 0 < min < max, got min=0.1, max=0.01.",
    ),
    "low equal to high": (
        BASE + "parameters:\n  layers: {min: 2}\n",
        "{file}:4: parameters.layers: int needs min < max, got min=2, max=2.",
    ),
    "zero on a log scale": (
        BASE + "parameters:\n  weight_decay: {distribution: log_uniform, min: 0, max: 1}\n",
        "{file}:4: parameters.weight_decay: log_uniform needs 0 < min < max, got min=0.0, max=1.0.",
    ),
    "exponents as bounds": (
        BASE + "parameters:\n  learning_rate: {distribution: log_uniform, min: -9.2, max: -2.3}\n",
        "{file}:4: parameters.learning_rate: min and max of log_uniform must be above 0, got min=-9.2, max=-2.3: "
        "they are values here, not exponents as in W&B's log_uniform.",
    ),
    "an exponent as the only bound": (
        BASE + "parameters:\n  learning_rate: {min: -5}\n",
        "{file}:4: parameters.learning_rate: min and max of log_uniform must be above 0, got min=-5, max=0.1: "
        "they are values here, not exponents as in W&B's log_uniform.",
    ),
    "missing bound": (
        BASE + "parameters:\n  hidden_size: {distribution: log_int, min: 8}\n",
        "{file}:4: parameters.hidden_size: must have min and max with the distribution log_int, got no max.",
    ),
    "bound of an integer that is none": (
        BASE + "parameters:\n  hidden_size: {min: 8.5}\n",
        "{file}:4: parameters.hidden_size: log_int's min needs to be a whole number, got 8.5.",
    ),
    "step that does not divide": (
        BASE + "parameters:\n  output_dropout: {min: 0, max: 1, step: 0.3}\n",
        "{file}:4: parameters.output_dropout: uniform needs a step that divides max - min, "
        "got min=0.0, max=1.0, step=0.3.",
    ),
    "bounds of a choice": (
        BASE + "parameters:\n  batch_size: {max: 64}\n",
        "{file}:4: parameters.batch_size: must be given a distribution, values or a value: it is one of "
        "{{16, 32, 64, 128}}, without bounds to narrow.",
    ),
    "empty choice": (
        BASE + "parameters:\n  batch_size: {values: []}\n",
        "{file}:4: parameters.batch_size.values: must hold at least one value, got [].",
    ),
    "duplicate options": (
        BASE + "parameters:\n  batch_size: {values: [16, 32, 16]}\n",
        "{file}:4: parameters.batch_size: choice needs values that differ, got (16, 32, 16).",
    ),
    "options that are no list": (
        BASE + "parameters:\n  batch_size: {values: 32}\n",
        "{file}:4: parameters.batch_size.values: must be a list such as [16, 32], got 32.",
    ),
    "a value and values": (
        BASE + "parameters:\n  batch_size: {value: 16, values: [16, 32]}\n",
        "{file}:4: parameters.batch_size: must have a value, or values, or a distribution with bounds, "
        "got value, values together.",
    ),
    "a value and a bound": (
        BASE + "parameters:\n  learning_rate: {value: 0.1, min: 0.01}\n",
        "{file}:4: parameters.learning_rate: must have a value, or values, or a distribution with bounds, "
        "got value, min together.",
    ),
    "a bare value": (
        BASE + "parameters:\n  weight_decay: 0\n",
        "{file}:4: parameters.weight_decay: must be a mapping such as {{value: 0.1}} or {{min: 0.1, max: 0.5}}, got 0.",
    ),
    "unknown distribution": (
        BASE + "parameters:\n  weight_decay: {distribution: loguniform, min: 1e-3, max: 1}\n",
        "{file}:4: parameters.weight_decay.distribution: must be one of int, log_int, log_uniform, "
        "log_uniform_values, uniform, got 'loguniform'. Did you mean 'log_uniform'?",
    ),
    "default out of range": (
        BASE + "parameters:\n  hidden_size: {max: 16, default: 40}\n",
        "{file}:4: parameters.hidden_size.default: must lie in log_int 8 … 16, got 40.",
    ),
    "values that no trial could be trained with": (
        BASE + "parameters:\n  hidden_size: {value: -5}\n  batch_size: {values: [16, '32']}\n"
        "  output_dropout: {max: 1.5}\n  learning_rate: {value: -1}\n",
        "{file} has 4 problems:\n"
        "{file}:4: parameters.hidden_size: must be a whole number of at least 1, got -5.\n"
        "{file}:5: parameters.batch_size: must be a whole number of at least 1, got '32'.\n"
        "{file}:6: parameters.output_dropout: must be what PyTorch accepts, got its refusal: dropout probability has "
        "to be between 0 and 1, but got 1.5.\n"
        "{file}:7: parameters.learning_rate: must be what PyTorch accepts, got its refusal: "
        "Invalid learning rate: -1.0.",
    ),
    "yes and no for true and false": (
        BASE + "parameters:\n  bidirectional: {values: [yes, no]}\n",
        "{file}:4: parameters.bidirectional: must be true or false, got 'yes'.",
    ),
    "condition on an unknown hyperparameter": (
        BASE + "parameters:\n  output_dropout: {when: {layer: 2}}\n",
        "{file}:4: parameters.output_dropout.when.layer: must be another hyperparameter of the space, one of "
        f"{LSTM_READS.replace('output_dropout, ', '')}, got 'layer'. Did you mean 'layers'?",
    ),
    "condition on an impossible value": (
        BASE + "parameters:\n  output_dropout: {when: {layers: [2, 7]}}\n",
        "{file}:4: parameters.output_dropout.when.layers: must be what layers can be (int 1 … 2), got 7.",
    ),
    "condition on a value that the same file rules out": (
        BASE + "parameters:\n  output_dropout: {when: {layers: 2}}\n  layers: {value: 1}\n",
        "{file}:4: parameters.output_dropout.when.layers: must be what layers can be (= 1), got 2.",
    ),
    "condition on a continuous hyperparameter": (
        BASE + "parameters:\n  output_dropout: {when: {learning_rate: 0.01}}\n",
        "{file}:4: parameters.output_dropout.when.learning_rate: must be a hyperparameter of separate values, "
        "got learning_rate, which is log_uniform 0.0001 … 0.1.",
    ),
    "condition on what every trial needs": (
        BASE + "parameters:\n  learning_rate: {when: {layers: 2}}\n",
        "{file}:4: parameters.learning_rate: must be there in every trial of the lstm, got it only where layers = 2.",
    ),
    "conditions in a circle": (
        BASE + "parameters:\n  layers: {when: {bidirectional: true}}\n  bidirectional: {when: {layers: 2}}\n",
        "{file}:3: parameters: the conditions must not go round in a circle, got one among layers, bidirectional, "
        "between_layer_dropout.",
    ),
    "a change to what can never be": (
        BASE + "parameters:\n  layers: {value: 1}\n  between_layer_dropout: {max: 0.2}\n",
        "{file}:5: parameters.between_layer_dropout: must be left out: it exists only where layers = 2, "
        "got layers = 1.",
    ),
    "reduction factor of one": (
        BASE + "scheduler: {reduction_factor: 1}\n",
        "{file}:3: scheduler.reduction_factor: must be at least 2, got 1.",
    ),
    "fewest epochs without patience": (
        BASE + "min_epochs: 5\n",
        "{file}:3: min_epochs: must go with patience, which it holds back, got no patience.",
    ),
    "fewest epochs beyond the last": (
        BASE + "patience: 5\nmin_epochs: 40\n",
        "{file}:4: min_epochs: must be at most max_epochs, which is 27, got 40.",
    ),
    "first rung beyond the last epoch": (
        BASE + "scheduler: {first_rung: 40}\n",
        "{file}:3: scheduler.first_rung: must be at most max_epochs, which is 27, got 40.",
    ),
    "no trials": (BASE + "budget: {trials: 0}\n", "{file}:3: budget.trials: must be at least 1, got 0."),
    "fewer than no trials": (BASE + "budget: {trials: -3}\n", "{file}:3: budget.trials: must be at least 1, got -3."),
    "more trials than anybody can run": (
        BASE + "budget: {trials: 1e12}\nsearch: {type: grid}\n",
        "{file}:3: budget.trials: must be at most 1000000000, got 1000000000000.",
    ),
    "a network beyond all memory": (
        BASE + "parameters:\n  hidden_size: {max: 4000000000000}\n",
        "{file}:4: parameters.hidden_size: must be what PyTorch accepts, got its refusal: "
        "Storage size calculation overflowed with sizes=[16000000000000, 4000000000000].",
    ),
    "half a trial": (BASE + "budget: {trials: 1.5}\n", "{file}:3: budget.trials: must be a whole number, got 1.5."),
    "true trials": (BASE + "budget: {trials: true}\n", "{file}:3: budget.trials: must be a whole number, got true."),
    "one fold": (BASE + "folds: 1\n", "{file}:3: folds: must be at least 2, got 1."),
    "no folds at all": (BASE + "folds:\n", f"{{file}}:3: folds: must {FOLDS}, got nothing."),
    "more folds than samples of the rarest class": (
        BASE + "folds: 500\n",
        "{file}:3: folds: must be at most the samples of the rarest class, got folds=500 with 139 samples of class 8.",
    ),
    "grid larger than the budget": (
        BASE + "network: ffnn\nparameters:\n  learning_rate: {value: 0.01}\n  weight_decay: {value: 0}\n"
        "  gradient_clip_norm: {value: 1}\n  input_dropout: {value: 0}\n  output_dropout: {value: 0}\n"
        "search: {type: grid, points: 4}\nbudget: {trials: 63}\n",
        "{file}:10: search.type: must have no more configurations than budget.trials, which is 63, "
        "got a grid of 64: narrow the space, lower search.points, or raise the budget.",
    ),
    "grid beyond counting": (
        BASE + "search: {type: grid, points: 9}\n",
        "{file}:3: search.type: must have no more configurations than budget.trials, which is 64, "
        "got a grid of more than 100000: narrow the space, lower search.points, or raise the budget.",
    ),
    "duration in words": (
        BASE + "budget: {time: soon}\n",
        "{file}:3: budget.time: must be a duration such as 90s, 30m, 1h30m or 2d, got 'soon'.",
    ),
    "duration of nothing": (
        BASE + "budget: {time: 0s}\n",
        "{file}:3: budget.time: must be longer than nothing, got '0s'.",
    ),
    "part of a GPU beyond the first": (
        BASE + "resources: {gpu: 1.5}\n",
        "{file}:3: resources.gpu: must be a share up to 1, or a whole number, got 1.5.",
    ),
    "illegal name": ("name: my run\ntask: digits\n", f"{{file}}:1: name: must {NAMES}, got 'my run'."),
    "nothing that must be given": (
        "folds: 3\n",
        "{file} has 2 problems:\n{file}: name: must be given.\n{file}: task: must be given.",
    ),
    "a tab": (
        "name: probe\n\ttask: digits\n",
        "{file}:2: must be YAML: while scanning for the next token, found character '\\t' that cannot start any "
        "token. Indent with spaces: YAML allows no tabs.",
    ),
    "an unbalanced bracket": (
        "name: probe\ntask: [digits\nfolds: 3\n",
        "{file}:3: must be YAML: while parsing a flow sequence, expected ',' or ']', but got ':'.",
    ),
    "two documents": (
        BASE + "---\nname: other\n",
        "{file}:3: must be YAML: expected a single document in the stream, but found another document.",
    ),
    "a tag of another language": (
        BASE + "folds: !python/object:os.system 3\n",
        "{file}:3: must be YAML: could not determine a constructor for the tag '!python/object:os.system'.",
    ),
    "a tag that lies": (
        BASE + "folds: !!int three\n",
        "{file}:3: must be YAML: invalid literal for int() with base 10: 'three'.",
    ),
    "an alias of what surrounds it": (
        BASE + "parameters: &all\n  layers: *all\n",
        "{file}:3: must not hold an alias of what surrounds it.",
    ),
    "a control character": (
        "name: probe\0\n",
        "{file}: must be text, got the character #x00: is it a binary file?",
    ),
    "a list": (
        "- digits\n- lstm\n",
        "{file}: must be a mapping of keys to values, such as `task: digits`, got ['digits', 'lstm'].",
    ),
    "an empty file": ("", "{file}: must be a mapping of keys to values, such as `task: digits`, got nothing."),
    "a key given twice, beside other problems": (
        "name: probe\ntask: digits\nfolds: 3\nscheduler:\n  type: asha\n  type: fifo\nfolds: 4\nseeds: 0\n",
        "{file} has 3 problems:\n"
        "{file}:6: scheduler.type: must be given once, got it on lines 5 and 6.\n"
        "{file}:7: folds: must be given once, got it on lines 3 and 7.\n"
        "{file}:8: seeds: must be at least 1, got 0.",
    ),
    "everything of the wrong type": (
        "name: 3\ntask: [digits]\nfolds: three\nseeds: true\nnetwork: 5\nspace: 3\nparameters: [a]\nscheduler:\n"
        "search: grid\nbudget: {time: .inf}\nresources: {cpu: 0, gpu: Auto}\nseed: -1\nmax_failed: '2'\n",
        "{file} has 14 problems:\n"
        "{file}:1: name: must be text, got 3.\n"
        f"{{file}}:2: task: must be {TASK}, got ['digits'].\n"
        f"{{file}}:3: folds: must {FOLDS}, got 'three'.\n"
        "{file}:4: seeds: must be a whole number, got true.\n"
        "{file}:5: network: must be a name or a list of names, got 5.\n"
        "{file}:6: space: must be text, got 3.\n"
        "{file}:7: parameters: must be a mapping of keys to values, got ['a'].\n"
        "{file}:8: scheduler: must be a mapping of keys to values, got nothing.\n"
        "{file}:9: search: must be a mapping of keys to values, got 'grid'.\n"
        "{file}:10: budget.time: must be a duration such as 90s, 30m, 1h30m or 2d, got inf.\n"
        "{file}:11: resources.cpu: must be at least 0.001, got 0.\n"
        "{file}:11: resources.gpu: must be auto or a number of at least 0, got 'Auto'.\n"
        "{file}:12: seed: must be at least 0, got -1.\n"
        "{file}:13: max_failed: must be a whole number, got '2'.",
    ),
    "problems of every stage at once": (
        "name: probe\ntask: digits\nfolds: 500\nnetwork: transformer\nparameters:\n  learning_rate: {min: 1}\n"
        "scheduler: {first_rung: 0}\nmetric: {name: log_los}\n",
        "{file} has 5 problems:\n"
        "{file}:3: folds: must be at most the samples of the rarest class, "
        "got folds=500 with 139 samples of class 8.\n"
        f"{{file}}:4: network: must be one of {', '.join(sorted(READABLE))}, got 'transformer'.\n"
        "{file}:6: parameters.learning_rate: log_uniform needs 0 < min < max, got min=1.0, max=0.1.\n"
        "{file}:7: scheduler.first_rung: must be at least 1, got 0.\n"
        f"{{file}}:8: metric.name: must be {OF_TEN_CLASSES}, got 'log_los'. Did you mean 'log_loss'?",
    ),
}

# The options after `--set`, and the whole message; the sweep is the built-in default.
BAD_OVERRIDES: dict[str, tuple[list[str], str]] = {
    "no equals sign": (
        ["budget.trials"],
        "--set budget.trials: must look like key=value or key.inner=value, such as budget.trials=8.",
    ),
    "unknown key": (
        ["fold=5"],
        "--set fold=5: fold is no key of a sweep file and no hyperparameter. Did you mean 'folds'?",
    ),
    "a key without its section": (
        ["trials=5"],
        "--set trials=5: trials is no key of a sweep file and no hyperparameter. Did you mean 'budget.trials'?",
    ),
    "unknown nested key": (
        ["budget.trails=5"],
        "--set budget.trails=5: budget.trails: is no key of budget, which has trials, time. Did you mean 'trials'?",
    ),
    "unknown key of a hyperparameter": (
        ["learning_rate.maximum=5"],
        "--set learning_rate.maximum=5: parameters.learning_rate.maximum: is no key of parameters.learning_rate, which "
        "has distribution, min, max, step, values, value, when, group, default. "
        "Did you mean 'max'?",
    ),
    "a value that is no YAML": (
        ["network=[lstm"],
        "--set network=[lstm: the value must be YAML: while parsing a flow sequence, "
        "expected ',' or ']', but got '<stream end>'.",
    ),
    "a bound that contradicts the space": (
        ["learning_rate.max=1e-5"],
        "digits-lstm: parameters.learning_rate (with --set learning_rate.max=1e-5): "
        "log_uniform needs 0 < min < max, got min=0.0001, max=1e-05.",
    ),
    "several": (
        ["folds=1", "x", "task=digit"],
        "digits-lstm has 3 problems:\n"
        "--set x: must look like key=value or key.inner=value, such as budget.trials=8.\n"
        "--set folds=1: folds: must be at least 2, got 1.\n"
        f"--set task=digit: task: must be {TASKS}, got 'digit'. Did you mean 'digits'?",
    ),
}


LOADED_ONCE = replace(CATALOGUE["digits"], load=cache(CATALOGUE["digits"].load))


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """Work in an empty folder; the digits are read from the disk once for all tests."""
    monkeypatch.setitem(CATALOGUE, "digits", LOADED_ONCE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_odyssey(monkeypatch, capsys, *arguments: str) -> tuple[int, str]:
    """Give the exit code of the real command line and what it says on stderr."""
    monkeypatch.setattr(sys, "argv", ["odyssey", *arguments])
    with pytest.raises(SystemExit) as leaving:
        main()
    shown = capsys.readouterr()
    assert shown.out == ""
    return leaving.value.code, shown.err


@pytest.mark.parametrize(("text", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_sweep_file_is_refused_with_every_problem_in_it(here, monkeypatch, capsys, text, message):
    Path("sweep.yaml").write_text(text)
    expected = message.format(file="sweep.yaml")
    with pytest.raises(UsageError, match=r"sweep\.yaml") as refusal:
        load_sweep("sweep.yaml")
    assert str(refusal.value) == expected
    assert run_odyssey(monkeypatch, capsys, "run", "sweep.yaml") == (2, f"odyssey: {expected}\n")
    assert [path.name for path in here.iterdir()] == ["sweep.yaml"]


@pytest.mark.parametrize(("overrides", "message"), BAD_OVERRIDES.values(), ids=BAD_OVERRIDES)
def test_a_bad_override_is_refused_by_its_own_text(here, monkeypatch, capsys, overrides, message):
    with pytest.raises(UsageError, match="--set") as refusal:
        load_sweep("digits-lstm", overrides)
    assert str(refusal.value) == message
    options = [option for override in overrides for option in ("--set", override)]
    assert run_odyssey(monkeypatch, capsys, "run", *options) == (2, f"odyssey: {message}\n")
    assert list(here.iterdir()) == []


SWEEPS = f"SWEEP must be a file or a built-in sweep, got {{!r}}; the built-in sweeps are {', '.join(BUILT_IN)}."


def write_files() -> None:
    Path("mine.yaml").write_text(BASE)
    Path("folder").mkdir()
    Path("binary").write_bytes(b"\x89PNG\r\n\xff\xfe")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("digits-lsm", SWEEPS.format("digits-lsm") + " Did you mean 'digits-lstm'?"),
        ("digits-lstm.yaml", SWEEPS.format("digits-lstm.yaml") + " Did you mean 'digits-lstm'?"),
        ("mine.yml", SWEEPS.format("mine.yml") + " Did you mean 'mine.yaml'?"),
        ("nothing/like/it", SWEEPS.format("nothing/like/it")),
        ("folder", "SWEEP must be a file, got 'folder', which is a folder."),
        ("binary", "binary: must be text in UTF-8, got other bytes: is it a binary file?"),
        ("mine.yaml/x", "mine.yaml/x: must be readable, got: Not a directory."),
    ],
)
def test_what_is_no_sweep_file_is_refused_with_the_nearest_one(here, monkeypatch, capsys, given, message):
    write_files()
    with pytest.raises(UsageError, match="must be") as refusal:
        load_sweep(given)
    assert str(refusal.value) == message
    assert run_odyssey(monkeypatch, capsys, "run", given) == (2, f"odyssey: {message}\n")
    assert not Path("runs").exists()


def test_a_folder_does_not_hide_the_built_in_sweep_of_its_name(here):
    Path("toy-motif-lstm").mkdir()
    assert load_sweep("toy-motif-lstm")[0].name == "toy-motif-lstm"


@pytest.mark.parametrize("name", ["", "../elsewhere", "a b", "-x", "x" * 65, "a/b"])
def test_an_illegal_run_name_is_refused(here, monkeypatch, capsys, name):
    code, message = run_odyssey(monkeypatch, capsys, "run", f"--name={name}")
    assert code == 2
    assert message == (
        "odyssey: A run name must begin with a letter or digit and hold only letters, digits, dots, dashes and "
        f"underscores, at most 64, got {name!r}.\n"
    )
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "hint"),
    [
        ("manifest.json", "a run in runs: `odyssey resume first` goes on with it"),
        ("notes.txt", "which is in runs and no run of Odyssey"),
    ],
)
def test_a_run_name_in_use_is_refused_and_what_has_it_stays(here, monkeypatch, capsys, file, hint):
    Path("runs/first").mkdir(parents=True)
    Path("runs/first", file).write_text("kept")
    code, message = run_odyssey(monkeypatch, capsys, "run", "--name", "first")
    assert (code, message) == (2, f"odyssey: A run name must not be in use, got 'first', {hint}.\n")
    assert [path.read_text() for path in Path("runs").rglob("*.*")] == ["kept"]


def test_a_folder_of_runs_that_is_a_file_is_refused(here, monkeypatch, capsys):
    Path("taken").write_text("kept")
    code, message = run_odyssey(monkeypatch, capsys, "run", "--runs", "taken")
    assert (code, message) == (2, "odyssey: The folder of runs must be a folder, got 'taken', which is a file.\n")


def test_an_unwritable_folder_of_runs_is_refused(here, monkeypatch, capsys):
    def refuse(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)  # a test may run as root, whom no permission stops
    code, message = run_odyssey(monkeypatch, capsys, "run")
    assert (code, message) == (2, "odyssey: The folder of runs must be writable, got 'runs': Permission denied.\n")


def test_a_run_folder_that_cannot_be_filled_is_taken_away_again(here, monkeypatch, capsys):
    def refuse(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sweeps.run_folder.write_text_atomically", refuse)
    code, message = run_odyssey(monkeypatch, capsys, "run")
    assert (code, message) == (
        2,
        "odyssey: The folder of runs must be writable, got 'runs': No space left on device.\n",
    )
    assert list(Path("runs").iterdir()) == []


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ([], "odyssey: RUN must be the name or path of a run, got 'frist', and there is none in runs.\n"),
        (
            ["first", "second"],
            "odyssey: RUN must be a path or a run in runs, one of first, second, got 'frist'. Did you mean 'first'?\n",
        ),
    ],
)
def test_an_unknown_run_is_refused_with_the_nearest_one(here, monkeypatch, capsys, runs, message):
    for name in runs:
        Path("runs", name).mkdir(parents=True)
        Path("runs", name, "manifest.json").write_text("{}")
    assert run_odyssey(monkeypatch, capsys, "status", "frist") == (2, message)
