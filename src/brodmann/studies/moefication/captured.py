"""What routers capture, on the states of the dense model (as the released code measures it)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from brodmann.neurons.moe.layers import seen_tokens
from brodmann.neurons.moe.measures import Routing
from brodmann.neurons.moe.routers import activity
from brodmann.neurons.partition.partition import Partition
from brodmann.studies.moefication.partitions import Source
from brodmann.studies.moefication.tables import Routers


def captured(
    source: Source,
    made: Mapping[str, Partition],
    routers: Routers,
    counts: Sequence[int],
    share: str,
    test_rows: int | None,
) -> dict[str, Tensor]:
    """Captured activity and recall of every router at every count, in one pass.

    Args:
        source: The run.
        made: Its partitions.
        routers: Of these partitions.
        counts: Experts chosen.
        share: What counts as activity.
        test_rows: Test texts.

    Returns:
        ``captured/<partition>/<router>`` and ``recall/...`` float64 ``[sites, counts]``.
    """
    sites = [layer.name for layer in source.layers]
    sums = {(*key, site): Routing(counts) for key in routers for site in sites}
    for rows in _rows(source, made, share, test_rows):
        for (name, kind, site), routing in sums.items():
            states, neurons, active = rows[site]
            routing.update(routers[name, kind][site](states, neurons), active[name])
    found = {}
    for name, kind in routers:
        of_sites = [sums[name, kind, site] for site in sites]
        found[f"captured/{name}/{kind}"] = torch.stack([one.captured() for one in of_sites])
        found[f"recall/{name}/{kind}"] = torch.stack([one.recall() for one in of_sites])
    return found


def _rows(
    source: Source, made: Mapping[str, Partition], share: str, most: int | None
) -> Iterator[dict[str, tuple[Tensor, Tensor, dict[str, Tensor]]]]:
    batches = source.examined.batches("test", most)
    for seen in seen_tokens(source.examined.subject, batches, source.layers):
        yield {
            site: (states, neurons, {
                name: activity(neurons, one.members(site).to(neurons.device), share)
                for name, one in made.items()
            })
            for site, (states, neurons) in seen.items()
        }  # fmt: skip
