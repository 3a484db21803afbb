"""The FFNs of a pruned backbone by themselves: small files that go into the whole backbone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from brodmann.backbones.family import Family
from brodmann.backbones.widths import find_ffns
from brodmann.errors import RequestError
from brodmann.neurons.pruning import Ffn

SIDES = ("weight", "bias")
"""Tensors of a linear layer; a bias may be missing."""


def ffn_tensors(model: nn.Module, family: Family, body: str) -> dict[str, Tensor]:
    """Weights and biases of a model's FFNs.

    Args:
        model: Pruned or whole.
        family: Its row.
        body: Path of the body in the model.

    Returns:
        ``<path in the body>.weight`` and ``.bias`` -> tensor; a model without its LM head has the
        same names.
    """
    found = {}
    for path in _paths(find_ffns(model, family, body)):
        module = model.get_submodule(path)
        for side in SIDES:
            values = getattr(module, side)
            if values is not None:
                found[f"{_below(path, body)}.{side}"] = values.detach().clone()
    return found


@torch.no_grad()
def replace_ffns(model: nn.Module, family: Family, body: str, named: Mapping[str, Tensor]) -> None:
    """Put FFNs in the place of a model's own, whatever their widths; nothing else changes.

    Args:
        model: Changed.
        family: Its row.
        body: Path of the body in the model.
        named: As ``ffn_tensors`` gives; layers without a bias may have one here.

    Raises:
        RequestError: An FFN is missing, or of another model; nothing was changed.
    """
    ffns = find_ffns(model, family, body)
    _check(model, ffns, body, named)
    for path in _paths(ffns):
        _put(model.get_submodule(path), _below(path, body), named)


def _paths(ffns: list[Ffn]) -> list[str]:
    return [path for ffn in ffns for path in (*ffn.into, ffn.out)]


def _below(path: str, body: str) -> str:
    return path.removeprefix(f"{body}.") if body else path


def _check(model: nn.Module, ffns: list[Ffn], body: str, named: Mapping[str, Tensor]) -> None:
    """Every layer is there, and only the side of the neurons differs from the model's."""
    for ffn in ffns:
        counts = set()
        for path in (*ffn.into, ffn.out):
            values = named.get(f"{_below(path, body)}.weight")
            module: Any = model.get_submodule(path)
            axis = _neuron_axis(module, path == ffn.out)
            if values is None or values.shape[1 - axis] != module.weight.shape[1 - axis]:
                raise RequestError(
                    "model.pruned", path, "this layer is not there, or is of another model",
                    "prune the backbone that model= names",
                )  # fmt: skip
            halves = 1 if path == ffn.out else ffn.halves
            counts.add(values.shape[axis] / halves)
        if len(counts) > 1:
            raise RequestError("model.pruned", ffn.site, "its layers differ in width",
                               "prune the backbone again")  # fmt: skip


def _neuron_axis(module: Any, is_output: bool) -> int:
    transposed = type(module).__name__ == "Conv1D"
    return int(is_output) if not transposed else int(not is_output)


def _put(module: Any, name: str, named: Mapping[str, Tensor]) -> None:
    weight = named[f"{name}.weight"].to(module.weight)
    module.weight = nn.Parameter(weight, requires_grad=module.weight.requires_grad)
    bias = named.get(f"{name}.bias")
    if bias is not None:
        module.bias = nn.Parameter(bias.to(weight), requires_grad=module.weight.requires_grad)
    rows, columns = weight.shape
    if type(module).__name__ == "Conv1D":
        module.nx, module.nf = rows, columns
    else:
        module.in_features, module.out_features = columns, rows
