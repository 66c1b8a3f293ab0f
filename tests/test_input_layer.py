"""What is done to inputs: noise, embedding dropout, normalisation; padding stays zero."""

import pytest
import torch

from learning_tasks.shape import DataShape
from trainables.networks.ffnn import build_ffnn
from trainables.networks.input_layer import InputLayer, read_input_options

SERIES = DataShape(kind="regression", time=6, features=3, vocabulary_size=0, outputs=1)
PEPTIDES = DataShape(kind="regression", time=6, features=0, vocabulary_size=9, outputs=1)
LENGTHS = torch.tensor([2, 6, 1, 4])
OWN = torch.arange(6) < LENGTHS[:, None]
ON = {
    "input_noise": {"noise": 0.3},
    "embedding_dropout": {"embedding_dropout": 0.5},
    "batch_norm_before": {"batch_norm": "running"},
    "of the batch": {"batch_norm": "batch"},
}


def series():
    return torch.randn(4, 6, 3, generator=torch.Generator().manual_seed(3)) * OWN[:, :, None]


def tokens():
    return torch.randint(1, 9, (4, 6), generator=torch.Generator().manual_seed(4)) * OWN


def layer(shape=PEPTIDES, **options):
    torch.manual_seed(5)
    return InputLayer(shape, **({"embedding_size": 4, "dropout": 0.0} | options))


@pytest.mark.parametrize("shape", [SERIES, PEPTIDES], ids=["real values", "tokens"])
def test_options_at_0_are_the_plain_layer_bit_for_bit_and_draw_nothing(shape):
    values = tokens() if shape is PEPTIDES else series()
    plain = layer(shape)
    without = InputLayer(shape, **read_input_options({"embedding_size": 4}))
    without.load_state_dict(plain.state_dict())
    before = torch.get_rng_state()
    assert torch.equal(plain(values), without(values, LENGTHS))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("shape", [SERIES, PEPTIDES], ids=["real values", "tokens"])
@pytest.mark.parametrize("option", ON)
def test_padding_stays_zero(shape, option):
    values = tokens() if shape is PEPTIDES else series()
    one = layer(shape, **ON[option])
    for training in (True, False):
        assert not one.train(training)(values, LENGTHS)[~OWN].any()


@pytest.mark.parametrize("option", ["input_noise", "embedding_dropout"])
def test_evaluation_is_that_of_the_plain_layer(option):
    plain, disturbed = layer(), layer(**ON[option])
    assert torch.equal(disturbed.eval()(tokens(), LENGTHS), plain.eval()(tokens()))
    assert not torch.equal(disturbed.train()(tokens(), LENGTHS), plain.train()(tokens()))


def test_noise_is_off_in_evaluation_also_before_normalisation():
    noisy = layer(noise=0.5, batch_norm="running")
    noisy(tokens(), LENGTHS)
    before = torch.get_rng_state()
    first, second = (noisy.eval()(tokens(), LENGTHS) for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)


def test_noise_has_the_standard_deviation_and_is_new_at_every_step_and_feature():
    zeros, lengths = torch.zeros(50, 40, 20), torch.full((50,), 40)
    shape = DataShape(kind="regression", time=40, features=20, vocabulary_size=0, outputs=1)
    noise = layer(shape, noise=0.3)(zeros, lengths)
    # 40,000 draws: six standard errors of a standard deviation are 6·0.3/√80,000 = 0.0064, of a mean 0.009.
    assert noise.std().item() == pytest.approx(0.3, abs=0.0064)
    assert noise.mean().item() == pytest.approx(0.0, abs=0.009)
    assert len(noise.unique()) > 39_000


def test_embedding_dropout_drops_all_occurrences_of_a_token_and_scales_the_others():
    dropping = layer(embedding_dropout=0.25)
    table = dropping.embedding.weight.detach()
    kinds = set()
    for _ in range(20):
        found = dropping(tokens(), LENGTHS)
        for token in tokens()[OWN].unique():
            occurrences = found[tokens() == token]
            assert (occurrences == occurrences[0]).all()
            scaled = torch.allclose(occurrences[0], table[token] / 0.75, rtol=1e-6, atol=0)
            assert scaled or not occurrences.any()
            kinds.add(scaled)
    assert kinds == {True, False}


def test_embedding_dropout_keeps_its_share_of_the_vocabulary():
    shape = DataShape(kind="regression", time=1, features=0, vocabulary_size=20_001, outputs=1)
    dropping = layer(shape, embedding_size=1, embedding_dropout=0.25)
    everything = torch.arange(1, 20_001)[:, None]
    kept = (dropping(everything) != 0).double().mean().item()
    assert kept == pytest.approx(0.75, abs=6 * (0.75 * 0.25 / 20_000) ** 0.5)  # six sigma


def test_embedding_dropout_1_leaves_nothing():
    assert not layer(embedding_dropout=1.0)(tokens(), LENGTHS).any()


def test_embedding_dropout_has_no_say_in_real_values():
    assert torch.equal(layer(SERIES, embedding_dropout=0.5)(series()), series())


def test_a_dropped_token_learns_nothing_from_the_batch():
    dropping = layer(embedding_dropout=0.5)
    found = dropping(tokens(), LENGTHS)
    found.sum().backward()
    for token in tokens()[OWN].unique():
        assert found[tokens() == token].any() == dropping.embedding.weight.grad[token].any()
    assert not dropping.embedding.weight.grad[0].any()


@pytest.mark.parametrize("option", ["noise", "batch_norm"])
def test_what_must_tell_steps_from_padding_needs_the_lengths(option):
    needing = layer(**({"noise": 0.1} if option == "noise" else {"batch_norm": "running"}))
    with pytest.raises(ValueError, match="must be given the lengths, got None"):
        needing(tokens())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"embedding_dropout": 1.5}, "embedding_dropout must lie in 0 to 1, got 1.5"),
        ({"input_noise": -0.1}, "input_noise must be at least 0, got -0.1"),
        ({"batch_norm_before": "always"}, "batch_norm_before must be one of none, running, batch, got 'always'"),
        (
            {"batch_norm_before": "running", "batch_size": 1},
            "batch_norm_before must be none where batch_size is 1, got 'running'",
        ),
        (
            {"batch_norm_after": "batch", "batch_size": 1},
            "batch_norm_after must be none where batch_size is 1, got 'batch'",
        ),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        build_ffnn(PEPTIDES, {"hidden_layers": 1, "hidden_size": 3} | options)
