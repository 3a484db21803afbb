"""Which functions are asked of which models: jobs of the suite, and their scans side by side."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from brodmann.config.studies import FunctionSettings, StudyConfig
from brodmann.errors import RequestError
from brodmann.studies.functions.scan import scan
from brodmann.studies.measuring import Measured
from brodmann.studies.suite import Job, Suite


def settings(config: StudyConfig) -> FunctionSettings:
    """The study's own settings, typed."""
    return cast(FunctionSettings, config.study)


def of_model(config: StudyConfig, *more: str) -> list[Job]:
    """A job for every function, on one model.

    Args:
        config: The study.
        more: What says which model, where it is not the study's own.
    """
    return [Job(function, config.seed[0], more) for function in config.task]


def twin(number: int) -> tuple[str, str]:
    """Overrides that make a random-initialised twin of the model."""
    return "model.init=random", f"model.init_seed={number}"


def short(function: str) -> str:
    """A function's name without the folder of its settings.

    Example:
        >>> short("functions/playground/senses"), short("functions/glue")
        ('senses', 'glue')
    """
    return function.removeprefix("functions/").removeprefix("playground/")


@dataclass(frozen=True, eq=False)
class Scans:
    """The scans of all functions on one model, question by question.

    Attributes:
        by_function: Function -> its scan.
    """

    by_function: Mapping[str, Measured]
    _joined: dict[tuple[str, str], Tensor] = field(default_factory=dict, repr=False)

    @property
    def sites(self) -> list[str]:
        """Names of the sites, in the model's order."""
        first = next(iter(self.by_function.values()))
        return list(first.info["sites"])

    @property
    def functions(self) -> list[str]:
        """Names of the functions."""
        return list(self.by_function)

    @property
    def questions(self) -> list[str]:
        """``function: question`` for every question, function by function."""
        return [f"{short(function)}: {name}" for function, one in self.by_function.items()
                for name in one.info["questions"]]  # fmt: skip

    @property
    def function_of(self) -> NDArray[np.int64]:
        """Number of every question's function, ``[Q]``."""
        counts = [len(one.info["questions"]) for one in self.by_function.values()]
        return np.repeat(np.arange(len(counts)), counts)

    def units(self, site: str) -> int:
        """Neurons of a site."""
        first = next(iter(self.by_function.values()))
        return len(first.tensors[f"std/{site}"])

    def of(self, kind: str, site: str) -> Tensor:
        """A tensor of all questions: axis 0 is the question, for units and for draws alike."""
        if (kind, site) not in self._joined:
            self._joined[kind, site] = self._join(kind, site)
        return self._joined[kind, site]

    def _join(self, kind: str, site: str) -> Tensor:
        parts = [one.tensors[f"{kind}/{site}"] for one in self.by_function.values()]
        per_unit = kind in ("auroc", "half_a", "half_b", "precision")
        return torch.cat([part.movedim(1, 0) if per_unit else part for part in parts])

    def by_question(self, values: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Values of questions, ``[Q, ...]``, by the short name of their function."""
        return {short(name): values[self.function_of == place]
                for place, name in enumerate(self.functions)}  # fmt: skip


def scanned(
    suite: Suite, *more: str, permutations: int | None = None,
    inputs: Mapping[str, Tensor] | None = None,
) -> Scans:  # fmt: skip
    """The scans of all functions on one model; made once.

    Args:
        suite: The study.
        more: What says which model, where it is not the study's own.
        permutations: Where fewer than the study's will do.
        inputs: Partitions whose share of variance is wanted, as ``scan`` takes them.
    """
    return scanned_models(suite, [more], permutations, None if inputs is None else [inputs])[0]


def scanned_models(
    suite: Suite, models: Sequence[tuple[str, ...]], permutations: int | None = None,
    inputs: Sequence[Mapping[str, Tensor]] | None = None,
) -> list[Scans]:  # fmt: skip
    """The same of many models, asked for at once: what can run side by side does.

    Args:
        suite: The study.
        models: Of each what says which model it is.
        permutations: Where fewer than the study's will do.
        inputs: Partitions of each model.
    """
    own, count = settings(suite.config), len(suite.config.task)
    arguments = {
        "tokens": own.tokens, "pooling": own.pooling, "top": own.top,
        "permutations": own.permutations if permutations is None else permutations,
        "seed": own.draw_seed,
    }  # fmt: skip
    jobs = [job for model in models for job in of_model(suite.config, *model)]
    extra = None if inputs is None else [one for one in inputs for _ in range(count)]
    with _naming(own.tokens):
        found = suite.measure("scanning neurons", scan, jobs, arguments, extra)
    places = range(0, len(jobs), count)
    return [Scans(dict(zip(suite.config.task, found[i : i + count], strict=True))) for i in places]


@contextlib.contextmanager
def _naming(tokens: str) -> Iterator[None]:
    """Say by its key which setting it was that left an example without tokens."""
    try:
        yield
    except RequestError as error:
        if error.key != "tokens":
            raise
        raise RequestError(
            "study.tokens", tokens, f"{error.problem} (a long text is cut at data.max_length)",
            "type study.tokens=all, or leave out data.max_length",
        ) from error  # fmt: skip
