"""Pre-training as the encoder of an auto-encoder."""

import copy

import pytest
import torch
from architecture_samples import LENGTHS, OWN, ROUNDING, SERIES, TOKENS, tokens, values
from training_samples import CPU, HYPERPARAMETERS, make_samples, reports, same_state, start

from learning_tasks.shape import shape_of
from trainables import replicate
from trainables.diverged import Diverged
from trainables.networks.auto_encoder import AutoEncoder
from trainables.networks.catalogue import NETWORKS
from trainables.pre_training import pre_train
from trainables.sample_tensors import samples_to_tensors

FAMILIES = ("lstm", "gru", "rnn", "deep_conv_lstm")


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


def auto_encoder(family, shape=SERIES, **hyperparameters):
    torch.manual_seed(1)
    return AutoEncoder(NETWORKS[family](shape, {"hidden_size": 4, "layers": 2} | hyperparameters), shape).double()


@pytest.mark.parametrize("options", [{}, {"bidirectional": True}, {"zoneout_hidden": 0.1, "subsampling": 2}])
@pytest.mark.parametrize("shape", [SERIES, TOKENS], ids=["real values", "tokens"])
def test_neither_padding_nor_the_rest_of_a_batch_matters(family, shape, options):
    network = auto_encoder(family, shape, **options).eval()
    given = tokens() if shape is TOKENS else values()
    rubbish = given if shape is TOKENS else given + 100 * ~OWN
    told = network(given, LENGTHS)
    losses = []
    for row, length in enumerate(LENGTHS):
        alone = network(rubbish[[row]], LENGTHS[[row]])
        torch.testing.assert_close(alone, told[[row], :length], **ROUNDING)
        losses.append(network.loss(rubbish[[row]], LENGTHS[[row]]) * length)
    torch.testing.assert_close(network.loss(given, LENGTHS), sum(losses) / LENGTHS.sum(), **ROUNDING)


def test_the_loss_holds_what_is_told_against_the_sequence_backwards():
    network = auto_encoder("lstm").eval()
    told = network(values(), LENGTHS)
    distances = [
        (told[row, step] - values()[row, length - 1 - step]).square().sum()
        for row, length in enumerate(LENGTHS.tolist())
        for step in range(length)
    ]
    torch.testing.assert_close(network.loss(values(), LENGTHS), sum(distances) / len(distances), **ROUNDING)


def test_the_loss_of_tokens_is_their_cross_entropy():
    network = auto_encoder("gru", TOKENS).eval()
    told = network(tokens(), LENGTHS).log_softmax(2)
    surprises = [
        -told[row, step, tokens()[row, length - 1 - step]]
        for row, length in enumerate(LENGTHS.tolist())
        for step in range(length)
    ]
    torch.testing.assert_close(network.loss(tokens(), LENGTHS), sum(surprises) / len(surprises), **ROUNDING)


def test_the_decoder_starts_from_the_final_state_and_hears_only_what_it_should_have_told():
    network = auto_encoder("lstm").eval()
    hidden, memory = network.encoder.encode(values(), LENGTHS)
    row, length = 4, 5
    turned = values()[row, :length].flip(0)
    heard = torch.cat([torch.zeros(1, 7, dtype=torch.float64), turned[:-1]])[None]
    outputs, _ = network.decoder(heard, (hidden[:, [row]].contiguous(), memory[:, [row]].contiguous()))
    torch.testing.assert_close(network(values(), LENGTHS)[row, :length], network.output_layer(outputs[0]), **ROUNDING)


def test_a_fused_and_a_stepped_encoder_end_in_the_same_state(family):
    fused, stepped = (auto_encoder(family, truncate_steps=k, bidirectional=True).encoder for k in (0, 400))
    for one, other in zip(fused.encode(values(), LENGTHS), stepped.encode(values(), LENGTHS), strict=True):
        torch.testing.assert_close(one, other, **ROUNDING)


def test_the_gradient_reaches_all_but_the_readout(family):
    network = auto_encoder(family, TOKENS, bidirectional=True, separate_embeddings=True)
    network.loss(tokens(), LENGTHS).backward()
    untouched = {name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()}
    assert untouched == {"encoder.output_layer.weight", "encoder.output_layer.bias"}
    encoder = {id(parameter) for parameter in network.encoder.encoder.parameters()}
    assert {name for name, p in network.encoder.named_parameters() if id(p) not in encoder} == {
        "output_layer.weight",
        "output_layer.bias",
    }


def pre_trained(family="gru", epochs=30, samples=None, **changes):
    samples = samples or constants()
    hyperparameters = HYPERPARAMETERS | {"pre_training_epochs": epochs, "learning_rate": 0.02} | changes
    hyperparameters |= dict.fromkeys(("input_dropout", "between_layer_dropout", "weight_decay"), 0.0)
    torch.manual_seed(1)
    shape = shape_of(samples, "classification")
    network = NETWORKS[family](shape, hyperparameters)
    rows = torch.arange(len(samples))
    return network, pre_train(network, samples_to_tensors(samples, CPU), rows, shape, hyperparameters)


def constants():
    """Sequences that stay at one value for each feature."""
    samples = make_samples()
    first = samples.values[:, :1] * (torch.arange(6).numpy() < samples.lengths[:, None])[:, :, None]
    return make_samples(values=first)


@pytest.mark.parametrize("family", ["lstm", "gru", "rnn"])
def test_it_learns_to_tell_a_constant(family):
    before, after = (pre_trained(family, epochs, layers=1)[1] for epochs in (1, 40))
    assert after < 0.25 * before


def test_without_pre_training_a_trial_is_as_it_was_bit_for_bit(family):
    plain = start(networks=(family,))
    other = start(networks=(family,), pre_training_epochs=0, freeze_encoder=True)
    assert reports(plain, 2) == reports(other, 2)
    assert same_state(plain, other)


@pytest.mark.parametrize("freeze", [False, True])
def test_the_classifier_starts_with_the_weights_of_the_encoder_bit_for_bit(monkeypatch, family, freeze):
    ended = []

    def remembered(network, *rest):
        loss = pre_train(network, *rest)
        ended.append(copy.deepcopy(network.encoder.state_dict()))
        return loss

    monkeypatch.setattr(replicate, "pre_train", remembered)
    training = start(
        networks=(family,), pre_training_epochs=2, freeze_encoder=freeze, max_in_norm=0.5, weight_decay=0.1
    )
    network = training._replicates[0].network
    began = copy.deepcopy(network.encoder.state_dict())
    starts = []
    network.register_forward_pre_hook(lambda *_: starts.append(copy.deepcopy(network.encoder.state_dict())))
    output = network.output_layer.weight.clone()
    reports(training, 2)
    assert len(ended) == len(training._replicates)  # once each
    assert same_weights(starts[0], ended[0])
    assert not same_weights(starts[0], began)
    assert same_weights(network.encoder.state_dict(), ended[0]) == freeze
    assert not torch.equal(network.output_layer.weight, output)


def same_weights(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("freeze", [False, True])
def test_a_pre_trained_trial_goes_on_bit_equal_to_one_that_never_stopped(family, freeze):
    changes = {"networks": (family,), "pre_training_epochs": 1, "freeze_encoder": freeze}
    whole, stopped, resumed = (start(**changes) for _ in range(3))
    expected = reports(whole, 3)
    reports(stopped, 1)
    resumed.load_state(copy.deepcopy(stopped.state()))
    assert reports(resumed, 2) == expected[1:]
    assert same_state(resumed, whole)


def test_pre_training_that_diverges_is_told():
    training = start(pre_training_epochs=3, optimizer="sgd", learning_rate=1e30, gradient_clip_norm=1e30)
    with pytest.raises(Diverged, match="The pre-training loss of fold 0, seed 0 must be finite, got"):
        reports(training, 1)


def test_everything_works_together(family):
    changes = {"truncate_steps": 2, "carry_over": 0.5, "shuffle": False, "subsampling": 2, "weight_noise": 0.01}
    training = start(networks=(family,), pre_training_epochs=1, norm_stabiliser=1.0, **changes)
    assert len(reports(training, 2)) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pre_training_epochs": -1}, "pre_training_epochs must be a whole number of at least 0, got -1"),
        ({"freeze_encoder": 1}, "freeze_encoder must be True or False, got 1"),
    ],
)
def test_what_is_out_of_range_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        auto_encoder("lstm", **options)
