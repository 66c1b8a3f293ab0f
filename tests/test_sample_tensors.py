"""Tensors over the memory of samples: never a copy where torch can do without."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from learning_tasks.samples import Samples
from trainables import sample_tensors
from trainables.sample_tensors import samples_to_tensors, share_array

RECORDED = np.arange(4 * 3 * 5, dtype=np.float32).reshape(4, 3, 5)  # (sample, channel, time), as devices write
STEPPED = {  # what torch has no tensor over
    "backwards": RECORDED[:, ::-1],
    "part of a record": np.zeros(6, dtype=np.dtype([("value", "<f4"), ("flag", "i1")]))["value"],
}


def samples_of(values: np.ndarray) -> Samples:
    return Samples(values=values, lengths=np.full(len(values), values.shape[1]), targets=np.arange(len(values)) % 2)


@pytest.mark.parametrize("values", [RECORDED, RECORDED.transpose(0, 2, 1), RECORDED[::2, :, 1:]], ids=str)
def test_samples_are_shared_whatever_the_order_of_their_axes_in_memory(values):
    tensors = samples_to_tensors(samples_of(values), torch.device("cpu"))
    assert tensors.values.data_ptr() == values.ctypes.data
    np.testing.assert_array_equal(tensors.values.numpy(), values)


@pytest.mark.parametrize("values", STEPPED.values(), ids=STEPPED)
def test_what_torch_cannot_share_is_copied(values):
    np.testing.assert_array_equal(share_array(values).numpy(), values)


def test_transposed_samples_are_shared_as_a_worker_gets_them():
    buffers: list[pickle.PickleBuffer] = []
    # As the object store keeps arrays: a task's split is taken, and its memory is handed on beside the pickle.
    split = samples_of(RECORDED.transpose(0, 2, 1)).take(np.array([0, 2, 3]))
    pickled = pickle.dumps(split.values, protocol=5, buffer_callback=buffers.append)
    received = pickle.loads(pickled, buffers=[bytes(buffer.raw()) for buffer in buffers])  # noqa: S301
    assert not received.flags.c_contiguous  # else nothing is shown here
    assert share_array(received).data_ptr() == received.ctypes.data


def test_batches_are_the_same_whatever_the_order_in_memory():
    transposed = samples_of(RECORDED.transpose(0, 2, 1))
    plain = replace(transposed, values=np.ascontiguousarray(transposed.values))
    rows = torch.tensor([3, 0, 2])
    both = [list(samples_to_tensors(each, torch.device("cpu")).batches(rows, 2)) for each in (transposed, plain)]
    for found, expected in zip(*both, strict=True):
        assert found.values.is_contiguous()
        assert torch.equal(found.values, expected.values)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("held", [0, 1, 3, 100], ids="{} mini-batches in a piece".format)
def test_batches_are_the_same_however_many_are_gathered_at_once(held, weighted, monkeypatch):
    samples = samples_of(np.arange(11 * 3 * 2, dtype=np.float32).reshape(11, 3, 2))
    weights = np.arange(1, 12, dtype=np.float32) if weighted else None
    monkeypatch.setattr(sample_tensors, "GATHERED_BYTES", held * 2 * samples.values[0].nbytes)
    tensors = samples_to_tensors(replace(samples, weights=weights), torch.device("cpu"))
    rows = torch.tensor([3, 0, 2, 10, 9, 8, 1])
    found = list(tensors.batches(rows, 2))
    assert [batch.values.tolist() for batch in found] == [tensors.values[part].tolist() for part in rows.split(2)]
    assert [batch.targets.tolist() for batch in found] == [tensors.targets[part].tolist() for part in rows.split(2)]
    assert [len(batch.lengths) for batch in found] == [2, 2, 2, 1]
    if weighted:
        assert torch.cat([batch.weights for batch in found]).tolist() == (rows + 1).tolist()
    else:
        assert all(batch.weights is None for batch in found)
