"""The ways in which one process trains several configurations on one device, each as an epoch to be repeated."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.stacked_networks import (
    STACKABLE,
    LossesAndGradients,
    StackedAdamW,
    gradients_by_hand,
    gradients_by_vmap,
    stack_parameters,
)
from learning_tasks.shape import DataShape
from trainables.networks.catalogue import NETWORKS

BATCH, OUTPUTS = 32, 10
SHAPES = {"digits": (8, 8), "sequences": (26, 20)}  # steps, numbers a step
Epoch = Callable[[], Float[Tensor, " configuration"]]  # the mean loss of each on the way, on the device


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What is trained."""

    network: str
    shape: str
    hidden_size: int


@dataclass(frozen=True, kw_only=True)
class Work:
    """Samples on a device, and what is trained on them."""

    case: Case
    samples: int
    device: torch.device

    @cached_property
    def values(self) -> Float[Tensor, "sample time features"]:
        """Noise, and in its first number what tells the classes apart."""
        chance = torch.Generator().manual_seed(1)
        values = torch.randn(self.samples, *SHAPES[self.case.shape], generator=chance)
        values[:, :, 0] += self._classes[:, None] - OUTPUTS / 2
        return values.to(self.device)

    @cached_property
    def targets(self) -> Int[Tensor, " sample"]:
        """Classes."""
        return self._classes.to(self.device)

    @property
    def _classes(self) -> Int[Tensor, " sample"]:
        return torch.arange(self.samples) % OUTPUTS

    def orders(self, configurations: int) -> Int[Tensor, "configuration batch row"]:
        """Draw an order of the samples for each configuration, in whole batches."""
        rows = torch.stack([torch.randperm(self.samples) for _ in range(configurations)])
        return rows[:, : self.samples // BATCH * BATCH].unflatten(1, (-1, BATCH)).to(self.device)

    def hyperparameters(self, configurations: int) -> tuple[Tensor, Tensor]:
        """Give each configuration a learning rate and a weight decay of its own."""
        rates = torch.logspace(-3, -2, configurations)
        return rates.to(self.device), (0.1 * rates).to(self.device)


def build_product(case: Case) -> nn.Module:
    """Build the product's own network."""
    time, features = SHAPES[case.shape]
    shape = DataShape(kind="classification", time=time, features=features, vocabulary_size=0, outputs=OUTPUTS)
    layers = {"layers": 1} if case.network == "lstm" else {"hidden_layers": 1}
    return NETWORKS[case.network](shape, {"hidden_size": case.hidden_size, **layers})


class Alone:
    """One configuration, trained as the product trains it: its network, torch's fused AdamW."""

    def __init__(self, work: Work, rate: float, decay: float) -> None:
        self._work = work
        self._network = build_product(work.case).to(work.device).train()
        self._lengths = torch.full((BATCH,), SHAPES[work.case.shape][0])
        self._optimiser = torch.optim.AdamW(self._network.parameters(), lr=rate, weight_decay=decay, fused=True)

    def learn(self, rows: Int[Tensor, " row"]) -> Float[Tensor, ""]:
        """Take a step on a batch."""
        self._optimiser.zero_grad(set_to_none=True)
        logits = self._network(self._work.values.index_select(0, rows), self._lengths)
        loss = F.cross_entropy(logits, self._work.targets.index_select(0, rows))
        loss.backward()
        self._optimiser.step()
        return loss.detach()

    def epoch(self, batches: Int[Tensor, "batch row"]) -> Float[Tensor, ""]:
        """Learn all batches."""
        return torch.stack([self.learn(rows) for rows in batches]).mean()


def _each_alone(work: Work, configurations: int) -> list[Alone]:
    rates, decays = (each.tolist() for each in work.hyperparameters(configurations))
    return [Alone(work, rate, decay) for rate, decay in zip(rates, decays, strict=True)]


def alone_as_product(work: Work, configurations: int) -> Epoch:
    """Train one after the other."""
    trials = _each_alone(work, configurations)
    return lambda: torch.stack(
        [trial.epoch(order) for trial, order in zip(trials, work.orders(len(trials)), strict=True)]
    )


def _streams(work: Work, configurations: int) -> list[torch.cuda.Stream | None]:
    """Give each configuration a stream of its own; the CPU has none."""
    if work.device.type != "cuda":
        return [None] * configurations
    return [torch.cuda.Stream(work.device) for _ in range(configurations)]


def interleaved_streams(work: Work, configurations: int) -> Epoch:
    """Give each its own stream, and let one thread hand out a batch of each in turn."""
    trials, streams = _each_alone(work, configurations), _streams(work, configurations)

    def epoch() -> Tensor:
        orders = work.orders(configurations)
        _synchronise(work.device)  # what lies on the device must be there for every stream
        losses: list[list[Tensor]] = [[] for _ in trials]
        for number in range(orders.shape[1]):
            for trial, stream, order, told in zip(trials, streams, orders, losses, strict=True):
                with torch.cuda.stream(stream):
                    told.append(trial.learn(order[number]))
        _synchronise(work.device)
        return torch.stack([torch.stack(told).mean() for told in losses])

    return epoch


def threaded_streams(work: Work, configurations: int) -> Epoch:
    """Give each its own stream and its own thread."""
    trials, streams = _each_alone(work, configurations), _streams(work, configurations)

    def epoch() -> Tensor:
        orders = work.orders(configurations)
        _synchronise(work.device)
        losses: dict[int, Tensor] = {}

        def train(number: int) -> None:
            with torch.cuda.stream(streams[number]):
                losses[number] = trials[number].epoch(orders[number])

        threads = [threading.Thread(target=train, args=(number,)) for number in range(configurations)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _synchronise(work.device)
        return torch.stack([losses[number] for number in range(configurations)])

    return epoch


class Stacked:
    """All configurations as one, trained by one step."""

    def __init__(self, work: Work, configurations: int, *, by_hand: bool) -> None:
        time, features = SHAPES[work.case.shape]
        stackable = STACKABLE[work.case.network]
        built = [
            stackable.module(time=time, features=features, hidden_size=work.case.hidden_size, outputs=OUTPUTS)
            for _ in range(configurations)
        ]
        parameters = stack_parameters([network.to(work.device) for network in built])
        self._work, self._parameters = work, parameters
        self._compute: LossesAndGradients = gradients_by_hand(stackable) if by_hand else gradients_by_vmap(built[0])
        self._optimiser = StackedAdamW(parameters, *work.hyperparameters(configurations))

    def learn(self, rows: Int[Tensor, "configuration row"]) -> Float[Tensor, " configuration"]:
        """Take a step on a batch for each."""
        losses, gradients = self._compute(self._parameters, self._work.values[rows], self._work.targets[rows])
        self._optimiser.step(gradients)
        return losses

    def epoch(self, orders: Int[Tensor, "configuration batch row"]) -> Float[Tensor, " configuration"]:
        """Learn all batches."""
        return torch.stack([self.learn(orders[:, number]) for number in range(orders.shape[1])]).mean(0)


def stacked_by_hand(work: Work, configurations: int) -> Epoch:
    """Train all with hand-written products of batches of matrices."""
    stacked = Stacked(work, configurations, by_hand=True)
    return lambda: stacked.epoch(work.orders(configurations))


def stacked_by_vmap(work: Work, configurations: int) -> Epoch:
    """Train all with `torch.func`."""
    stacked = Stacked(work, configurations, by_hand=False)
    return lambda: stacked.epoch(work.orders(configurations))


def stacked_graph(work: Work, configurations: int) -> Epoch:
    """Train all by hand, each step a CUDA graph that is recorded once and repeated on other rows."""
    stacked = Stacked(work, configurations, by_hand=True)
    rows = work.orders(configurations)[:, 0].contiguous()
    side = torch.cuda.Stream(work.device)
    side.wait_stream(torch.cuda.current_stream(work.device))
    with torch.cuda.stream(side):
        for _ in range(3):  # what is allocated and chosen at first must not be recorded
            stacked.learn(rows)
    torch.cuda.current_stream(work.device).wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        losses = stacked.learn(rows)

    def epoch() -> Tensor:
        orders, total = work.orders(configurations), torch.zeros_like(losses)
        for number in range(orders.shape[1]):
            rows.copy_(orders[:, number])
            graph.replay()
            total += losses
        return total / orders.shape[1]

    return epoch


def _synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


CONTENDERS: Mapping[str, Callable[[Work, int], Epoch]] = {
    "streams, one thread": interleaved_streams,
    "streams, threads": threaded_streams,
    "vmap": stacked_by_vmap,
    "stacked by hand": stacked_by_hand,
}
CUDA_CONTENDERS: Mapping[str, Callable[[Work, int], Epoch]] = {"stacked by hand, CUDA graph": stacked_graph}
