"""Every catalogue's entries with a line about each."""

from typing import get_args, get_type_hints

from analysis.exports.catalogue import EXPORTS
from learning_tasks.catalogue import TASKS
from learning_tasks.metric import Metric
from learning_tasks.metrics import METRICS
from search_spaces.catalogue import NAMED_SPACES
from search_spaces.families import NETWORK
from search_spaces.search_space import SearchSpace
from sweeps.catalogue import SWEEPS, built_in_text
from sweeps.resolve import SCHEDULERS
from sweeps.searchers.catalogue import SEARCHERS
from trainables.networks.catalogue import NETWORKS, NetworkBuilder

_SEARCHERS = {
    "random": "independent draws from the space",
    "sobol": "scrambled Sobol sequence: covers the space more evenly than random draws",
    "grid": "every combination of levels; search.points for continuous hyperparameters",
    "tpe": "tree-structured Parzen estimator, by Optuna",
}

_SPACES = {
    "odyssey": "LSTMs of Greff et al. (2017)",
    "wearables": "LSTMs of Hammerla et al. (2016), and of their code",
    "handwriting": "LSTMs and GRUs of a report on handwriting, and of its code",
    "peptides": "LSTMs and feed-forward networks of a study of peptides",
    "everything": "all that the networks read",
}


def catalogue_entries() -> dict[str, dict[str, str]]:
    """Give the entries of each kind by name."""
    return {
        "sweeps": {name: _sweep_line(name) for name in SWEEPS},
        "tasks": {name: task.description for name, task in TASKS.items()},
        "networks": {name: _network_line(builder) for name, builder in NETWORKS.items()},
        "spaces": {name: _space_line(name, space) for name, space in NAMED_SPACES.items()},
        "metrics": {name: _metric_line(metric) for name, metric in METRICS.items()},
        "schedulers": dict(SCHEDULERS),
        "searchers": {name: _SEARCHERS[name] for name in SEARCHERS},
        "exports": {name: "can be read back" if form.read else "to be looked at" for name, form in EXPORTS.items()},
    }


def _sweep_line(name: str) -> str:
    """Give the comment that a built-in sweep begins with."""
    return built_in_text(name).splitlines()[0].removeprefix("# ")


def _metric_line(metric: Metric) -> str:
    """Say what a metric is, which way is better, and what it applies to."""
    kinds = " and ".join(metric.kinds)
    return f"{metric.meaning}; {metric.direction}, {kinds}{' in two classes' if metric.of_two_classes else ''}"


def _space_line(name: str, space: SearchSpace) -> str:
    """Say what a space is of, how much of it is searched, and with which networks it goes where it was joined."""
    joined = getattr(space[NETWORK].distribution, "options", ()) if NETWORK in space else ()
    networks = f"; network: any of {', '.join(joined)}" if joined else ""
    about = _SPACES.get(name, f"the network {name}, where a sweep names no space")
    return f"{about}; {space.dimensions} hyperparameters searched{networks}"


def _network_line(builder: NetworkBuilder) -> str:
    """Give the first line about what a builder builds, unless an option asks for something else."""
    hint = get_type_hints(builder)["return"]
    built: type = next(iter(get_args(hint)), hint)
    return (built.__doc__ or built.__name__).strip().splitlines()[0]
