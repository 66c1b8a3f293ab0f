"""Every searcher by the name that a sweep file gives it."""

from collections.abc import Callable

from sweeps.searchers.independent_search import GridSearch, RandomSearch, SobolSearch
from sweeps.searchers.searcher import Searcher, SearchTask


def _tpe(task: SearchTask) -> Searcher:
    from sweeps.searchers.tpe import TpeSearch  # Optuna takes a second to import, and only TPE needs it

    return TpeSearch(task)


SEARCHERS: dict[str, Callable[[SearchTask], Searcher]] = {
    "random": RandomSearch,
    "sobol": SobolSearch,
    "grid": GridSearch,
    "tpe": _tpe,
}
