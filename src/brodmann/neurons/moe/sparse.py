"""An FFN with only the chosen experts of each token: masked, and really left out."""

from __future__ import annotations

import torch
from torch import Tensor

from brodmann.errors import RunError
from brodmann.neurons.moe.weights import FfnWeights, neurons, some_neurons


def dense_ffn(weights: FfnWeights, states: Tensor) -> Tensor:
    """The whole FFN.

    Args:
        weights: Of the FFN.
        states: Float ``[T, D]``.

    Returns:
        Float ``[T, D]``.
    """
    return _written(weights, neurons(weights, states))


def masked_ffn(weights: FfnWeights, states: Tensor, chosen: Tensor, experts: int) -> Tensor:
    """The whole FFN, the neurons of experts that a token does not go to set to zero.

    It costs more than the dense FFN, and says what the sparse one has to answer.

    Args:
        weights: Of the FFN, ordered by experts.
        states: Float ``[T, D]``.
        chosen: Different experts of each token, long ``[T, k]``.
        experts: E.

    Returns:
        Float ``[T, D]``.

    Raises:
        RunError: Choices that are not this FFN's.
    """
    _check(weights, states, chosen, experts)
    keep = states.new_zeros(len(states), experts).scatter_(1, chosen, 1.0)
    size = len(weights.up) // experts
    return _written(weights, neurons(weights, states) * keep.repeat_interleave(size, dim=1))


def sparse_ffn(weights: FfnWeights, states: Tensor, chosen: Tensor, experts: int) -> Tensor:
    """Only the chosen experts: tokens sorted by expert, two small matrix products for each.

    A single token takes its experts one after the other instead: their rows are used where they
    lie, and nothing is sorted or gathered. Equal to ``masked_ffn`` up to rounding, since sums are
    taken in another order.

    Args:
        weights: Of the FFN, ordered by experts.
        states: Float ``[T, D]``.
        chosen: Different experts of each token, long ``[T, k]``.
        experts: E.

    Returns:
        Float ``[T, D]``.

    Raises:
        RunError: Choices that are not this FFN's.
    """
    _check(weights, states, chosen, experts)
    size = len(weights.up) // experts
    if len(states) == 1:
        return _one_token(weights, states, chosen[0].tolist(), size)
    order = chosen.flatten().argsort(stable=True)
    tokens = order.div(chosen.shape[1], rounding_mode="floor")
    counts = torch.bincount(chosen.flatten(), minlength=experts).tolist()
    written = _empty(weights, states)
    for expert, rows in enumerate(tokens.split(counts)):
        if len(rows):
            part = slice(expert * size, (expert + 1) * size)
            values = some_neurons(weights, states.index_select(0, rows), part)
            written.index_add_(0, rows, values @ weights.out[part])
    return written


def _one_token(weights: FfnWeights, states: Tensor, chosen: list[int], size: int) -> Tensor:
    written = _empty(weights, states)
    for expert in chosen:
        part = slice(expert * size, (expert + 1) * size)
        written.addmm_(some_neurons(weights, states, part), weights.out[part])
    return written


def _empty(weights: FfnWeights, states: Tensor) -> Tensor:
    """What is written without any neuron: the bias."""
    written = states.new_zeros(len(states), weights.out.shape[1])
    return written if weights.out_bias is None else written + weights.out_bias


def _written(weights: FfnWeights, values: Tensor) -> Tensor:
    return torch.nn.functional.linear(values, weights.out.t(), weights.out_bias)


def _check(weights: FfnWeights, states: Tensor, chosen: Tensor, experts: int) -> None:
    if len(weights.up) % experts:
        raise RunError(f"{len(weights.up)} neurons are not {experts} equal experts")
    if chosen.dim() != 2 or len(chosen) != len(states) or not 1 <= chosen.shape[1] <= experts:
        raise RunError(f"{list(chosen.shape)} choices among {experts} experts do not fit "
                       f"{len(states)} tokens")  # fmt: skip
    if int(chosen.min()) < 0 or int(chosen.max()) >= experts:
        raise RunError(f"experts {int(chosen.min())} to {int(chosen.max())} were chosen, "
                       f"but there are {experts}")  # fmt: skip
