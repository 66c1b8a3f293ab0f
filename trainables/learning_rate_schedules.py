"""How the learning rate goes from epoch to epoch."""

import math
from collections.abc import Callable

# Share of the first rate that epoch t has, from 1; options are those of the schedule that has any.
Schedule = Callable[[int, float, int], float]

SCHEDULES: dict[str, Schedule] = {
    "none": lambda epoch, power, epochs: 1.0,
    "polynomial": lambda epoch, power, epochs: math.pow(epoch, -power),
    "exponential_sqrt": lambda epoch, power, epochs: math.exp(-math.sqrt(epoch - 1)),
    "exponential": lambda epoch, power, epochs: math.exp(-(epoch - 1)),
    "exponential_square": lambda epoch, power, epochs: math.exp(-((epoch - 1) ** 2)),
    # Loshchilov & Hutter (2017), arXiv:1608.03983, equation 5 without restarts: 0 once the epochs are over.
    "cosine": lambda epoch, power, epochs: (1 + math.cos(math.pi * min(1.0, (epoch - 1) / epochs))) / 2,
}


def learning_rate_share(schedule: str, epoch: int, *, power: float, epochs: int, warm_up_epochs: int) -> float:
    """Compute the share of the full learning rate that an epoch has, from 1.

    The first w = `warm_up_epochs` epochs have 1 / (w + 1), 2 / (w + 1), …; the schedule begins behind them.

    Source of the warm-up: Goyal et al. (2017), arXiv:1706.02677, by epochs instead of steps.
    """
    if epoch <= warm_up_epochs:
        return epoch / (warm_up_epochs + 1)
    return SCHEDULES[schedule](epoch - warm_up_epochs, power, epochs)
