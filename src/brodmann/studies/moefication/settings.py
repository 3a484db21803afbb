"""This study's settings as arguments of its measurements."""

from __future__ import annotations

from typing import Any, cast

from brodmann.backbones.checkpoint import read_config
from brodmann.config.studies import MoeficationSettings, StudyConfig
from brodmann.studies.modularity.partitions import experts_of
from brodmann.studies.suite import Job, Suite


def settings(config: StudyConfig) -> MoeficationSettings:
    """The study's own settings, typed."""
    return cast(MoeficationSettings, config.study)


def partition_names(own: MoeficationSettings) -> list[str]:
    """Names of the partitions of a run, random ones numbered.

    Example:
        >>> partition_names(MoeficationSettings(partitions=["random"], random_partitions=2))
        ['random 0', 'random 1']
    """
    several = {"random": [f"random {number}" for number in range(own.random_partitions)]}
    return [name for kind in own.partitions for name in several.get(kind, [kind])]


def routed_arguments(config: StudyConfig) -> dict[str, Any]:
    """Arguments of ``routed``."""
    own = settings(config)
    return {
        "names": partition_names(own), "routers": own.routers, "shares": own.shares,
        **{key: getattr(own, key) for key in (
            "expert_size", "rows", "share", "at", "partition_seeds", "train_rows", "dev_rows",
            "test_rows", "router_epochs", "router_lr", "router_batch", "buffer_mib",
        )},
    }  # fmt: skip


def check_size(suite: Suite) -> None:
    """Refuse experts that do not divide the FFNs, where the checkpoint's config tells their width.

    Raises:
        RequestError: They do not.
    """
    (prepared,) = suite.prepare([Job(suite.tasks[0], suite.seeds[0])])
    source = prepared.source
    units = read_config(source.folder).get(source.family.ffn_width)
    if isinstance(units, int) and source.pruned is None:
        experts_of({"ffn": units}, settings(suite.config).expert_size)
