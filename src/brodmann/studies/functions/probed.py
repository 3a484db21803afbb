"""A function asked of a model: texts, yes or no to each, and a logit for every question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from torch import Tensor

from brodmann.lab.prepare import Prepared
from brodmann.neurons.scores.columns import Columns
from brodmann.neurons.subject import Batch, Subject


class Probed(Protocol):
    """One function on one model: all that the measurements ask for."""

    @property
    def subject(self) -> Subject:
        """Answers with a logit for each question, float ``[B, K]``; above 0 means yes."""
        ...

    @property
    def questions(self) -> Sequence[str]:
        """Names of the K questions (sub-functions)."""
        ...

    @property
    def facts(self) -> Mapping[str, str | int]:
        """``function``, ``model``, ``seed``, ``model_digest``."""
        ...

    def columns(self, split: str, most: int | None) -> Columns:
        """Answers over the rows of a split, ``[N, K]``; ``valid`` marks each question's rows."""
        ...

    def groups(self, split: str, most: int | None) -> Tensor:
        """Rows of one number belong together, long ``[N]``."""
        ...

    def batches(self, split: str, most: int | None) -> Iterator[Batch]:
        """The rows of a split (at most so many of each answer to a question), from 0."""
        ...

    def competence(self) -> Tensor:
        """Make the subject answer; how far it is above chance without test data, float ``[K]``."""
        ...

    def norms(self) -> dict[str, Tensor]:
        """Site name -> norm of every neuron's output weights, float ``[U]``."""
        ...

    def rows(self, which: str = "up") -> dict[str, Tensor]:
        """Site name -> input weights of every neuron, float ``[U, D]``: what is clustered."""
        ...


Asked = Prepared | Probed
"""A request for a function on a backbone, or something that is open already."""


def probed(asked: Asked) -> Probed:
    """A function opened on its backbone; what is open already as it is."""
    if isinstance(asked, Prepared):
        from brodmann.studies.functions.backbone import OnBackbone

        return OnBackbone(asked)
    return asked
