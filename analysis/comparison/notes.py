"""What a comparison cannot say."""

from collections.abc import Iterator, Sequence

from analysis.comparison.arms import Arm
from analysis.comparison.comparison import Comparison
from analysis.comparison.on_folds import folds_of, same_folds
from analysis.report.words import listed, spoken

_FEW_FOLDS = 5
_LIKE_BUDGETS = {"trials": 1.1, "epochs": 1.5}  # the largest over the smallest; rungs let epochs differ by chance


def notes(comparison: Comparison) -> list[str]:
    """Say in sentences what a reader might think that the comparison says, and it does not."""
    arms = comparison.arms
    return [
        *_tested(comparison),
        *_selected(comparison),
        *_another_metric(arms, comparison.metrics[0]),
        *_other_folds(arms),
        *_budgets(arms),
        *_other_lengths(arms),
        *_few_folds(arms),
        *_many_tests(comparison),
        *_unfinished(arms),
    ]


def _tested(comparison: Comparison) -> Iterator[str]:
    if comparison.untested is not None:
        yield f"Not compared on the test split. {comparison.untested}"
    for evidence in comparison.evidence:
        yield from evidence.caveats


def _selected(comparison: Comparison) -> Iterator[str]:
    if comparison.evidence[0].place == "test":
        yield "The validation outcomes chose the configurations, so all are too good: report those on the test split."
    else:
        yield (
            "These are the numbers that each best configuration was chosen by, so all are too good, and those of more "
            "trials more so. `odyssey confirm` each run and compare again: then the test split decides."
        )
    yield "Two configurations are compared, the best found of each; not everything that either could have been."


def _another_metric(arms: Sequence[Arm], metric: str) -> Iterator[str]:
    others = {arm.record.metric for arm in arms} - {metric}
    if others:
        yield f"Each best configuration was chosen by its run's own metric, {listed([*map(spoken, sorted(others))])}."


def _other_folds(arms: Sequence[Arm]) -> Iterator[str]:
    first, *others = arms
    apart = [other for other in others if not same_folds(first, other)]
    if not apart:
        return
    unknown = first.split is None or any(arm.split is None for arm in apart)
    reason = "no record says that they share folds" if unknown else "their folds, or the data in them, are others"
    names = listed([arm.name for arm in apart])
    yield f"{names} and {first.name} could not be paired fold by fold, for {reason}: smaller differences stay hidden."
    tasks = {arm.task for arm in (first, *apart)}
    if len(tasks) > 1:
        yield f"Their tasks are not called the same ({listed(sorted(tasks))}): a difference may be the tasks'."


def _budgets(arms: Sequence[Arm]) -> Iterator[str]:
    spent = {"trials": [len(arm.trials) for arm in arms], "epochs": [arm.epochs for arm in arms]}
    unequal = [
        f"{min(each):,} to {max(each):,} {noun}"
        for noun, each in spent.items()
        if max(each) > _LIKE_BUDGETS[noun] * min(each)
    ]
    if unequal:
        yield f"The budgets are unequal, {listed(unequal)}: who searches more finds better, and is luckier."


def _other_lengths(arms: Sequence[Arm]) -> Iterator[str]:
    """Tell of best trials that early stopping cut: what they would have come to is not known."""
    lengths = [arm.best_epochs for arm in arms]
    if len(set(lengths)) > 1:
        told = listed([f"{arm.name} {length:,}" for arm, length in zip(arms, lengths, strict=True)])
        yield f"The best trials were not trained for equally long: epochs of {told}."


def _few_folds(arms: Sequence[Arm]) -> Iterator[str]:
    folds = min(folds_of(arm) for arm in arms)
    if folds == 1:
        yield "One fold gives neither an interval nor a p-value on the folds of the searches."
    elif folds < _FEW_FOLDS:
        yield (
            f"{folds} folds tell only large differences, for intervals rest on {folds} numbers. More folds, or folds "
            "repeated (`folds: {count: 5, repeats: 4}`), tell smaller ones; more seeds hardly."
        )


def _many_tests(comparison: Comparison) -> Iterator[str]:
    if len(comparison.arms) > 2:
        yield "p-values are Holm's, corrected for the number of arms held against the first; intervals are not."
    if len(comparison.metrics) > 1:
        yield "Neither p-values nor intervals are corrected for the number of subsets."


def _unfinished(arms: Sequence[Arm]) -> Iterator[str]:
    states = {arm.record.path.name: str(arm.record.manifest.get("status", "completed")) for arm in arms}
    apart = [f"{name} ({state})" for name, state in states.items() if state != "completed"]
    if apart:
        yield f"Not at its end when last written: {listed(apart)}."
