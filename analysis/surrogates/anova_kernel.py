"""The kernel of one axis: Matérn-5/2, or the identity for categories, with mean zero and trace one in the measure.

The product of 1 + θ_k k_k over axes is the ANOVA kernel of Durrande et al. (2013), J. Multivariate Analysis 115: since
each k_k integrates to zero, the posterior mean falls apart into its ANOVA components by itself.
An axis of a single node (a range that holds one level) has no variance to scale: its kernel is zero there, and tells
other levels from it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.surrogates.axis import Axis

FloatArray = NDArray[np.float64]

ROOT5 = np.sqrt(5.0)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class KernelGradient:
    """The kernel between some codes, with what its derivative by the logarithm of the length needs."""

    kernel: FloatArray  # (n, n)
    trace: float
    slope: FloatArray  # (n, n) of the kernel before centring
    mean: FloatArray  # (n,) of the kernel before centring, and its slope
    mean_slope: FloatArray
    grand_mean: float
    grand_slope: float
    trace_slope: float

    def contract(self, weights: FloatArray) -> float:
        """Give Σ_ij weights_ij ∂kernel_ij / ∂ log length, for symmetric weights."""
        weighted = weights @ self.mean
        centred = np.vdot(weights, self.slope) - 2 * (self.mean_slope @ weighted) / self.grand_mean
        centred += (self.mean @ weighted) * self.grand_slope / self.grand_mean**2
        return float((centred - self.trace_slope * np.vdot(weights, self.kernel)) / self.trace)


def centred_kernel(axis: Axis, left: FloatArray, right: FloatArray, length: float) -> FloatArray:
    """Give the kernel between codes, shape (left, right); `length` in positions is not read by a categorical axis."""
    if axis.kind == "categorical":
        return _category_kernel(axis, left, right)
    at_nodes = _matern(_distances(axis.nodes, axis.nodes), length)
    mean_at_nodes = at_nodes @ axis.weights
    grand_mean = axis.weights @ mean_at_nodes
    trace = 1.0 - axis.weights @ mean_at_nodes**2 / grand_mean if len(axis.nodes) > 1 else 1.0
    kernel = _matern(_distances(left, right), length)
    mean_left = _matern(_distances(left, axis.nodes), length) @ axis.weights
    mean_right = _matern(_distances(right, axis.nodes), length) @ axis.weights
    kernel -= np.outer(mean_left, mean_right / grand_mean)
    kernel /= trace
    return kernel


class AxisKernel:
    """The kernel among the rows of a table along one axis, for many lengths."""

    def __init__(self, axis: Axis, codes: FloatArray) -> None:
        self.axis = axis
        self.has_length = axis.kind != "categorical"
        if self.has_length:
            self._between = _distances(codes, codes)
            self._to_nodes = _distances(codes, axis.nodes)
            self._nodes = _distances(axis.nodes, axis.nodes)
        else:
            self._constant = _category_kernel(axis, codes, codes)

    def at(self, length: float) -> FloatArray | KernelGradient:
        """Give the kernel at a length; with its gradient where it has a length."""
        if not self.has_length:
            return self._constant
        weights = self.axis.weights
        kernel, slope = _matern_and_slope(self._between, length)
        to_nodes, to_nodes_slope = _matern_and_slope(self._to_nodes, length)
        nodes, nodes_slope = _matern_and_slope(self._nodes, length)
        mean, mean_slope = to_nodes @ weights, to_nodes_slope @ weights
        node_mean, node_slope = nodes @ weights, nodes_slope @ weights
        grand_mean, grand_slope = float(weights @ node_mean), float(weights @ node_slope)
        square = float(weights @ node_mean**2)
        trace, trace_slope = 1.0, 0.0
        if len(weights) > 1:
            trace -= square / grand_mean
            trace_slope = square * grand_slope / grand_mean**2
            trace_slope -= 2 * float(weights @ (node_mean * node_slope)) / grand_mean
        kernel -= np.outer(mean / grand_mean, mean)
        kernel /= trace
        return KernelGradient(
            kernel=kernel,
            trace=trace,
            slope=slope,
            mean=mean,
            mean_slope=mean_slope,
            grand_mean=grand_mean,
            grand_slope=grand_slope,
            trace_slope=trace_slope,
        )


def _distances(left: FloatArray, right: FloatArray) -> FloatArray:
    distances: FloatArray = left[:, None] - right[None, :]
    np.abs(distances, out=distances)
    distances *= ROOT5
    return distances


def _matern(distances: FloatArray, length: float) -> FloatArray:
    # In place: on large tables, time goes into memory.
    scaled = distances / -length
    kernel: FloatArray = scaled / 3.0
    kernel -= 1.0
    kernel *= scaled
    kernel += 1.0
    kernel *= np.exp(scaled, out=scaled)
    return kernel


def _matern_and_slope(distances: FloatArray, length: float) -> tuple[FloatArray, FloatArray]:
    scaled = distances / length
    slope = scaled + 1.0
    square = scaled * scaled
    square /= 3.0
    kernel = slope + square
    slope *= square
    np.negative(scaled, out=scaled)
    np.exp(scaled, out=scaled)
    kernel *= scaled
    slope *= scaled
    return kernel, slope


def _category_kernel(axis: Axis, left: FloatArray, right: FloatArray) -> FloatArray:
    """Give the identity over the counted options, centred in their measure and scaled to trace one.

    An option that is not counted (a restricted range) has the identity's kernel with itself, and none with the others.
    """
    mean = dict(zip(axis.nodes.tolist(), axis.weights.tolist(), strict=True))
    grand_mean = float(axis.weights @ axis.weights)
    trace = 1.0 - float(axis.weights @ axis.weights**2) / grand_mean if len(axis.nodes) > 1 else 1.0
    same = (left[:, None] == right[None, :]).astype(np.float64)
    mean_left = np.array([mean.get(code, 0.0) for code in left.tolist()])
    mean_right = np.array([mean.get(code, 0.0) for code in right.tolist()])
    kernel: FloatArray = (same - np.outer(mean_left, mean_right) / grand_mean) / trace
    return kernel
