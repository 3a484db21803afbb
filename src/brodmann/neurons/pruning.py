"""Structural pruning: FFNs cut to the neurons that are kept, the others' mean in the bias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from brodmann.errors import RunError


@dataclass(frozen=True)
class Ffn:
    """Where a block keeps its FFN.

    Attributes:
        site: Name of the site of its neurons, such as ``encoder.3.ffn``.
        into: Paths of the linear layers whose outputs become the neurons (up, and a gate's own).
        out: Path of the linear layer whose input the neurons are.
        halves: How many rows of each layer of ``into`` belong to one neuron: 2 where gate and up
            projection lie one after the other in one matrix, else 1.
    """

    site: str
    into: tuple[str, ...]
    out: str
    halves: int = 1


@torch.no_grad()
def prune(
    model: nn.Module,
    ffns: Sequence[Ffn],
    keep: Mapping[str, Tensor],
    means: Mapping[str, Tensor],
    fold_kept: bool = False,
) -> None:
    """Cut FFNs to the kept neurons, in place.

    With ``K`` kept, ``V`` the output matrix and ``m`` the means, ``b' = b + sum over j not in K of
    V_j m_j`` (Wang et al. 2022, section 6.1, whose released code wrongly sums over all ``j``). The
    model then answers as the whole one does with every removed neuron at its mean.

    Args:
        model: Changed; it needs weights of its own. Nothing is changed if anything is refused.
        ffns: Of the model.
        keep: Site name -> bool ``[U]``; sites that are not named, or kept whole, stay as they are.
        means: Site name -> float ``[U]``, of the removed neurons; others are not looked at.
        fold_kept: Fold the kept neurons' means as well: the released code's mistake, which counts
            them twice.

    Raises:
        RunError: A layer would keep nothing, lacks means, or is another model's; or something is
            attached to it that is not a plain linear layer.
    """
    known = {ffn.site: ffn for ffn in ffns}
    chosen = {}
    for site, mask in keep.items():
        if site not in known:
            raise RunError(f"the selection names {site}, which is no FFN of this model")
        _check(model, known[site], mask, means.get(site), fold_kept)
        if not bool(mask.all()):
            chosen[site] = mask.cpu()
    for site, mask in chosen.items():
        folded = torch.ones_like(mask) if fold_kept else ~mask
        _cut_ffn(model, known[site], mask, folded, means[site].cpu())


def widths(model: nn.Module, ffns: Sequence[Ffn]) -> dict[str, int]:
    """Neurons of every FFN: site name -> count."""
    return {ffn.site: _shape(model.get_submodule(ffn.out))[0] for ffn in ffns}


def _check(model: nn.Module, ffn: Ffn, mask: Tensor, mean: Tensor | None, fold_kept: bool) -> None:
    for path in (*ffn.into, ffn.out):
        module = model.get_submodule(path)
        if not isinstance(module, nn.Linear) and not _transposed(module):
            raise RunError(f"{path} is a {type(module).__name__}: prune before attaching a method")
    units = _shape(model.get_submodule(ffn.out))[0]
    if mask.dtype != torch.bool or mask.shape != (units,):
        raise RunError(
            f"the selection of {ffn.site} is {mask.dtype} {list(mask.shape)}, the layer has "
            f"{units} neurons: it was made for another model"
        )
    if not bool(mask.any()):
        raise RunError(f"{ffn.site} would keep no neuron: keep one, or leave the layer whole")
    if bool(mask.all()):
        return
    known = mean is not None and mean.shape == (units,)
    if not known or not bool(mean.cpu()[fold_kept | ~mask.cpu()].isfinite().all()):  # type: ignore[union-attr]
        raise RunError(f"{ffn.site} needs the finite mean of each of its {units} neurons")


def _cut_ffn(model: nn.Module, ffn: Ffn, mask: Tensor, folded: Tensor, mean: Tensor) -> None:
    kept, into_bias = mask.nonzero()[:, 0], folded.nonzero()[:, 0]
    out = model.get_submodule(ffn.out)
    _fold(out, into_bias, mean[into_bias])
    _cut(out, 0, kept)
    rows = torch.cat([kept + half * len(mask) for half in range(ffn.halves)])
    for path in ffn.into:
        _cut(model.get_submodule(path), 1, rows)


def _fold(module: Any, removed: Tensor, mean: Tensor) -> None:
    """Add what removed inputs contribute on average to the bias, in float64."""
    weight = module.weight.T if _transposed(module) else module.weight
    columns = weight.index_select(1, removed.to(weight.device)).double()
    bias = columns @ mean.to(weight.device).double()
    if module.bias is not None:
        bias = bias + module.bias.double()
    module.bias = nn.Parameter(bias.to(weight.dtype), requires_grad=module.weight.requires_grad)


def _cut(module: Any, side: int, index: Tensor) -> None:
    """Keep some inputs (``side`` 0) or outputs (1) of a linear layer."""
    axis = side if _transposed(module) else 1 - side
    for name in ("weight", "bias") if side else ("weight",):
        old = getattr(module, name)
        if old is not None:
            part = old.index_select(axis if old.ndim == 2 else 0, index.to(old.device))
            setattr(module, name, nn.Parameter(part, requires_grad=old.requires_grad))
    name = (("nx", "nf") if _transposed(module) else ("in_features", "out_features"))[side]
    setattr(module, name, len(index))


def _shape(module: Any) -> tuple[int, int]:
    """Inputs and outputs."""
    rows, columns = module.weight.shape
    return (rows, columns) if _transposed(module) else (columns, rows)


def _transposed(module: nn.Module) -> bool:
    """Whether the weight is ``[inputs, outputs]``, as in GPT-2's ``Conv1D``."""
    return type(module).__name__ == "Conv1D"
