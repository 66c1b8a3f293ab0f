"""An importance analysis as tables: tidy for a program, short for a person."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from analysis.importance.importance import Importance, NoiseShares, Share

LEGEND = "alone: by itself; total: with every interaction that it takes part in; in brackets the 90 % interval"
LEAST_SHOWN = 0.005  # of an interaction, in a table for a person
LONGEST_RANGE = 18  # characters

_NOISE_NAMES = {
    "configuration": "configuration",
    "fold": "fold, the same for all configurations",
    "seed": "seed, the same for all configurations",
    "configuration_fold": "luck of a configuration with a fold",
    "configuration_seed": "luck of a configuration with a seed",
    "residual": "left over",
}


def importance_data(importance: Importance) -> pd.DataFrame:
    """Lay all shares out, a row each: of what, in which sense, the share and its 90 % interval."""
    return pd.DataFrame(list(_rows(importance)))


def _rows(importance: Importance) -> Iterator[dict[str, Any]]:
    for each in importance.hyperparameters:
        about = {"of": "hyperparameter", "name": each.name, "group": each.group, "searched": each.searched}
        for sense in ("alone", "total", "shapley"):
            yield about | {"sense": sense} | asdict(getattr(each, sense))
    for pair in importance.pairs:
        yield {"of": "pair", "name": " × ".join(pair.names), "sense": "interaction"} | asdict(pair.share)
    for group in importance.groups:
        for sense in ("closed", "total"):
            about = {"of": "group", "name": group.group, "group": group.group, "sense": sense}
            yield about | asdict(getattr(group, sense))
    yield {"of": "between groups", "name": "between groups", "sense": "interaction"} | asdict(importance.between_groups)
    yield {"of": "higher orders", "name": "three or more", "sense": "interaction"} | asdict(importance.higher_orders)
    for name, share in noise_rows(importance.noise):
        yield {"of": "noise", "name": name, "sense": "of one replicate", "share": share}


def noise_rows(noise: NoiseShares | None) -> list[tuple[str, float]]:
    """Name the shares of the noise that are known."""
    if noise is None:
        return []
    shares = asdict(noise)
    return [(text, shares[name]) for name, text in _NOISE_NAMES.items() if shares[name] is not None]


def importance_json(importance: Importance) -> dict[str, Any]:
    """Give the whole analysis as plain lists, texts and numbers."""
    plain: dict[str, Any] = _plain(asdict(importance))
    return plain


def hyperparameter_table(importance: Importance) -> pd.DataFrame:
    """Lay the hyperparameters out for the eye: shares in per cent, the 90 % interval in brackets."""
    rows = importance.hyperparameters
    return pd.DataFrame(
        {
            "hyperparameter": [each.name for each in rows],
            "searched": [_cut(each.searched) for each in rows],
            "alone %": [share_text(each.alone) for each in rows],
            "total %": [share_text(each.total) for each in rows],
            "Shapley %": [f"{100 * each.shapley.share:.1f}" for each in rows],
        }
    )


def group_table(importance: Importance) -> pd.DataFrame:
    """Lay the groups out for the eye, with the interactions between them as a row of its own (Hammerla et al. 2016)."""
    names = [each.group for each in importance.groups]
    alone = [share_text(each.closed) for each in importance.groups]
    total = [share_text(each.total) for each in importance.groups]
    members = [", ".join(each.names) for each in importance.groups]
    between = share_text(importance.between_groups)
    return pd.DataFrame(
        {
            "group": [*names, "between groups"],
            "alone %": [*alone, between],
            "total %": [*total, "–"],
            "hyperparameters": [*members, "–"],
        }
    )


def pair_table(importance: Importance, *, top: int = 5) -> pd.DataFrame:
    """Lay the largest interactions of two out for the eye; empty where none is worth it."""
    shown = [each for each in importance.pairs[:top] if each.share.share >= LEAST_SHOWN]
    return pd.DataFrame(
        {
            "interaction": [" × ".join(each.names) for each in shown],
            "share %": [share_text(each.share) for each in shown],
        }
    )


def share_text(share: Share) -> str:
    """Write a share in per cent, with its interval if it has one: 63.2 (22–84)."""
    if math.isnan(share.low):
        return f"{100 * share.share:.1f}"
    return f"{100 * share.share:.1f} ({100 * share.low:.0f}–{100 * share.high:.0f})"


def headline(importance: Importance) -> str:
    """Say in a sentence what the shares are of, and how far the surrogate is to be trusted."""
    at = "" if importance.epoch is None else f" at epoch {importance.epoch}"
    scale = "" if importance.outcome_scale == "as measured" else f" ({importance.outcome_scale})"
    return (
        f"Variance of {importance.outcome}{scale}{at} between configurations: {importance.configurations} of them; "
        f"R² {importance.r_squared:.2f} for configurations left out"
    )


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_RANGE else f"{text[: LONGEST_RANGE - 1]}…"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
