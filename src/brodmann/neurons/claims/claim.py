"""A statement of a paper, and how it is to be judged, fixed before anything is measured."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from brodmann.errors import RunError

Value = str | int | float | bool | None
"""What a claim may carry, as JSON has it."""


@dataclass(frozen=True)
class Claim:
    """One statement with the one analysis that decides on it.

    Attributes:
        id: As in the list of claims (``SN-3``).
        paper: Whose statement it is; ``ours`` where no paper makes it.
        statement: What is claimed, in a sentence.
        estimand: What is measured, centred on the mean of its null.
        null: The decisive null.
        delta: The smallest effect worth naming, in the unit; 0 where the estimand is itself a
            distance from a limit.
        unit: What the effect is counted in.
        inference_unit: What was sampled, over which the interval generalises.
        why: Why delta is what it is.
        primary: Whether it belongs to the study's primary claims, which Holm corrects for.
        seeds: Training seeds that a verdict needs; 0 where no training is involved.
        reliability: The least reliability of the scores; 0 where it plays no part.

    Raises:
        RunError: A negative delta or an empty word.
    """

    id: str
    paper: str
    statement: str
    estimand: str
    null: str
    delta: float
    unit: str
    inference_unit: str
    why: str
    primary: bool = True
    seeds: int = 5
    reliability: float = 0.0

    def __post_init__(self) -> None:
        empty = [name for name, value in asdict(self).items() if value == ""]
        if empty or not 0 <= self.delta < float("inf"):
            raise RunError(f"claim {self.id!r} lacks {empty} or has delta {self.delta}")

    def as_dict(self) -> dict[str, Value]:
        """Plain values, for the frozen file."""
        return asdict(self)
