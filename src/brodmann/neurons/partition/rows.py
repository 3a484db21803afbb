"""What a neuron reads and writes, as rows of weights that can be clustered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from brodmann.errors import RequestError, RunError, nearest
from brodmann.neurons.partition.clustering import unit_rows
from brodmann.neurons.pruning import Ffn

Parts = Mapping[str, Tensor]
"""``up``, ``gate`` (empty where there is none) and ``out``: float ``[U, D]`` each."""


def _gate(parts: Parts) -> Tensor:
    if not len(parts["gate"]):
        raise RequestError("rows", "gate", "this FFN has no gate", "use up or output")
    return unit_rows(parts["gate"])


ROWS: dict[str, Callable[[Parts], Tensor]] = {
    "up": lambda parts: unit_rows(parts["up"]),
    "gate": _gate,
    "both": lambda parts: torch.cat([unit_rows(parts["up"]), _gate(parts)], 1),
    "output": lambda parts: unit_rows(parts["out"]),
}
"""What is clustered: the first matrix (of a gated FFN its up projection), the gate's, the two side
by side with equal weight, or the second matrix."""


def neuron_rows(model: nn.Module, ffn: Ffn, which: str = "up") -> Tensor:
    """The weights of every neuron of an FFN, each scaled to length one.

    In a gated FFN a neuron is act(gate) times up; in a matrix that holds both, the gate comes first
    (ModernBERT). LLaMA-MoE and its kin cluster either and deal the other out alike.

    Args:
        model: Has the FFN.
        ffn: Where it is.
        which: A row of ``ROWS``.

    Returns:
        Float32 ``[U, D]`` (``both``: ``[U, 2 D]``).

    Raises:
        RequestError: There is no such row, or no gate.
        RunError: What is there is no linear layer.
    """
    if which not in ROWS:
        raise RequestError("rows", which, "this is not known", nearest(which, ROWS))
    return ROWS[which](_parts(model, ffn))


def _parts(model: nn.Module, ffn: Ffn) -> Parts:
    first, *others = (_matrix(model, path) for path in ffn.into)
    if ffn.halves == 2:
        gate, up = first.chunk(2)
    else:
        up, gate = first, others[0] if others else first[:0]
    return {"up": up, "gate": gate, "out": _matrix(model, ffn.out).t()}


def _matrix(model: nn.Module, path: str) -> Tensor:
    """Weights of a linear layer, a GPT-2 ``Conv1D`` or either in PEFT's wrapper, ``[out, in]``."""
    layer: Any = model.get_submodule(path)
    layer = getattr(layer, "base_layer", layer)
    weight = getattr(layer, "weight", None)
    if not isinstance(weight, Tensor) or weight.dim() != 2:
        raise RunError(f"{path} has no matrix of weights to cluster")
    turned = weight.t() if type(layer).__name__ == "Conv1D" else weight
    return turned.detach().float().cpu()
