"""Where a worker trains."""

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
