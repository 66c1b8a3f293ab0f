"""A bare torch loop that trains what Odyssey's LSTM trains: the same layers, batches and steps, and no framework.

The floor and the peers of `sweep_efficiency.py`, and the bare side of `training_step.py`, train with it. It imports
nothing of Odyssey: configurations come as JSON, samples and folds as an .npz (`peers/task_files.py` writes both). Same
weights and the same state of torch's generator give the same losses (`tests/test_bare_digits.py`). Each epoch it
computes accuracy and log loss on the validation samples, where Odyssey computes all metrics of a classification.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

EPOCHS = 27


@dataclass(frozen=True)
class Digits:
    """The development samples and their folds."""

    values: Tensor  # (sample, time, features)
    targets: Tensor  # (sample,)
    folds: tuple[tuple[Tensor, Tensor], ...]  # rows to train on and to validate on


class Network(nn.Module):
    """LSTM layers, their final states, and a linear layer, with dropout before, between and behind the layers."""

    def __init__(self, hyperparameters: Mapping[str, Any], *, features: int, classes: int) -> None:
        super().__init__()
        hidden, both = hyperparameters["hidden_size"], hyperparameters["bidirectional"]
        width = hidden * (2 if both else 1)
        sizes = [features] + [width] * (hyperparameters["layers"] - 1)
        self.layers = nn.ModuleList(nn.LSTM(size, hidden, batch_first=True, bidirectional=both) for size in sizes)
        for layer in self.layers:
            _start_forget_gates(layer, hidden, hyperparameters["forget_gate_bias"])
        self.input_dropout = nn.Dropout(hyperparameters["input_dropout"])
        self.between_dropout = nn.Dropout(hyperparameters.get("between_layer_dropout", 0.0))
        self.output_dropout = nn.Dropout(hyperparameters["output_dropout"])
        self.output = nn.Linear(width, classes)

    def forward(self, values: Tensor) -> Tensor:
        """Map sequences (batch, time, features) to logits."""
        sequence, final = self.input_dropout(values), values
        for level, layer in enumerate(self.layers):
            sequence, (final, _) = layer(self.between_dropout(sequence) if level else sequence)
        logits: Tensor = self.output(self.output_dropout(final.transpose(0, 1).flatten(1)))
        return logits


def _start_forget_gates(layer: nn.Module, hidden: int, bias: float) -> None:
    """Set the forget gates' biases, of which torch has two to add up."""
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            if name.startswith("bias"):
                parameter[hidden : 2 * hidden] = bias if name.startswith("bias_hh") else 0.0


class BareFold:
    """A network and its optimiser on one fold."""

    def __init__(self, hyperparameters: Mapping[str, Any], digits: Digits, fold: int) -> None:
        self.train_rows, self.validation_rows = digits.folds[fold]
        self.values, self.targets = digits.values, digits.targets
        self.batch_size = hyperparameters["batch_size"]
        self.clip = hyperparameters["gradient_clip_norm"]
        self.network = Network(hyperparameters, features=digits.values.shape[2], classes=int(digits.targets.max()) + 1)
        self.parameters = list(self.network.parameters())
        self.optimiser = torch.optim.AdamW(
            self.parameters,
            lr=hyperparameters["learning_rate"],
            weight_decay=hyperparameters["weight_decay"],
            fused=True,
        )

    def train(self) -> float:
        """Train on every sample once, and give the mean loss."""
        self.network.train()
        total = torch.zeros((), dtype=torch.float64)
        order = self.train_rows[torch.randperm(len(self.train_rows))]
        for rows in torch.split(order, self.batch_size):
            self.optimiser.zero_grad()
            loss = F.cross_entropy(self.network(self.values[rows]), self.targets[rows])
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self.parameters, self.clip)
            self.optimiser.step()
            total += loss.detach() * len(rows)
        return float(total) / len(order)

    @torch.inference_mode()
    def evaluate(self) -> tuple[float, float]:
        """Compute accuracy and log loss on the validation samples."""
        self.network.eval()
        logits, targets = self.network(self.values[self.validation_rows]), self.targets[self.validation_rows]
        return float((logits.argmax(1) == targets).double().mean()), float(F.cross_entropy(logits, targets))


class BareTrial:
    """A configuration on all folds in lockstep."""

    def __init__(self, hyperparameters: Mapping[str, Any], digits: Digits) -> None:
        self.folds = [BareFold(hyperparameters, digits, fold) for fold in range(len(digits.folds))]

    def train_epoch(self) -> tuple[float, float]:
        """Train and evaluate every fold for an epoch, and give the mean accuracy and log loss."""
        for fold in self.folds:
            fold.train()
        accuracies, losses = zip(*(fold.evaluate() for fold in self.folds), strict=True)
        return sum(accuracies) / len(accuracies), sum(losses) / len(losses)


def read_digits(folder: str | Path) -> Digits:
    """Read the samples and their folds."""
    with np.load(Path(folder, "digits.npz")) as arrays:
        tensors = {name: torch.from_numpy(arrays[name]) for name in arrays.files}
    count = sum(name.startswith("train_") for name in tensors)
    folds = tuple((tensors[f"train_{fold}"], tensors[f"validation_{fold}"]) for fold in range(count))
    return Digits(tensors["values"], tensors["targets"], folds)


def read_configurations(folder: str | Path) -> list[dict[str, Any]]:
    """Read the hyperparameters of all configurations, in the order of their numbers."""
    configurations: list[dict[str, Any]] = json.loads(Path(folder, "configurations.json").read_text())
    return configurations


def train_configuration(folder: str | Path, number: int) -> Iterator[float]:
    """Train a configuration on one core, and give the accuracy after each epoch."""
    torch.set_num_threads(1)
    torch.manual_seed(number)
    trial = BareTrial(read_configurations(folder)[number], read_digits(folder))
    for _ in range(EPOCHS):
        yield trial.train_epoch()[0]
