"""Partitions and routers of a run: made, learned, and measured on the dense model's states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from brodmann.backbones.activations import has_exact_zeros
from brodmann.backbones.widths import find_ffns
from brodmann.lab.device import accelerator_of
from brodmann.lab.prepare import Prepared
from brodmann.neurons.moe.layers import Layer, find_layers
from brodmann.neurons.moe.measures import chosen_count
from brodmann.neurons.partition.partition import Partition
from brodmann.studies.examined import Examined, examine
from brodmann.studies.measuring import Measured
from brodmann.studies.modularity.partitions import experts_of
from brodmann.studies.moefication.captured import captured
from brodmann.studies.moefication.learned import learn
from brodmann.studies.moefication.partitions import Source, centres, make
from brodmann.studies.moefication.tables import LEARNED, router_table
from brodmann.training.routers import Budget


def layers_of(examined: Examined) -> list[Layer]:
    """All FFNs of a run."""
    backbone = examined.assembly.tuned.backbone
    ffns = find_ffns(backbone.model, backbone.family, backbone._body_path)
    return find_layers(examined.subject.model, examined.subject.sites, ffns)


def share_of(examined: Examined, wanted: str) -> str:
    """What counts as activity: what was wanted, or what fits the activation function (``auto``)."""
    if wanted != "auto":
        return wanted
    backbone = examined.assembly.tuned.backbone
    plain = has_exact_zeros(backbone) and not backbone.family.gated
    return "positive" if plain else "absolute"


def routed(
    prepared: Prepared,
    names: Sequence[str],
    routers: Sequence[str],
    shares: Sequence[float],
    expert_size: int,
    rows: str,
    share: str,
    at: float,
    partition_seeds: int,
    train_rows: int | None,
    dev_rows: int | None,
    test_rows: int | None,
    router_epochs: int,
    router_lr: float,
    router_batch: int,
    buffer_mib: int,
) -> Measured:
    """Make a run's partitions, train its routers, and measure what they capture.

    Args:
        prepared: A run that is done.
        names: Partitions, as ``make`` takes them.
        routers: Which routers: ``oracle``, ``similarity``, ``mlp``.
        shares: Shares of experts.
        expert_size: Neurons of an expert.
        rows: Weights that are clustered.
        share: A row of ``neurons.moe.routers.SHARES``, or ``auto``.
        at: Share of experts by whose captured activity the best epoch is chosen.
        partition_seeds: Starts of the clustering.
        train_rows: Training texts for routers and co-activation.
        dev_rows: Validation texts on which the best epoch is chosen.
        test_rows: Test texts on which capture and recall are measured.
        router_epochs: Epochs.
        router_lr: Learning rate.
        router_batch: Tokens of a step.
        buffer_mib: Memory for states.

    Returns:
        ``expert/<partition>/<site>`` long ``[U]``, ``centre/...`` ``[E, D]``, ``first/...`` and
        ``second/...`` of the learned routers; ``captured/<partition>/<router>`` and ``recall/...``
        float64 ``[sites, shares]``.

    Raises:
        RequestError: The expert size does not divide the width, or there is no gate.
    """
    examined = examine(prepared)
    layers, share = layers_of(examined), share_of(examined, share)
    experts = experts_of({layer.name: layer.shape.units for layer in layers}, expert_size)
    source = Source(examined, layers, experts, rows, partition_seeds, train_rows)
    made = {name: make(source, name) for name in names}
    middle = {name: centres(source, partition) for name, partition in made.items()}
    tensors = _flat("expert", {n: p.expert_of for n, p in made.items()}) | _flat("centre", middle)
    told: dict[str, list[float]] = {}
    if LEARNED in routers:
        budget = Budget(router_epochs, router_lr, chosen_count(at, experts),
                        accelerator_of(prepared.config.trainer))  # fmt: skip
        learned, told = learn(source, made, middle, share, budget,
                              (router_batch, buffer_mib, dev_rows))  # fmt: skip
        for key, router in learned.items():
            tensors[f"first/{key}"] = router.first.weight
            tensors[f"second/{key}"] = router.second.weight
    counts = [chosen_count(one, experts) for one in shares]
    device = examined.assembly.tuned.backbone.device
    table = router_table(made, routers, share, tensors, device)
    tensors |= captured(source, made, table, counts, share, test_rows)
    return Measured(tensors, _info(source, made, routers, counts, share, told))


def _flat(kind: str, found: Mapping[str, Mapping[str, Tensor]]) -> dict[str, Tensor]:
    return {f"{kind}/{name}/{site}": values for name, sites in found.items()
            for site, values in sites.items()}  # fmt: skip


def _info(
    source: Source, made: Mapping[str, Partition], routers: Sequence[str], counts: Sequence[int],
    share: str, told: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    backbone = source.examined.assembly.tuned.backbone
    shape = source.layers[0].shape
    return {
        "partitions": list(made), "routers": list(routers), "counts": list(counts),
        "experts": source.experts, "sites": [layer.name for layer in source.layers],
        "share": share, "zeros": has_exact_zeros(backbone), "gated": backbone.family.gated,
        "kind": backbone.kind, "shape": [shape.units, shape.width, shape.into],
        "made": {name: dict(one.info) for name, one in made.items()}, "validation": dict(told),
    }  # fmt: skip
