"""What acts within a recurrence: off where it is 0, and what its equations say where it is not."""

import pytest
import torch
from recurrent_samples import (
    BATCH,
    FUSED,
    HIDDEN,
    LENGTHS,
    ONE_LENGTH,
    TIME,
    WIDTH,
    lstm_by_hand,
    run,
    sequences,
    stepped_layer,
)

from trainables.networks.layers.sequences import without_padding
from trainables.networks.regularisers.masks import dropout_mask
from trainables.networks.regularisers.recurrent_regularisation import RecurrentRegularisation
from trainables.networks.regularisers.step_batch_norm import StepBatchNorm

ROUNDING = {"rtol": 0.0, "atol": 1e-13}  # some hundred operations in double precision
SIZES = [BATCH] * TIME
SHARES = RecurrentRegularisation.shares()


@pytest.fixture(params=FUSED)
def cell(request):
    return request.param


def trained(layer, lengths=ONE_LENGTH, seed=8):
    torch.manual_seed(seed)
    return run(layer.train(), sequences(), lengths)


def redrawn(draw, seed=8):
    """Draw what a layer drew, where that was all it drew."""
    torch.manual_seed(seed)
    return draw()


@pytest.mark.parametrize("share", SHARES)
def test_at_0_nothing_acts_and_nothing_is_drawn(share):
    layer, plain = stepped_layer(**{share: 0.0}), stepped_layer()
    before = torch.get_rng_state()
    outputs, _ = run(layer.train(), sequences())
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(outputs, run(plain, sequences())[0])
    assert not RecurrentRegularisation(**{share: 0.0}).acts


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
def test_it_acts_in_training_alone_draws_there_alone_and_says_the_same_every_time_in_evaluation(share, lengths):
    layer = stepped_layer(**{share: 0.5})
    assert not torch.equal(trained(layer, lengths, seed=1)[1], trained(layer, lengths, seed=2)[1])
    before = torch.get_rng_state()
    first, second = (run(layer.eval(), sequences(), lengths)[1] for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("share", ["recurrent_dropout_input", "recurrent_dropout_state", "candidate_dropout"])
def test_dropout_is_the_plain_cell_in_evaluation(share):
    assert torch.equal(run(stepped_layer(**{share: 0.5}).eval(), sequences())[0], run(stepped_layer(), sequences())[0])


def test_masks_of_inputs_and_states_differ_by_gate_and_sequence_and_stay_the_same_over_time():
    layer = stepped_layer(recurrent_dropout_input=0.5, recurrent_dropout_state=0.3)
    outputs, _ = trained(layer)
    direction = layer.directions[0]
    torch.manual_seed(8)
    states = direction.state_dropout.draw(BATCH, torch.zeros(BATCH, HIDDEN, dtype=torch.float64))
    inputs = direction.input_dropout.draw(BATCH, sequences()[0])
    assert (inputs.shape, states.shape) == ((4, BATCH, WIDTH), (4, BATCH, HIDDEN))
    assert inputs.flatten(0, 1).unique(dim=0).shape[0] > 4
    torch.testing.assert_close(outputs, lstm_by_hand(layer, sequences(), inputs=inputs, states=states)[0], **ROUNDING)


def test_a_sequence_keeps_its_masks_where_others_end():
    layer = stepped_layer(recurrent_dropout_input=0.5, recurrent_dropout_state=0.5)
    longest = 1  # of the padded ones, first among the steps
    by_lengths = {}
    for lengths in (torch.tensor([2, 6, 1, 4]), torch.tensor([3, 6, 2, 1])):
        torch.manual_seed(8)
        by_lengths[tuple(lengths.tolist())] = run(layer.train(), sequences(), lengths)[0][longest]
    first, second = by_lengths.values()
    torch.testing.assert_close(first, second, **ROUNDING)


def test_candidate_dropout_is_that_of_the_update_alone():
    layer = stepped_layer(candidate_dropout=0.5)
    outputs, _ = trained(layer)
    start = torch.zeros(BATCH, HIDDEN, dtype=torch.float64)
    masks = redrawn(lambda: layer.directions[0].candidate_dropout.draw(SIZES, start))
    torch.testing.assert_close(outputs, lstm_by_hand(layer, sequences(), candidates=masks)[0], **ROUNDING)


def test_without_any_candidate_the_memory_stays_empty():
    assert not trained(stepped_layer(candidate_dropout=1.0))[0].any()


def test_an_open_forget_gate_keeps_the_memory_whatever_candidates_are_dropped():
    layer = stepped_layer(candidate_dropout=0.5).train()
    with torch.no_grad():
        for weight in layer.parameters():
            weight.zero_()
        layer.bias_ih_l0[HIDDEN : 2 * HIDDEN] = 1000.0  # f = 1
        layer.bias_ih_l0[2 * HIDDEN : 3 * HIDDEN] = 1000.0  # g = 1, i = ½
    masks = torch.stack(
        redrawn(lambda: layer.directions[0].candidate_dropout.draw(SIZES, sequences()[0, :1].new_zeros(BATCH, HIDDEN)))
    )
    memory = redrawn(lambda: layer(sequences())).memory.unflatten(0, (TIME, BATCH))
    torch.testing.assert_close(memory, masks.cumsum(0) / 2, **ROUNDING)


def test_zoneout_keeps_parts_of_the_state_and_shows_the_memory_before_it_is_zoned_out():
    layer = stepped_layer(zoneout_hidden=0.3, zoneout_cell=0.5)
    outputs, _ = trained(layer)
    start = torch.zeros(BATCH, HIDDEN, dtype=torch.float64)
    kept = redrawn(lambda: layer.directions[0].zoneouts[0].draw(SIZES, start))
    assert set(torch.cat([part for step in kept for part in step]).unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(outputs, lstm_by_hand(layer, sequences(), kept=kept)[0], **ROUNDING)


def test_zoneout_takes_its_mean_in_evaluation():
    layer = stepped_layer(zoneout_hidden=0.3, zoneout_cell=0.5).eval()
    expected, memory = lstm_by_hand(layer, sequences(), kept=[(0.3, 0.5)] * TIME)
    result = layer(sequences())
    torch.testing.assert_close(result.outputs, expected, **ROUNDING)
    torch.testing.assert_close(result.memory.unflatten(0, (TIME, BATCH)).transpose(0, 1), memory, **ROUNDING)


def test_the_mean_over_draws_of_a_first_step_is_what_evaluation_says():
    layer, draws = stepped_layer(zoneout_hidden=0.3), 2000
    torch.manual_seed(9)
    first = sequences()[:1, :1].expand(draws, 1, WIDTH)
    mean, evaluated = layer.train()(first).final.mean(1), layer.eval()(first).final[:, 0]
    # Six standard errors of a share of 0.3.
    assert ((mean - evaluated).abs() <= 6 * (0.3 * 0.7 / draws) ** 0.5 * (evaluated / 0.7).abs()).all()


@pytest.mark.parametrize("train", [True, False])
def test_a_state_that_is_zoned_out_always_stays_at_the_start(cell, train):
    layer = stepped_layer(cell, zoneout_hidden=1.0, **({"zoneout_cell": 1.0} if cell == "lstm" else {}))
    assert not run(layer.train(train), sequences())[0].any()


def test_stochastic_depth_skips_whole_steps_of_a_sequence(cell):
    layer = stepped_layer(cell, stochastic_depth=0.5)
    outputs, _ = trained(layer)
    before = torch.cat([torch.zeros_like(outputs[:, :1]), outputs[:, :-1]], 1)
    skipped = outputs == before
    assert torch.equal(skipped.all(2), skipped.any(2))
    assert 0 < skipped.all(2).sum() < skipped.all(2).numel()
    kept = redrawn(lambda: layer.directions[0].zoneouts[0].draw(SIZES, outputs[:, 0]))
    assert torch.equal(skipped.all(2), torch.cat([step[0] for step in kept], 1).bool())


def test_stochastic_depth_is_zoneout_with_one_draw_for_both_states():
    layer = stepped_layer(stochastic_depth=0.5)
    outputs, _ = trained(layer)
    drawn = redrawn(lambda: layer.directions[0].zoneouts[0].draw(SIZES, outputs[:, 0]))
    both = [(hidden, hidden) for hidden, _ in drawn]
    torch.testing.assert_close(outputs, lstm_by_hand(layer, sequences(), kept=both)[0], **ROUNDING)


def by_batch_norm(values, scale, shift=0.0):
    return scale * (values - values.mean(0)) / (values.var(0, unbiased=False) + 1e-5).sqrt() + shift


def test_recurrent_batch_normalisation_is_that_of_cooijmans():
    layer = stepped_layer(recurrent_batch_norm=True).train()
    scale = layer.directions[0].input_norm.scale[0]
    assert scale.item() == pytest.approx(0.1)
    h = c = torch.zeros(BATCH, HIDDEN, dtype=torch.float64)
    expected = []
    for x in sequences().unbind(1):
        from_input = by_batch_norm(x @ layer.weight_ih_l0.T, scale)
        from_state = by_batch_norm(h @ layer.weight_hh_l0.T, scale)
        i, f, g, o = (from_input + from_state + layer.bias_ih_l0 + layer.bias_hh_l0).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(by_batch_norm(c, scale))
        expected.append(h)
    torch.testing.assert_close(run(layer, sequences())[0], torch.stack(expected, 1), **ROUNDING)


def test_a_normalised_step_has_the_scale_as_its_standard_deviation():
    norm = StepBatchNorm(WIDTH, time=2, shift=True).double()
    values = 7.0 + 5.0 * torch.randn(64, WIDTH, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    normalised = norm.train()(values, 0)
    # The ε of 1e-5 beside a variance of 25.
    torch.testing.assert_close(normalised.std(0, unbiased=False), torch.full_like(norm.scale, 0.1), rtol=1e-5, atol=0)
    torch.testing.assert_close(normalised.mean(0), torch.zeros_like(norm.scale), **ROUNDING)


def test_each_step_has_statistics_of_its_own_and_what_lies_beyond_those_of_the_last():
    norm = StepBatchNorm(1, time=2).double().train()
    for _ in range(400):  # 0.9^400 is nothing
        for step, mean in enumerate((3.0, -4.0)):
            norm(mean + torch.tensor([[-1.0], [1.0]], dtype=torch.float64), step)
    assert norm.mean.flatten().tolist() == pytest.approx([3.0, -4.0])
    assert norm.variance.flatten().tolist() == pytest.approx([2.0, 2.0])  # unbiased
    centre = torch.tensor([[3.0], [-4.0]], dtype=torch.float64)
    assert norm.eval()(centre, 0)[0].item() == pytest.approx(0.0)
    assert norm(centre, 1)[1].item() == norm(centre, 5)[1].item() == pytest.approx(0.0)


def test_a_last_sequence_by_itself_is_normalised_by_running_statistics():
    norm = StepBatchNorm(WIDTH, time=1).double()
    values = sequences()[:1, 0]
    trained_on_one = norm.train()(values, 0)
    assert torch.equal(trained_on_one, norm.eval()(values, 0))
    assert not norm.mean.any()


@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_batch_normalisation_sees_no_padding(lengths, bidirectional):
    layer = stepped_layer(recurrent_batch_norm=True, bidirectional=bidirectional).train()
    rubbish = sequences() + 100 * (torch.arange(TIME) >= lengths[:, None])[:, :, None]
    assert torch.equal(run(layer, rubbish, lengths)[1], run(layer, sequences(), lengths)[1])
    alone = layer.eval()(sequences()[3:, : lengths[3]]).final
    torch.testing.assert_close(layer(without_padding(sequences(), lengths)).final[:, 3:], alone, **ROUNDING)


def test_a_mask_keeps_the_mean():
    torch.manual_seed(2)
    mask = dropout_mask((100, 100), 0.2, torch.zeros((), dtype=torch.float64))
    assert mask.unique().tolist() == [0.0, 1.25]
    assert mask.mean().item() == pytest.approx(1.0, abs=6 * (0.25 / 10_000) ** 0.5)  # six sigma of a share of 0.2
    assert not dropout_mask((3, 3), 1.0, mask).any()


@pytest.mark.parametrize("name", SHARES)
@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_what_is_no_share_is_refused(name, share):
    with pytest.raises(ValueError, match=rf"{name} must be between 0 and 1, got {share}"):
        RecurrentRegularisation(**{name: share})
