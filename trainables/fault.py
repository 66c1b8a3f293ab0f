"""Why a trial cannot go on."""

import traceback
from dataclasses import dataclass
from typing import Literal

from trainables.diverged import Diverged

FaultStatus = Literal["diverged", "out_of_memory", "failed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """How a trial ended early, and the text that explains it."""

    status: FaultStatus
    error: str


def describe_fault(error: Exception) -> Fault:
    """Tell the outcomes of a configuration, divergence and lack of memory, from failures, which get a traceback."""
    if isinstance(error, Diverged):
        return Fault(status="diverged", error=str(error))
    if _is_lack_of_memory(error):
        return Fault(status="out_of_memory", error=f"{type(error).__name__}: {error}")
    return Fault(status="failed", error="".join(traceback.format_exception(error)))


def _is_lack_of_memory(error: Exception) -> bool:
    import torch  # only here: the driver is told of faults, and never imports torch itself

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # torch has no exception type of its own for the CPU's memory.
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator: can't allocate memory" in str(error)
