"""Analyses and records for the figures' tests, made up in the shape of real ones."""

import math
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.importance.importance import (
    EpochShares,
    GroupShare,
    HyperparameterShare,
    Importance,
    MarginalCurve,
    NoiseShares,
    PairShare,
    PairSurface,
    Share,
)
from analysis.run_record import RunRecord
from search_spaces.catalogue import SPACES
from search_spaces.distributions import Choice, Range
from search_spaces.search_space import SearchSpace
from search_spaces.serialisation import space_from_json, space_to_json

LSTM = SPACES["lstm"]
ALONE = {
    "learning_rate": 0.53, "layers": 0.02, "hidden_size": 0.11, "output_dropout": 0.06, "batch_size": 0.05,
    "bidirectional": 0.03, "between_layer_dropout": 0.01, "gradient_clip_norm": 0.004, "weight_decay": 0.002,
    "input_dropout": 0.015, "forget_gate_bias": 0.0,
}  # fmt: skip
RUNGS = (1, 3, 9, 27)


def share(of: float, width: float = 0.3) -> Share:
    return Share(share=of, low=max(0.0, of * (1 - width) - 0.004), high=min(1.0, of * (1 + width) + 0.012))


def wide_space(count: int) -> SearchSpace:
    """A space of `count` hyperparameters, some with long names, some conditional."""
    entries = []
    for number in range(count):
        kind = number % 4
        distribution = [
            {"kind": "log_uniform", "low": 1e-6, "high": 1e-1},
            {"kind": "choice", "options": ["adamw", "sgd_with_nesterov", "lion"]},
            {"kind": "log_int", "low": 8, "high": 4096},
            {"kind": "uniform", "low": 0.0, "high": 0.5},
        ][kind]
        long = "_of_the_second_recurrent_layer_and_its_gates" if number % 5 == 4 else ""
        entries.append(
            {
                "name": f"hyperparameter_{number:02d}{long}",
                "distribution": distribution,
                "group": ["learning", "architecture", "regularisation"][number % 3],
                "default": [1e-3, "adamw", 64, 0.0][kind],
                "conditions": [{"hyperparameter": "hyperparameter_01", "values": ["lion"]}] if number == 3 else [],
            }
        )
    return space_from_json({"version": 1, "name": "wide", "hyperparameters": entries})


def importance(space: SearchSpace = LSTM, alone: dict[str, float] = ALONE, *, trials: int = 120) -> Importance:
    """An analysis with these first-order shares, the rest of the variance in pairs of neighbours."""
    rng = np.random.default_rng(7)
    names = sorted(space.searched, key=lambda name: -alone.get(name, 0.01))
    shares = {name: alone.get(name, 0.3 / len(names)) for name in names}
    rest = max(0.02, 1 - sum(shares.values()))
    every = list(combinations(names, 2))
    weights = [0.6**number for number in range(len(every))]
    pairs = {pair: 0.4 * rest * weight for pair, weight in zip(every, weights, strict=True)}
    total = {name: shares[name] + sum(of for pair, of in pairs.items() if name in pair) for name in names}
    groups = space.groups()
    return Importance(
        outcome="accuracy",
        maximize=True,
        outcome_scale="as measured",
        configurations=trials,
        observations=2 * trials,
        excluded=3,
        epoch=27,
        r_squared=0.83,
        forest_weight=0.2,
        mean=0.8,
        sd=0.1,
        hyperparameters=tuple(
            HyperparameterShare(
                name=name,
                group=space[name].group,
                searched=searched_text(space, name),
                alone=share(shares[name]),
                total=share(total[name]),
                shapley=share((shares[name] + total[name]) / 2),
            )
            for name in names
        ),
        pairs=tuple(PairShare(names=pair, share=share(of, 0.6)) for pair, of in pairs.items()),
        higher_orders=share(0.02),
        groups=tuple(
            GroupShare(
                group=group,
                names=members,
                closed=share(0.8 * sum(shares[name] for name in members)),
                total=share(min(1.0, 0.1 + sum(shares[name] for name in members))),
            )
            for group, members in groups.items()
        ),
        between_groups=share(max(0.03, 1 - 0.8 * sum(shares.values()))),
        curves=tuple(curve(space, name, rng, trials, math.sqrt(shares[name])) for name in names),
        surfaces=tuple(surface(space, pair) for pair in list(pairs)[:6]),
        by_epoch=tuple(
            EpochShares(
                epoch=epoch,
                alone={
                    name: share(of * (1.4 - 0.1 * i if n == 0 else 0.3 + 0.2 * i))
                    for n, (name, of) in enumerate(shares.items())
                },
            )
            for i, epoch in enumerate(RUNGS)
        ),
        noise=NoiseShares(
            epoch=3,
            trials=trials,
            replicates=6,
            configuration=0.86,
            fold=0.03,
            seed=0.004,
            configuration_fold=0.05,
            configuration_seed=0.026,
            residual=0.03,
        ),
        notes=(),
    )


def searched_text(space: SearchSpace, name: str) -> str:
    distribution = space[name].distribution
    if isinstance(distribution, Range):
        return f"{distribution.low:g} … {distribution.high:g}{', log' if distribution.logarithmic else ''}"
    return " | ".join(map(str, distribution.levels))


def axis_of(space: SearchSpace, name: str, points: int) -> tuple[tuple, str]:
    distribution = space[name].distribution
    if isinstance(distribution, Choice):
        return distribution.options, "categories"
    values = dict.fromkeys(distribution.from_unit(position) for position in np.linspace(0, 1, points))
    return tuple(values), "log" if distribution.logarithmic else "linear"


def curve(space: SearchSpace, name: str, rng: np.random.Generator, trials: int, size: float) -> MarginalCurve:
    values, scale = axis_of(space, name, 41)
    x = np.linspace(0, 1, len(values)) if len(values) > 1 else np.zeros(1)
    mean = 0.8 + 0.15 * size * (1 - 4 * (x - 0.6) ** 2)
    band = 0.02 + 0.02 * np.abs(x - 0.5)
    here = rng.integers(0, len(values), trials)
    outcomes = np.clip(mean[here] + rng.normal(0, 0.08, trials), 0.1, 0.99)
    active = rng.random(trials) < (0.5 if space[name].conditions else 1.0)
    drawn = tuple(value for value, kept in zip((values[i] for i in here), active, strict=True) if kept)
    return MarginalCurve(
        name=name,
        values=values,
        scale=scale,
        mean=mean,
        low=mean - band,
        high=mean + band,
        trial_values=drawn,
        trial_outcomes=outcomes[active],
        trial_complete=(rng.random(trials) < 0.3)[active],
    )


def surface(space: SearchSpace, pair: tuple[str, str]) -> PairSurface:
    (xs, x_scale), (ys, y_scale) = (axis_of(space, name, 25) for name in pair)
    x, y = np.linspace(0, 1, len(xs)), np.linspace(0, 1, len(ys))
    interaction = 0.1 * np.outer(y - 0.5, x - 0.5)
    return PairSurface(
        names=pair,
        x_values=xs,
        y_values=ys,
        x_scale=x_scale,
        y_scale=y_scale,
        mean=0.85 - 0.3 * (x - 0.6) ** 2 - 0.1 * (y[:, None] - 0.4) ** 2 + interaction,
        interaction=interaction,
    )


def record(
    space: SearchSpace = LSTM,
    *,
    trials: int = 60,
    metric: str = "accuracy",
    maximize: bool = True,
    probes: float = 0.15,
    outliers: bool = False,
    rungs: tuple[int, ...] = RUNGS,
    seed: int = 5,
) -> RunRecord:
    """A run of synchronous halving by 3 with probes, made up; a twentieth of its trials diverge at the first rung."""
    rng = np.random.default_rng(seed)
    configs = [space.sample(rng) for _ in range(trials)]
    skill = rng.normal(0, 1, trials)
    quality = {rung: skill + rng.normal(0, 1.0 / (1 + i), trials) for i, rung in enumerate(rungs)}
    probe = rng.random(trials) < probes
    diverged = (rng.random(trials) < 0.05) & ~probe
    sign = 1 if maximize else -1

    def value(number: int, epoch: int) -> float:
        rung = min((r for r in rungs if r >= epoch), default=rungs[-1])
        level = 1 / (1 + math.exp(-0.6 * quality[rung][number] - 0.8 * math.log(epoch + 1) + 0.6))
        loss = -2 * math.log(level)
        return level if maximize else (1e6 * loss if outliers and number % 17 == 3 else loss)

    alive, rows, decisions, epochs = set(range(trials)), {}, [], []
    for place, rung in enumerate(rungs):
        start = rungs[place - 1] + 1 if place else 1
        here = sorted(alive)
        values = {n: (math.nan if diverged[n] else value(n, rung)) for n in here}
        finite = sorted((sign * v for v in values.values() if math.isfinite(v)), reverse=True)
        cutoff = sign * finite[max(0, len(finite) // 3 - 1)] if len(finite) >= 3 else math.nan
        for n in here:
            epochs += [(n, e, math.nan if diverged[n] else value(n, e)) for e in range(start, rung + 1)]
            worse = math.isfinite(cutoff) and sign * values[n] < sign * cutoff
            last = rung == rungs[-1]
            action = (
                "diverged"
                if diverged[n]
                else "complete"
                if last
                else "continue"
                if not worse
                else "spared"
                if probe[n]
                else "stop"
            )
            decisions.append((n, rung, values[n], cutoff if not last else math.nan, action))
            status = {"diverged": "diverged", "complete": "completed", "stop": "stopped"}.get(action, "running")
            rows[n] = (rung, values[n], status)
            if action in ("diverged", "stop"):
                alive.discard(n)
    start = pd.Timestamp("2026-01-01T00:00:00Z")
    table = pd.DataFrame(
        [
            {
                "trial_id": f"t{n:04d}",
                "number": n,
                **{f"config/{name}": configs[n].get(name) for name in space.names},
                "probe": bool(probe[n]),
                "status": status,
                "epochs": rung,
                "rung": rung,
                f"metrics/{metric}": at,
                f"metrics/{metric}_sd": 0.02,
                "started_at": start,
                "ended_at": start,
            }
            for n, (rung, at, status) in sorted(rows.items())
        ]
    )
    return RunRecord(
        path=Path(),
        manifest={
            "space": space_to_json(space),
            "metric": {"name": metric, "direction": "maximize" if maximize else "minimize"},
            "rungs": list(rungs),
        },
        trials=table,
        epochs=pd.DataFrame(
            [{"trial_id": f"t{n:04d}", "epoch": e, f"metrics/{metric}": v} for n, e, v in epochs],
        ),
        replicates=pd.DataFrame(),
        decisions=pd.DataFrame(
            [
                {"trial_id": f"t{n:04d}", "rung": r, "value": v, "cutoff": c, "seen": 1, "action": a, "time": start}
                for n, r, v, c, a in decisions
            ]
        ),
    )
