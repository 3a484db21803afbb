"""Learned routers of a run: one for every partition and layer, trained on the same states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from torch import Tensor

from brodmann.neurons.moe.buffer import Buffer
from brodmann.neurons.moe.layers import seen_tokens
from brodmann.neurons.moe.routers import MlpRouter, activity
from brodmann.neurons.partition.partition import Partition
from brodmann.studies.moefication.partitions import Source
from brodmann.training.routers import Budget, train_routers


def learn(
    source: Source,
    made: Mapping[str, Partition],
    centres: Mapping[str, Mapping[str, Tensor]],
    share: str,
    budget: Budget,
    sizes: tuple[int, int, int | None],
) -> tuple[dict[str, MlpRouter], dict[str, list[float]]]:
    """Train a router for every partition and layer.

    Args:
        source: The run.
        made: Its partitions.
        centres: Partition -> name of the layer -> centres that the routers begin with.
        share: What counts as activity.
        budget: How they are trained.
        sizes: Tokens of a step, MiB of states that are held, and validation texts.

    Returns:
        ``<partition>/<layer>`` -> router; and what it captured before training and at its best.
    """
    size, mib, dev_rows = sizes
    routers = {
        f"{name}/{layer.name}": MlpRouter(centres[name][layer.name])
        for name in made for layer in source.layers
    }  # fmt: skip
    layer_of = {key: key.partition("/")[2] for key in routers}
    row = sum(4 * (layer.shape.width + source.experts * len(made)) for layer in source.layers)
    held = mib * 2**20 // row
    train, validation = (
        Buffer(lambda split=split, most=most: _rows(source, made, share, split, most),  # type: ignore[misc]
               held, size, source.seed)
        for split, most in (("train", source.train_rows), ("val", dev_rows))
    )  # fmt: skip
    told = train_routers(routers, layer_of, train, validation, budget)
    return routers, {name: [captured[0], max(captured)] for name, captured in told.items()}


def _rows(
    source: Source, made: Mapping[str, Partition], share: str, split: str, most: int | None
) -> Iterator[dict[str, Tensor]]:
    """States of every layer, and the activity of every partition's experts, as they stream by."""
    batches = source.examined.batches(split, most)
    for seen in seen_tokens(source.examined.subject, batches, source.layers):
        found = {f"states/{site}": states.float() for site, (states, _) in seen.items()}
        for name, partition in made.items():
            for site, (_, neurons) in seen.items():
                members = partition.members(site).to(neurons.device)
                found[f"active/{name}/{site}"] = activity(neurons, members, share)
        yield found
