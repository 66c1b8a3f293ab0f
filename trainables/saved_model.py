"""Trained networks as files: the weights, and beside them what builds the network again."""

import io
import json
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from learning_tasks.metric import FloatArray
from learning_tasks.samples import Samples
from learning_tasks.shape import DataShape
from trainables.hyperparameters import Hyperparameters
from trainables.networks.catalogue import build_network
from trainables.replicate import predicted
from trainables.sample_tensors import samples_to_tensors

FORMAT, FORMAT_VERSION = "odyssey-model", 1


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFiles:
    """The contents of two files of one name: the weights as `.pt`, what they belong to as `.json`."""

    weights: bytes  # by torch.save: the state_dict and nothing else
    about: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SavedModel:
    """A trained network, on the CPU."""

    network: nn.Module
    family: str  # its name in the catalogue of networks
    hyperparameters: Hyperparameters
    shape: DataShape
    about: Mapping[str, Any]  # the whole of the JSON file

    def predict(self, samples: Samples) -> FloatArray:
        """Predict samples encoded as those of the training: (sample, class) probabilities, or (sample,) values."""
        tensors = samples_to_tensors(samples, torch.device("cpu"))
        return predicted(self.network, tensors, np.arange(len(samples)), self.shape.kind)


def model_files(
    network: nn.Module, families: Sequence[str], hyperparameters: Hyperparameters, shape: DataShape, **about: Any
) -> ModelFiles:
    """Lay out a trained network; `about` is kept too."""
    file = io.BytesIO()
    torch.save({name: tensor.detach().cpu() for name, tensor in network.state_dict().items()}, file)
    described = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "network": families[0] if len(families) == 1 else hyperparameters["network"],
        "hyperparameters": dict(hyperparameters),
        "shape": asdict(shape),
        "torch": torch.__version__,
    }
    return ModelFiles(weights=file.getvalue(), about=described | about)


def load_model(path: str | Path) -> SavedModel:
    """Build a network again from `<trial>-seed<seed>.pt` in a run's `confirmation/models`, and the `.json` beside it.

    Nothing is unpickled but tensors. The network is ready to predict; `.train()` makes it learn on.

    Raises:
        FileNotFoundError: If one of the two is missing.
        ValueError: If one is damaged, or they do not belong together.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"The weights of a trained network must be a file, and {path} is none.")
    about = _read_about(path.with_suffix(".json"))
    shape = DataShape(**about["shape"] | {"subsets": tuple(about["shape"]["subsets"])})
    with torch.random.fork_rng(devices=[]):
        network = build_network([about["network"]], shape, about["hyperparameters"])
    try:
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except (OSError, RuntimeError, EOFError, TypeError, ValueError, pickle.UnpicklingError) as error:
        raise ValueError(f"{path} must hold the weights that {path.stem}.json describes: {error}") from error
    return SavedModel(
        network=network.eval(),
        family=about["network"],
        hyperparameters=about["hyperparameters"],
        shape=shape,
        about=about,
    )


def _read_about(path: Path) -> dict[str, Any]:
    try:
        about = json.loads(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path} must be JSON: {error}") from error
    given = (about.get("format"), about.get("format_version")) if isinstance(about, dict) else about
    if given != (FORMAT, FORMAT_VERSION):
        raise ValueError(f"{path} must be of {FORMAT}, version {FORMAT_VERSION}, got {given!r}.")
    return dict(about)
