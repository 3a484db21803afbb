"""What a study is: parts that say which runs they need, and what they found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from brodmann.config.studies import StudyConfig
from brodmann.neurons.claims.claim import Claim
from brodmann.neurons.claims.evidence import Evidence
from brodmann.report.findings import Finding
from brodmann.studies.setting import of_model

if TYPE_CHECKING:
    from brodmann.studies.suite import Job, Suite


@dataclass(frozen=True)
class Outcome:
    """What a part found.

    Attributes:
        finding: Its chapter of the report.
        evidence: Claim id -> rows, exactly one of them pooled.
    """

    finding: Finding
    evidence: Mapping[str, Sequence[Evidence]] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """One part of a study.

    Attributes:
        name: As typed in ``parts=[...]``.
        claims: Ids of the claims that it judges.
        jobs: Training runs that it needs and that are known beforehand.
        find: Measures, and tells.
        check: Refuses what does not fit the model, before anything is trained.
    """

    name: str
    claims: tuple[str, ...]
    jobs: Callable[[StudyConfig], list[Job]]
    find: Callable[[Suite], Outcome]
    check: Callable[[Suite], None] = lambda suite: None


@dataclass(frozen=True)
class Study:
    """A study.

    Attributes:
        name: Name of its experiment.
        title: Heading of its report.
        question: What it asks, in a sentence.
        parts: By name, in the order in which they are told.
        claims: All claims, in the order in which they are reported.
        subject: Names what the study is about, from its suite and the runs known beforehand: the
            model, unless there are several.
    """

    name: str
    title: str
    question: str
    parts: Mapping[str, Part]
    claims: tuple[Claim, ...]
    subject: Callable[[Suite, Sequence[Job]], str] = of_model
