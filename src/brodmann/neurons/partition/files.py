"""Partitions as files: safetensors, with what they were made from in the metadata."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from brodmann.errors import RunError
from brodmann.neurons.files import MadeFrom, read_tensors, write_tensors
from brodmann.neurons.partition.partition import Partition


def save_partition(path: Path, partition: Partition, made_from: MadeFrom) -> None:
    """Write a partition; the file is there whole or not at all.

    Args:
        path: The file.
        partition: Its experts and plain values.
        made_from: The checkpoint that it was made of, which reading must name again.
    """
    write_tensors(path, partition.expert_of, "partition", made_from,
                  info=dict(partition.info), experts=partition.experts)  # fmt: skip


def load_partition(
    path: Path, made_from: MadeFrom, units: Mapping[str, int] | None = None
) -> Partition:
    """Read a partition.

    Args:
        path: The file.
        made_from: The checkpoint that it must have been made of; of a series of checkpoints, not
            that which it is laid over.
        units: Site name -> width, of the model that it is laid over.

    Raises:
        RunError: No such file, no partition, made from something else, or of other widths.
    """
    expert_of, head = read_tensors(path, "partition", made_from)
    for site, labels in expert_of.items():
        if units is not None and units.get(site) != len(labels):
            raise RunError(f"{path} deals out {len(labels)} neurons of {site}, which has "
                           f"{units.get(site, 'no such site')}")  # fmt: skip
    return Partition(expert_of, int(head["experts"]), head["info"])
