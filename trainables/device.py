"""Where a worker trains."""

import gc
import os

import torch

from trainables.settings import TrialSettings


def prepare_device(settings: TrialSettings) -> torch.device:
    """Keep to the cores and the GPU that a trial may use, and to kernels that repeat their results."""
    torch.set_num_threads(max(1, int(settings.cpu)))
    if not (settings.gpu > 0 and torch.cuda.is_available()):
        return torch.device("cpu")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # else cuDNN's LSTM does not repeat its results
    torch.backends.cudnn.deterministic = True
    return torch.device("cuda", torch.cuda.current_device())


def free_gpu(device: torch.device) -> None:
    """Give back the GPU's memory of a trial that is over, and count the peak anew."""
    if device.type != "cuda":
        return
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device)


def peak_gpu_mib(device: torch.device) -> float | None:
    """Tell the most memory of the GPU that this worker's trial has held so far, its samples with it; None on the CPU.

    What CUDA itself takes for a process, some hundreds of MiB, is not in it.
    """
    return torch.cuda.max_memory_reserved(device) / 2**20 if device.type == "cuda" else None
