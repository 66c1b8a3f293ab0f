"""The sweep file: its keys, their types and bounds. What they mean together is for ``resolve``.

``python -m sweeps.sweep_file > docs/sweep.schema.json`` writes the JSON Schema, for editors.
"""

import json
import sys
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from search_spaces.distributions import Scalar
from sweeps.durations import seconds_of
from sweeps.task_keys import AnyTaskKeys

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
DistributionName = Literal["log_uniform", "log_uniform_values", "uniform", "log_int", "int"]


def _whole(value: Any) -> Any:
    """Let 1e3 be the whole number it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _duration(value: Any) -> Any:
    return value if value is None else seconds_of(value)


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1)]
Cores = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0.001)]
Gpus = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)]
NotNegative = Annotated[int, Field(strict=True, ge=0), BeforeValidator(_whole)]
Positive = Annotated[int, Field(strict=True, ge=1, le=10**9), BeforeValidator(_whole)]
TwoOrMore = Annotated[int, Field(strict=True, ge=2), BeforeValidator(_whole)]
Seed = Annotated[int, Field(strict=True, ge=0, lt=2**32), BeforeValidator(_whole)]


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class ParameterKeys(_Keys):
    """One hyperparameter: bounds alone narrow what the space has; `distribution`, `values` or `value` replace it."""

    distribution: DistributionName | None = None
    """`log_uniform_values` is `log_uniform`: bounds are values here, never exponents."""
    min: Number | None = None
    """Lowest value, included."""
    max: Number | None = None
    """Highest value, included."""
    step: Number | None = None
    """Distance between levels; must divide max - min."""
    values: Annotated[list[Scalar], Field(min_length=1)] | None = None
    """The options of a choice."""
    value: Scalar | None = None
    """Held constant."""
    when: dict[str, Scalar | list[Scalar]] | None = None
    """Only where these other hyperparameters have one of these values."""
    group: Literal["architecture", "learning", "regularisation", "data"] | None = None
    """What the hyperparameter is counted to when variance is split by group; left out, as in the space."""
    default: Scalar | None = None
    """Where one value has to stand for the range; left out, as in the space, or the middle of the range."""


class MetricKeys(_Keys):
    """What trials are compared by."""

    name: str
    """Such as `accuracy` or `roc_auc`: one of `odyssey catalogue metrics` that applies to the task's data."""
    goal: Literal["maximize", "minimize"] | None = None
    """Known for every metric of the catalogue; if given it must agree."""


class FoldKeys(_Keys):
    """k-fold cross-validation, once or several times over."""

    count: TwoOrMore = 3
    """Parts."""
    repeats: Positive = 1
    """Times that the samples are divided anew."""


class SchedulerKeys(_Keys):
    """When trials are compared and cut."""

    type: str = "asha"
    """`asha` or `fifo` (no trial is ever cut)."""
    first_rung: Positive = 1
    """Epoch of the first comparison; read by `asha` alone."""
    max_epochs: Positive = 27
    """Epochs of a trial that is never cut."""
    reduction_factor: TwoOrMore = 3
    """About one in so many trials passes a rung, and rungs are so many times apart; read by `asha` alone."""


class SearchKeys(_Keys):
    """Which configurations are tried."""

    type: str = "random"
    """`random`, `sobol`, `grid` or `tpe`."""
    points: TwoOrMore = 3
    """Most levels of one hyperparameter; read by `grid` alone."""


class BudgetKeys(_Keys):
    """When the sweep is over."""

    trials: Annotated[Positive, Field(le=1_000_000)] = 64
    """Configurations in all."""
    time: Annotated[float, BeforeValidator(_duration, json_schema_input_type=str | float)] | None = None
    """Wall-clock time, such as `30m`; what runs then is ended and can be resumed."""


class ResourceKeys(_Keys):
    """What one trial takes."""

    cpu: Cores = 1.0
    """Cores; below 1, trials share one."""
    gpu: Gpus | Literal["auto"] = "auto"
    """A share of a GPU is allowed; `auto` is a share where the cluster has one and 0 elsewhere."""


class SweepFile(_Keys):
    """A sweep as its author wrote it."""

    name: Annotated[str, Field(pattern=NAME_PATTERN)]
    """Runs are called after it."""
    task: str | AnyTaskKeys
    """A name of the catalogue, `package.module:object` of your own code, or a mapping that describes data of yours."""
    network: str | Annotated[list[str], Field(min_length=1)] = "lstm"
    """Several make the family a hyperparameter called `network`."""
    space: str | None = None
    """A name of the catalogue; left out, it is the network's own."""
    parameters: dict[str, ParameterKeys] = {}
    """Changes to the space, by the name of a hyperparameter."""
    metric: MetricKeys | None = None
    """Left out, it is the task's own."""
    folds: TwoOrMore | Literal["leave_one_group_out", "given"] | FoldKeys = 3
    """Parts of the development samples; each trial trains once for each, without it, and is validated on it."""
    seeds: Positive = 1
    """Replicates of each fold with another initialisation and order of samples."""
    patience: Positive | None = None
    """Epochs without a better outcome after which a replicate stops and keeps its best epoch; left out, none does."""
    min_epochs: Positive = 1
    """Before this epoch patience stops no replicate."""
    allow_leaks: bool = False
    """Run even if folds or the test split share groups or sequences."""
    scheduler: SchedulerKeys = SchedulerKeys()
    search: SearchKeys = SearchKeys()
    probe_share: Share = 0.1
    """Share of trials that no rung stops, drawn from the space whatever `search` has learnt: without them, importance
    at the last epoch is biased."""
    budget: BudgetKeys = BudgetKeys()
    resources: ResourceKeys = ResourceKeys()
    seed: Seed = 17
    """Of everything that is drawn: configurations, folds, initial weights, orders of samples, dropout."""
    max_failed: NotNegative = 0
    """More failed trials than this make the exit code 3."""
    arms: dict[str, dict[str, Any]] = {}
    """Several runs of this file, each with changes by dotted keys, such as {mask: {task.padding: mask}}."""


SECTIONS: Mapping[str, type[BaseModel]] = {
    "folds": FoldKeys,
    "metric": MetricKeys,
    "scheduler": SchedulerKeys,
    "search": SearchKeys,
    "budget": BudgetKeys,
    "resources": ResourceKeys,
}


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of a sweep file, for editors."""
    schema = SweepFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")
