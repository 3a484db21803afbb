"""A model under the study of modularity: scans and partitions together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from brodmann.neurons.partition.partition import Partition
from brodmann.studies.functions.asked import Scans


@dataclass(frozen=True, eq=False)
class Modelled:
    """What is known of one model.

    Attributes:
        found: Scans of all functions, with ``own`` and ``other`` as partitions.
        made: The study's partition of it.
        other: A partition by the other method.
        random: Random partitions of equal sizes.
    """

    found: Scans
    made: Partition
    other: Partition
    random: Sequence[Partition]
