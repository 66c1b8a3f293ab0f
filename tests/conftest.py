"""What all tests share: axes of tensors are checked, nothing of the user's environment leaks in."""

import os
from pathlib import Path

from jaxtyping import install_import_hook

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")  # the same on a machine with a GPU
OWN = ("ODYSSEY_RUNS", "ODYSSEY_CLUSTER", "RAY_ADDRESS", "RAY_API_SERVER_ADDRESS", "NO_COLOR", "FORCE_COLOR")
for name in (*OWN, "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
    os.environ.pop(name, None)
os.fsync = os.fstat  # no test pulls the plug, so that none need wait for the disk; a bad descriptor is still refused

with install_import_hook(["trainables"], "beartype.beartype"):
    import trainables.networks.catalogue
    import trainables.trial_training  # noqa: F401

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

CHECKOUT = Path(__file__).parents[1]

settings.register_profile("odyssey", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("odyssey")


@pytest.fixture
def checkout() -> Path:
    """Give the folder of the checkout."""
    return CHECKOUT
