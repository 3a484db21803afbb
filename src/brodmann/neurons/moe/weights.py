"""The weights of an FFN, its neurons in the order of their experts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from brodmann.errors import RunError
from brodmann.neurons.pruning import Ffn

Activation = Callable[[Tensor], Tensor]
"""Element by element."""


@dataclass(frozen=True)
class Shape:
    """Size of an FFN.

    Attributes:
        units: Neurons.
        width: Inputs and outputs.
        into: Matrices before the neurons: 2 where it is gated.
    """

    units: int
    width: int
    into: int = 1


@dataclass(frozen=True)
class FfnWeights:
    """An FFN: ``out(activation(up x))``, or where it is gated ``out(activation(gate x) * up x)``.

    Attributes:
        up: Float ``[U, D]``.
        out: Row of what each neuron writes, float ``[U, D]`` (the second matrix, transposed).
        activation: Of the neurons, or of their gates.
        up_bias: Float ``[U]``, or None.
        gate: Float ``[U, D]``, or None.
        gate_bias: Float ``[U]``, or None.
        out_bias: Float ``[D]``, or None.
    """

    up: Tensor
    out: Tensor
    activation: Activation
    up_bias: Tensor | None = None
    gate: Tensor | None = None
    gate_bias: Tensor | None = None
    out_bias: Tensor | None = None

    @property
    def shape(self) -> Shape:
        """Its size."""
        units, width = self.up.shape
        return Shape(units, width, into=1 if self.gate is None else 2)

    def ordered(self, members: Tensor) -> FfnWeights:
        """The same FFN, the neurons of each expert beside each other.

        Args:
            members: Long ``[E, size]``, as ``Partition.members`` gives.

        Raises:
            RunError: It is of another width.
        """
        order = members.flatten().to(self.up.device)
        if len(order) != len(self.up):
            raise RunError(f"experts of {len(order)} neurons are not those of {len(self.up)}")
        more = [self.up_bias, self.gate, self.gate_bias]
        up_bias, gate, gate_bias = (None if rows is None else rows[order] for rows in more)
        return replace(self, up=self.up[order], out=self.out[order], up_bias=up_bias, gate=gate,
                       gate_bias=gate_bias)  # fmt: skip


def ffn_shape(model: nn.Module, ffn: Ffn) -> Shape:
    """Size of a model's FFN.

    Args:
        model: Has the FFN.
        ffn: Where it is.

    Raises:
        RunError: What is there is no linear layer.
    """
    width, units = (_linear(model, path)[0].shape[1] for path in (ffn.into[0], ffn.out))
    return Shape(units, width, into=len(ffn.into) * ffn.halves)


def ffn_weights(model: nn.Module, ffn: Ffn, activation: Activation) -> FfnWeights:
    """The weights of a model's FFN, as they are (copies where they were transposed or fused).

    Args:
        model: Has the FFN.
        ffn: Where it is.
        activation: Its activation function.

    Raises:
        RunError: What is there is no linear layer.
    """
    into = [_linear(model, path) for path in ffn.into]
    out, out_bias = _linear(model, ffn.out)
    if ffn.halves == 2:
        into = [_half(into[0], 1), _half(into[0], 0)]
    (up, up_bias), *gates = into
    gate, gate_bias = gates[0] if gates else (None, None)
    return FfnWeights(up, out.t().contiguous(), activation, up_bias, gate, gate_bias, out_bias)


def _linear(model: nn.Module, path: str) -> tuple[Tensor, Tensor | None]:
    """Weight ``[out, in]`` and bias of a linear layer or a GPT-2 ``Conv1D``, in PEFT's wrapper."""
    layer: Any = model.get_submodule(path)
    layer = getattr(layer, "base_layer", layer)
    weight, bias = getattr(layer, "weight", None), getattr(layer, "bias", None)
    if not isinstance(weight, Tensor) or weight.dim() != 2:
        raise RunError(f"{path} is no linear layer")
    turned = weight.t().contiguous() if type(layer).__name__ == "Conv1D" else weight
    return turned.detach(), None if bias is None else bias.detach()


def _half(layer: tuple[Tensor, Tensor | None], which: int) -> tuple[Tensor, Tensor | None]:
    weight, bias = layer
    return weight.chunk(2)[which], None if bias is None else bias.chunk(2)[which]


def neurons(weights: FfnWeights, states: Tensor) -> Tensor:
    """All neurons of an FFN.

    Args:
        weights: Of the FFN.
        states: Float ``[T, D]``.

    Returns:
        Float ``[T, U]``.
    """
    return some_neurons(weights, states, slice(None))


def some_neurons(weights: FfnWeights, states: Tensor, rows: slice) -> Tensor:
    """Neighbouring neurons of an FFN, float ``[T, len(rows)]``; the others are not computed."""
    linear = torch.nn.functional.linear
    bias = None if weights.up_bias is None else weights.up_bias[rows]
    up = linear(states, weights.up[rows], bias)
    if weights.gate is None:
        return weights.activation(up)
    bias = None if weights.gate_bias is None else weights.gate_bias[rows]
    return weights.activation(linear(states, weights.gate[rows], bias)) * up
