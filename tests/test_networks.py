"""The contract that every network of the catalogue keeps."""

import pytest
import torch

from learning_tasks.shape import DataShape
from search_spaces.catalogue import READABLE, SPACES
from trainables.networks.catalogue import NETWORKS, build_network

# Every network reads what it knows of these; a new one adds what it requires.
HYPERPARAMETERS = {"hidden_size": 6, "layers": 2, "bidirectional": True, "hidden_layers": 2}
DROPOUTS = ("input_dropout", "between_layer_dropout", "output_dropout")
SHAPES = {
    "real-valued": DataShape(kind="classification", time=9, features=4, vocabulary_size=0, outputs=3),
    "tokens": DataShape(kind="regression", time=9, features=0, vocabulary_size=7, outputs=1),
}
LENGTHS = torch.tensor([3, 7, 1, 7, 5])
LONGEST = 7
# Only the order of sums may differ between batches: a few roundings of double precision, 1e-16 each.
ROUNDING = 1e-13


@pytest.fixture(params=NETWORKS)
def name(request):
    return request.param


@pytest.fixture(params=SHAPES)
def shape(request):
    return SHAPES[request.param]


def build(name, shape, **hyperparameters):
    torch.manual_seed(1)
    return NETWORKS[name](shape, HYPERPARAMETERS | hyperparameters)


def padded_values(shape):
    generator = torch.Generator().manual_seed(2)
    mask = torch.arange(shape.time) < LENGTHS[:, None]
    if shape.vocabulary_size:
        return torch.randint(1, shape.vocabulary_size, mask.shape, generator=generator) * mask
    return torch.randn(*mask.shape, shape.features, generator=generator) * mask[:, :, None]


def double_precision(network, values):
    return network.double().eval(), values.double() if values.is_floating_point() else values


def test_each_sample_gets_one_number_per_output(name, shape):
    assert build(name, shape)(padded_values(shape), LENGTHS).shape == (len(LENGTHS), shape.outputs)


def test_the_gradient_reaches_every_parameter(name, shape):
    network = build(name, shape)
    network(padded_values(shape), LENGTHS).square().sum().backward()
    untouched = [path for path, parameter in network.named_parameters() if not parameter.grad.any()]
    assert untouched == []


def test_more_padding_changes_nothing(name, shape):
    network, values = double_precision(build(name, shape), padded_values(shape))
    torch.testing.assert_close(
        network(values[:, :LONGEST], LENGTHS), network(values, LENGTHS), rtol=ROUNDING, atol=ROUNDING
    )


def test_the_other_samples_of_a_batch_change_nothing(name, shape):
    network, values = double_precision(build(name, shape), padded_values(shape))
    alone = torch.cat([network(values[[row]], LENGTHS[[row]]) for row in range(len(LENGTHS))])
    torch.testing.assert_close(network(values, LENGTHS), alone, rtol=ROUNDING, atol=ROUNDING)


def test_the_order_of_a_batch_only_orders_its_outputs(name, shape):
    network, values = double_precision(build(name, shape), padded_values(shape))
    order = torch.tensor([4, 0, 3, 1, 2])
    outputs = network(values, LENGTHS)
    torch.testing.assert_close(network(values[order], LENGTHS[order]), outputs[order], rtol=ROUNDING, atol=ROUNDING)


def test_the_last_step_of_a_sample_counts(name, shape):
    network, values = double_precision(build(name, shape), padded_values(shape))
    changed = values.clone()
    changed[0, LENGTHS[0] - 1] = values[0, 0] % 2 + 1
    difference = (network(changed, LENGTHS) - network(values, LENGTHS)).abs().sum(1)
    assert difference[0] > 0
    assert difference[1:].max() < ROUNDING


def test_dropout_0_is_the_plain_network_bit_for_bit(name, shape):
    values = padded_values(shape)
    plain, without = (build(name, shape, **dropouts) for dropouts in ({}, dict.fromkeys(DROPOUTS, 0.0)))
    before = torch.get_rng_state()
    assert torch.equal(plain.train()(values, LENGTHS), without.train()(values, LENGTHS))
    assert torch.equal(torch.get_rng_state(), before)


def test_what_no_space_holds_is_the_plain_network_at_its_default_bit_for_bit(name, shape):
    values = padded_values(shape)
    defaults = {known: READABLE[name][known].default for known in READABLE[name].names if known not in SPACES[name]}
    plain, with_defaults = build(name, shape), build(name, shape, **defaults)
    assert list(plain.state_dict()) == list(with_defaults.state_dict())
    assert torch.equal(plain(values, LENGTHS), with_defaults(values, LENGTHS))


def test_a_sigmoid_maps_the_values_of_a_regression(name):
    shape = SHAPES["tokens"]
    values = padded_values(shape)
    plain, bounded = build(name, shape), build(name, shape, output_activation="sigmoid")
    assert torch.equal(bounded(values, LENGTHS), torch.sigmoid(plain(values, LENGTHS)))


@pytest.mark.parametrize(
    ("activation", "message"),
    [
        ("sigmoid", "output_activation must be linear for a classification, got 'sigmoid'"),
        ("softmax", "output_activation must be one of linear, sigmoid, got 'softmax'"),
        (1, "output_activation must be one of linear, sigmoid, got 1"),
    ],
)
def test_an_output_activation_that_does_not_fit_is_refused(name, activation, message):
    with pytest.raises(ValueError, match=message):
        build(name, SHAPES["real-valued"], output_activation=activation)


def test_dropout_is_off_in_evaluation(name, shape):
    values = padded_values(shape)
    plain, dropping = (build(name, shape, **dropouts) for dropouts in ({}, dict.fromkeys(DROPOUTS, 0.5)))
    assert torch.equal(dropping.eval()(values, LENGTHS), plain.eval()(values, LENGTHS))
    assert not torch.equal(dropping.train()(values, LENGTHS), plain.train()(values, LENGTHS))


def test_the_weights_depend_on_the_generator_alone(name, shape):
    first, second = build(name, shape).state_dict(), build(name, shape).state_dict()
    assert all(torch.equal(first[path], second[path]) for path in first)


def test_a_required_hyperparameter_that_is_missing_is_named(name, shape):
    with pytest.raises(ValueError, match=r"The hyperparameter hidden_(layers|size) must be given, got only none"):
        NETWORKS[name](shape, {})


def test_a_hidden_size_that_is_no_whole_number_is_refused(name, shape):
    with pytest.raises(ValueError, match=r"hidden_size must be a whole number of at least 1, got 6\.5"):
        NETWORKS[name](shape, HYPERPARAMETERS | {"hidden_size": 6.5})


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_dropout_that_is_no_share_is_refused(name, shape, share):
    with pytest.raises(ValueError, match="dropout probability has to be between 0 and 1"):
        NETWORKS[name](shape, HYPERPARAMETERS | {"input_dropout": share})


def test_of_several_families_the_configuration_chooses():
    shape = SHAPES["tokens"]
    for family in NETWORKS:
        chosen = build_network(tuple(NETWORKS), shape, HYPERPARAMETERS | {"network": family})
        assert type(chosen) is type(build(family, shape))


def test_a_single_family_needs_no_choice():
    assert type(build_network(("ffnn",), SHAPES["tokens"], HYPERPARAMETERS)) is type(build("ffnn", SHAPES["tokens"]))


@pytest.mark.parametrize(
    ("families", "choice", "message"),
    [
        (("lstm", "ffnn"), {"network": "tcn"}, "must be one of lstm, ffnn, got 'tcn'"),
        (("lstm", "ffnn"), {}, "must be one of lstm, ffnn, got None"),
        (("tcn",), {}, "must be one of lstm, ffnn, gru, rnn, rcnn, deep_conv_lstm, got 'tcn'"),
    ],
)
def test_an_unknown_network_is_refused_with_the_known_ones(families, choice, message):
    with pytest.raises(ValueError, match=message):
        build_network(families, SHAPES["tokens"], HYPERPARAMETERS | choice)
