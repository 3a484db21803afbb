"""Brodmann: an atlas of functional areas in transformers.

The two entry points are plain functions; ``train.py`` and ``analyze.py`` only call them::

    import brodmann
    run = brodmann.train(["task=playground/sentiment", "method=bitfit"])
    run.metrics["test/accuracy"]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brodmann.lab.run import FinishedRun
    from brodmann.studies.runner import StudyResult

__version__ = "0.1.0"
__all__ = ["analyze", "train"]


def train(overrides: list[str] | None = None) -> FinishedRun:
    """Train one method on one task, or return the finished run that the request describes.

    Args:
        overrides: As typed after ``python train.py``, for instance ``["method=bitfit", "seed=1"]``.

    Returns:
        The run's folder, metrics and whether it was found finished.

    Raises:
        RequestError: The request was wrong.
        RunError: The run failed.
    """
    from brodmann.cli.train import train_one

    return train_one(list(overrides or []))


def analyze(overrides: list[str] | None = None) -> list[str] | StudyResult:
    """Run a study, or name the experiments there are (``conf/experiment``).

    Args:
        overrides: As typed after ``python analyze.py``.

    Returns:
        The study's folder and claims; without ``experiment=`` the names of the experiments.

    Raises:
        RequestError: The request was wrong.
        RunError: A training run or a measurement failed.
    """
    from brodmann.cli.analyze import analyze_one

    return analyze_one(list(overrides or []))
