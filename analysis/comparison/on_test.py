"""Arms compared on the test split, by configurations that were trained anew: numbers that chose nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.comparison.arms import Arm
from analysis.comparison.difference import Difference, unpaired_difference
from analysis.comparison.evidence import ArmDifference, Evidence, Outcome, differences_from_first
from analysis.confirmation.confirmation_record import ConfirmationRecord, confirmation_folder, read_confirmation
from analysis.confirmation.confirmation_table import FEW_GROUPS
from analysis.confirmation.test_bootstrap import FloatArray, HeldOutScores, held_out_scores
from analysis.report.words import listed
from learning_tasks.metrics import metric_named


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Tested:
    """The confirmed configuration of an arm that the search had put first."""

    arm: Arm
    confirmation: ConfirmationRecord
    trial_id: str
    predictions: tuple[FloatArray, ...]  # of each seed


def on_test(arms: Sequence[Arm], metrics: Sequence[str]) -> Evidence | str | None:
    """Compare the confirmed configurations of all arms; why that cannot be done; None where none was confirmed.

    Of each arm the one that the search had put first: what the test puts first would be chosen by the test.
    """
    if not any(confirmation_folder(arm.record.path).is_dir() for arm in arms):
        return None
    try:
        tested = [_tested(arm) for arm in arms]
        _check_same_test(tested)
    except (ValueError, OSError) as error:
        return str(error)
    known = [metric for metric in metrics if tested[0].confirmation.units_for(metric).any()]
    scores = {metric: _scores(tested, metric) for metric in known}
    return Evidence(
        place="test",
        outcomes=tuple(
            _outcome(each, metric, scores[metric].by_seed[place])
            for place, each in enumerate(tested)
            for metric in known
        ),
        differences=tuple(each for metric in known for each in _differences(tested, scores[metric], metric)),
        caveats=tuple(_caveats(tested)),
    )


def _tested(arm: Arm) -> _Tested:
    confirmation = read_confirmation(arm.record.path)
    planned = sorted(confirmation.about["configurations"], key=lambda each: int(each["rank"]))
    own = [each["trial_id"] for each in planned if each["trial_id"] in set(arm.trials["trial_id"])]
    if not own:
        raise ValueError(
            f"{arm.name} must have a configuration that was confirmed: `odyssey confirm` with a larger --top."
        )
    if own[0] != arm.best:
        raise ValueError(
            f"The search of {arm.name} has gone on since it was confirmed: its best is now {arm.best}, not {own[0]}."
        )
    predictions = confirmation.predictions_of(own[0])
    if not predictions:
        raise ValueError(f"{arm.name} lost all replicates of {own[0]} when it was confirmed.")
    return _Tested(arm=arm, confirmation=confirmation, trial_id=own[0], predictions=predictions)


def _check_same_test(tested: Sequence[_Tested]) -> None:
    first, *others = (each.confirmation.units[["target", "group"]] for each in tested)
    apart = [each.arm.name for each, units in zip(tested[1:], others, strict=True) if not units.equals(first)]
    if apart:
        raise ValueError(f"The test split of {listed(apart)} is another than that of {tested[0].arm.name}.")


def _scores(tested: Sequence[_Tested], metric: str) -> HeldOutScores:
    chosen = tested[0].confirmation.units_for(metric)
    predictions = [[seed[chosen] for seed in each.predictions] for each in tested]
    return held_out_scores(predictions, tested[0].confirmation.held_out().take(chosen), metric_named(metric))


def _differences(tested: Sequence[_Tested], scores: HeldOutScores, metric: str) -> list[ArmDifference]:
    return differences_from_first(
        {each.arm.name: _difference(scores, place) for place, each in enumerate(tested) if place},
        first=tested[0].arm.name,
        metric=metric,
    )


def _difference(scores: HeldOutScores, place: int) -> Difference:
    """Take the interval over test groups and seeds, and the size of the effect over seeds.

    Of a single seed its luck is not known: there is neither interval nor p-value then.
    """
    lead = scores.lead(place, 0)
    over_seeds = unpaired_difference(
        scores.by_seed[0], scores.by_seed[place], first_test_to_train=0.0, second_test_to_train=0.0
    )
    known = min(len(scores.by_seed[0]), len(scores.by_seed[place])) > 1
    low, high, p = (lead.low, lead.high, lead.p_value) if known else (np.nan, np.nan, np.nan)
    return replace(over_seeds, low=low, high=high, p=p, pairs=scores.groups)


def _outcome(tested: _Tested, metric: str, by_seed: FloatArray) -> Outcome:
    return Outcome(
        arm=tested.arm.name,
        trial_id=tested.trial_id,
        metric=metric,
        mean=float(by_seed.mean()),
        sd=float(by_seed.std(ddof=1)) if len(by_seed) > 1 else np.nan,
        replicates=len(by_seed),
    )


def _caveats(tested: Sequence[_Tested]) -> Iterator[str]:
    reads = {each.arm.record.path: int(each.confirmation.about["test_reads"]) for each in tested}
    again = [f"{path.name} {count} times" for path, count in reads.items() if count > 1]
    if again:
        yield f"The test split was read more than once, by {listed(again)}: the more often, the less it is held out."
    if any(len(each.predictions) == 1 for each in tested):
        yield "With one seed its luck is not known and nothing can be told apart: confirm with more, say --seeds 5."
    groups = len(np.unique(tested[0].confirmation.held_out().groups))
    if groups < FEW_GROUPS:
        yield f"The test split has {groups} groups only: its intervals are rough."
