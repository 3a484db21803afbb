"""A binary question about texts: a sub-function of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from brodmann.errors import RunError

Span = tuple[int, int]
"""First character of a word in the first text, and the one after its last."""


@dataclass(frozen=True)
class Question:
    """Texts with a yes or no to each.

    Attributes:
        name: Such as ``bank`` or ``kind_of/animal``.
        texts: One or two texts of every example.
        labels: 0 or 1 of every example.
        targets: Where the word is that the question is about; None where there is none.
        groups: Examples of one group never part: the same subject, the same sentence.
        held: Whether an example is held out, for sources that say so themselves; empty where it is
            to be drawn.

    Raises:
        RunError: The columns differ in length.

    Example:
        >>> Question("mood", (("a fine day",),), (1,), (None,), (0,)).counts()
        (0, 1)
    """

    name: str
    texts: Sequence[tuple[str, ...]]
    labels: Sequence[int]
    targets: Sequence[Span | None]
    groups: Sequence[int]
    held: Sequence[bool] = ()

    def __post_init__(self) -> None:
        columns = [self.texts, self.labels, self.targets, self.groups]
        columns += [self.held] if self.held else []
        if len({len(column) for column in columns}) != 1:
            raise RunError(f"the columns of {self.name} differ in length")

    def __len__(self) -> int:
        return len(self.labels)

    def counts(self) -> tuple[int, int]:
        """How many examples are answered no, and yes."""
        positive = sum(self.labels)
        return len(self) - positive, positive

    def take(self, rows: Sequence[int]) -> Question:
        """Some of the examples, in the order asked for."""
        return replace(
            self,
            texts=[self.texts[row] for row in rows],
            labels=[self.labels[row] for row in rows],
            targets=[self.targets[row] for row in rows],
            groups=[self.groups[row] for row in rows],
            held=[self.held[row] for row in rows] if self.held else (),
        )
