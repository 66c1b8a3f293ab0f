"""What all tests share: axes of tensors are checked, nothing of the user's environment leaks in."""

import os
import sys
from collections.abc import Iterator
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


@pytest.fixture(autouse=True)
def _no_ray_in_unit_tests(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no Ray start but in tests marked so: the verb `run` begins one while it reads a sweep."""
    if request.node.get_closest_marker("ray") is not None:
        yield
        return

    def refuse(**_: object) -> None:
        raise RuntimeError("A unit test starts no Ray.")

    monkeypatch.setattr("ray.init", refuse)
    yield
    if (session := sys.modules.get("sweeps.ray_session")) is not None:
        while session._begun:
            session._begun.pop().end()
        session.await_end()


@pytest.fixture
def checkout() -> Path:
    """Give the folder of the checkout."""
    return CHECKOUT
