"""Partitions of a model: made once, kept as files, beside random ones of equal sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

import torch
from torch import Tensor

from brodmann.config.studies import ExpertSettings, ModularitySettings, StudyConfig
from brodmann.errors import RequestError
from brodmann.neurons.files import MadeFrom
from brodmann.neurons.partition.build import at_random, by_clustering, by_coactivation
from brodmann.neurons.partition.files import save_partition
from brodmann.neurons.partition.partition import Partition
from brodmann.neurons.scores.coactivation import Coactivation
from brodmann.neurons.stream import stream
from brodmann.neurons.tokens import Reading
from brodmann.studies.functions.asked import of_model
from brodmann.studies.functions.probed import Asked, Probed, probed
from brodmann.studies.measuring import Measured
from brodmann.studies.suite import Suite

TOKENS = 128
"""Examples of each answer to a question over which neurons are seen to be active together."""


def settings(config: StudyConfig) -> ModularitySettings:
    """The study's own settings, typed."""
    return cast(ModularitySettings, config.study)


def _clustered(opened: Probed, experts: int, rows: str, seeds: int) -> Partition:
    return by_clustering(opened.rows(rows), experts, range(seeds))


def _coactive(opened: Probed, experts: int, rows: str, seeds: int) -> Partition:
    """All tokens of a function's training texts, each a case of its own."""
    sites = [site.name for site in opened.subject.sites]
    listener = Coactivation(Reading("all", "drawn"), sites, "positive")
    stream(opened.subject, opened.batches("train", TOKENS), [listener])
    return by_coactivation(listener.compute().gram, experts)


METHODS: dict[str, Callable[[Probed, int, str, int], Partition]] = {
    "clustering": _clustered,
    "coactivation": _coactive,
}
"""``study.partition`` -> what makes it."""


def partition(asked: Asked, method: str, expert_size: int, rows: str, seeds: int) -> Measured:
    """Experts of a model.

    Args:
        asked: Any function on the model; of it co-activation takes the texts.
        method: A row of ``METHODS``.
        expert_size: Neurons of each expert.
        rows: What clustering reads, as ``neuron_rows`` takes it.
        seeds: Starts of the clustering.

    Returns:
        ``expert/<site>``: expert of every neuron, long ``[U]``; in ``info`` how it was made.

    Raises:
        RequestError: The size does not divide a layer's neurons, or there is no gate.
    """
    opened = probed(asked)
    widths = {site.name: site.units for site in opened.subject.sites}
    made = METHODS[method](opened, experts_of(widths, expert_size), rows, seeds)
    info = {"experts": made.experts, "sites": list(widths), "made": dict(made.info),
            "model_digest": opened.facts["model_digest"]}  # fmt: skip
    return Measured({f"expert/{site}": labels for site, labels in made.expert_of.items()}, info)


def experts_of(widths: Mapping[str, int], size: int) -> int:
    """How many experts of a size there are.

    Raises:
        RequestError: The size does not divide a layer's neurons, or layers differ in width.

    Example:
        >>> experts_of({"encoder.0.ffn": 512}, 32)
        16
    """
    for units in widths.values():
        if units % size:
            near = [n for n in range(1, units + 1) if units % n == 0]
            near = sorted(sorted(near, key=lambda n: abs(n - size))[:3])
            raise RequestError(
                "study.expert_size", size, f"{units} neurons cannot be dealt out evenly",
                f"give a divisor of {units}, such as {', '.join(map(str, near))}",
            )  # fmt: skip
    counts = {units // size for units in widths.values()}
    if len(counts) != 1:
        raise RequestError("model", "", "its layers differ in width", "use a model of one width")
    return counts.pop()


def partitions_for(
    suite: Suite, models: Sequence[tuple[str, ...]], method: str | None = None
) -> list[Partition]:
    """Partitions of many models, asked for at once.

    Args:
        suite: A study whose settings say how neurons are dealt out.
        models: Of each what says which model it is.
        method: Another one than the study's.
    """
    own = cast(ExpertSettings, suite.config.study)
    arguments = {"method": method or own.partition, "expert_size": own.expert_size,
                 "rows": own.rows, "seeds": own.partition_seeds}  # fmt: skip
    jobs = [of_model(suite.config, *model)[0] for model in models]
    return [
        Partition(one.by_site("expert"), int(one.info["experts"]), one.info["made"])
        for one in suite.measure("dealing out experts", partition, jobs, arguments)
    ]


def random_partitions(suite: Suite, like: Partition) -> list[Partition]:
    """Random partitions of equal sizes."""
    own = settings(suite.config)
    widths = {site: len(labels) for site, labels in like.expert_of.items()}
    return [at_random(widths, like.experts, own.draw_seed + number)
            for number in range(own.random_partitions)]  # fmt: skip


def keep(suite: Suite, made: Partition) -> None:
    """Write a partition into the study's folder, loadable anywhere."""
    (prepared,) = suite.prepare(of_model(suite.config)[:1])
    folder = suite.folder / "partitions"
    folder.mkdir(parents=True, exist_ok=True)
    digest = prepared.source.digest
    save_partition(folder / f"{made.info['method']}.safetensors", made, MadeFrom(digest, digest))


def as_inputs(name: str, made: Partition) -> dict[str, Tensor]:
    """A partition as a scan takes it."""
    return {f"{name}/{site}": labels.to(torch.long) for site, labels in made.expert_of.items()}
