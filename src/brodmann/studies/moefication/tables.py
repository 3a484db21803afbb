"""Routers of a run by partition and kind, from the tensors of its measurement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from brodmann.neurons.moe.routers import MlpRouter, Oracle, Router, Similarity
from brodmann.neurons.partition.partition import Partition

LEARNED = "mlp"
"""The router that is trained."""
Routers = Mapping[tuple[str, str], Mapping[str, Router]]
"""(partition, router) -> name of the layer -> router."""


def router_table(
    made: Mapping[str, Partition],
    kinds: Sequence[str],
    share: str,
    tensors: Mapping[str, Tensor],
    device: torch.device,
) -> Routers:
    """The routers of a run.

    Args:
        made: Its partitions.
        kinds: ``oracle``, ``similarity``, ``mlp``.
        share: What counts as activity.
        tensors: ``centre/<partition>/<site>``, and ``first/...`` and ``second/...`` of ``mlp``.
        device: Where the model is.
    """
    makers: dict[str, Callable[[str, str], Router]] = {
        "oracle": lambda name, site: Oracle(made[name].members(site), share),
        "similarity": lambda name, site: Similarity(tensors[f"centre/{name}/{site}"]),
        LEARNED: lambda name, site: _learned(tensors, name, site).to(device),
    }
    return {
        (name, kind): {site: makers[kind](name, site) for site in one.expert_of}
        for name, one in made.items() for kind in kinds
    }  # fmt: skip


def _learned(tensors: Mapping[str, Tensor], name: str, site: str) -> MlpRouter:
    router = MlpRouter(tensors[f"first/{name}/{site}"].detach())
    router.second.load_state_dict({"weight": tensors[f"second/{name}/{site}"].detach()})
    return router.requires_grad_(False)
