"""Configurations that are trained together, against each of them trained alone by torch."""

import pytest
import torch
from torch.nn import functional as F

from benchmarks.gpu_packing import Case, main
from benchmarks.packed_training import CONTENDERS, Work, alone_as_product, build_product
from benchmarks.stacked_networks import (
    STACKABLE,
    StackedAdamW,
    StepLSTM,
    gradients_by_hand,
    gradients_by_vmap,
    stack_parameters,
)

SIZES = {"time": 5, "features": 3, "outputs": 4}
RATES, DECAYS = (1e-3, 3e-2, 1e-2), (0.0, 0.1, 1.0)
# Of losses near 1; products are summed in another order, and Adam divides by what may be small.
TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-10}


def networks(name: str, dtype: torch.dtype) -> list[torch.nn.Module]:
    torch.manual_seed(1)
    return [STACKABLE[name].module(hidden_size=6, **SIZES).to(dtype) for _ in RATES]


def batches(dtype: torch.dtype) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Give each configuration a batch of its own, twenty times the same, so that every loss falls."""
    chance = torch.Generator().manual_seed(2)
    values = torch.randn(3, 8, SIZES["time"], SIZES["features"], generator=chance, dtype=dtype)
    return [(values, torch.randint(SIZES["outputs"], (3, 8), generator=chance))] * 20


def losses_alone(network: torch.nn.Module, rate: float, decay: float, given: list) -> list[float]:
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=decay)
    losses = []
    for values, targets in given:
        optimiser.zero_grad()
        loss = F.cross_entropy(network(values), targets)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("way", ["by hand", "vmap"])
@pytest.mark.parametrize("name", STACKABLE)
def test_configurations_trained_together_have_the_losses_they_have_alone(name, way, dtype):
    given, alone = batches(dtype), networks(name, dtype)
    parameters = stack_parameters(alone)
    compute = gradients_by_hand(STACKABLE[name]) if way == "by hand" else gradients_by_vmap(alone[0])
    optimiser = StackedAdamW(parameters, torch.tensor(RATES, dtype=dtype), torch.tensor(DECAYS, dtype=dtype))
    together = []
    for values, targets in given:
        losses, gradients = compute(parameters, values, targets)
        optimiser.step(gradients)
        together.append(losses)
    for number, (network, rate, decay) in enumerate(zip(alone, RATES, DECAYS, strict=True)):
        own = [(values[number], targets[number]) for values, targets in given]
        expected = losses_alone(network, rate, decay, own)
        assert expected[-1] < expected[0] - 100 * TOLERANCE[dtype]  # it has learnt
        found = [float(losses[number]) for losses in together]
        assert found == pytest.approx(expected, abs=TOLERANCE[dtype])


def test_the_step_by_step_lstm_is_torchs():
    own = StepLSTM(hidden_size=6, **SIZES).double()
    theirs = torch.nn.LSTM(SIZES["features"], 6, batch_first=True).double()
    theirs.load_state_dict(
        {
            "weight_ih_l0": own.inputs.weight,
            "bias_ih_l0": own.inputs.bias,
            "weight_hh_l0": own.states.weight,
            "bias_hh_l0": own.states.bias,
        }
    )
    values = batches(torch.float64)[0][0][0]
    torch.testing.assert_close(own(values), own.outputs(theirs(values)[0][:, -1]), atol=1e-12, rtol=0)


@pytest.mark.parametrize("name", STACKABLE)
def test_the_product_and_the_stackable_network_are_of_one_size(name):
    case = Case(network=name, shape="sequences", hidden_size=32)
    own = STACKABLE[name].module(hidden_size=32, time=26, features=20, outputs=10)
    sizes = [sum(each.numel() for each in network.parameters()) for network in (build_product(case), own)]
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize("contender", CONTENDERS)
def test_every_contender_trains_each_configuration(contender):
    case = Case(network="lstm", shape="digits", hidden_size=4)
    work = Work(case=case, samples=64, device=torch.device("cpu"))
    epoch = CONTENDERS[contender](work, 2)
    first, later = epoch(), [epoch() for _ in range(20)][-1]
    assert first.shape == (2,)
    assert torch.all(later < first)


def test_a_trial_alone_learns():
    case = Case(network="ffnn", shape="digits", hidden_size=8)
    epoch = alone_as_product(Work(case=case, samples=64, device=torch.device("cpu")), 1)
    assert epoch() > [epoch() for _ in range(20)][-1]


def test_a_gpu_that_is_not_there_is_refused(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["gpu_packing.py", "--device", "cuda"])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "--device cuda needs a GPU that torch can use, got none" in capsys.readouterr().err
