"""The primary analysis of a study: frozen in a hashed file before it runs, attempts counted."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from brodmann.errors import RunError
from brodmann.neurons.claims.claim import Claim, Value
from brodmann.neurons.claims.collect import judge_study
from brodmann.neurons.claims.evidence import Evidence
from brodmann.neurons.claims.judge import LEVEL
from brodmann.neurons.claims.verdict import Verdict

JUDGED = "claims.json"
"""Lies beside an analysis whose claims were judged."""


@dataclass(frozen=True)
class Ledger:
    """The claims of a study with their settings, as frozen.

    Attributes:
        study: Its name.
        claims: In the order in which they are reported.
        settings: What the primary analysis depends on (tasks, model, seeds, ablation, splits).
        beforehand: Claim id -> why it cannot be tested here, known before the run.
        level: Family-wise error rate.
        attempts: How often the study was started on this file.
        others: Judged analyses of the same study and of one of its tasks with other settings,
            in the folders beside this one's: looking again is an attempt, too. Analyses that were
            refused or stopped before their claims were judged showed nothing, and do not count.
    """

    study: str
    claims: tuple[Claim, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    beforehand: Mapping[str, str] = field(default_factory=dict)
    level: float = LEVEL
    attempts: int = 1
    others: int = 0

    def analysis(self) -> dict[str, Any]:
        """What is frozen, in plain values."""
        return {
            "study": self.study,
            "level": self.level,
            "claims": [claim.as_dict() for claim in self.claims],
            "beforehand": dict(self.beforehand),
            "settings": dict(self.settings),
        }

    @property
    def sha256(self) -> str:
        """Hash of the analysis."""
        return _digest(self.analysis())

    def judge(self, evidence: Mapping[str, Sequence[Evidence]]) -> list[Verdict]:
        """Verdicts of all claims; see :func:`~brodmann.neurons.claims.collect.judge_study`."""
        return judge_study(self.claims, evidence, self.beforehand, self.level)

    def rows(self, verdicts: Sequence[Verdict]) -> list[dict[str, Value]]:
        """The objects of ``claims.json``, each with the hash and what was tried before."""
        stamp: dict[str, Value] = {
            "analysis": self.sha256, "attempts": self.attempts, "other_analyses": self.others
        }  # fmt: skip
        return [{**verdict.row(), **stamp} for verdict in verdicts]


def freeze(path: Path, ledger: Ledger) -> Ledger:
    """Write the analysis before anything is run, or find it unchanged and count the attempt.

    Args:
        path: ``analysis.json`` in the study's folder.
        ledger: What is about to be run.

    Returns:
        The ledger with its attempts and the other analyses beside it.

    Raises:
        RunError: The file was altered, or holds another analysis, or cannot be written; settings
            that are no plain values.
    """
    attempts = 1 + (_attempts(path, ledger) if path.exists() else 0)
    content = {
        "analysis": ledger.analysis(),
        "sha256": ledger.sha256,
        "attempts": attempts,
        "seal": _digest([ledger.sha256, attempts]),
    }
    _write(path, json.dumps(content, indent=1, allow_nan=False) + "\n")
    return replace(ledger, attempts=attempts, others=_others(path, ledger))


def _others(path: Path, ledger: Ledger) -> int:
    """Other judged analyses of the same question in the folders beside; unreadable ones count."""
    return sum(
        _same_question(other, ledger)
        for other in path.parent.parent.glob(f"*/{path.name}")
        if other != path and other.with_name(JUDGED).exists()
    )


def _same_question(other: Path, ledger: Ledger) -> bool:
    try:
        analysis = _read(other)["analysis"]
    except RunError:
        return True
    tasks = set(ledger.settings.get("task", ()))
    theirs = set(analysis["settings"].get("task", ()))
    return analysis["study"] == ledger.study and (not tasks or bool(tasks & theirs))


def _attempts(path: Path, ledger: Ledger) -> int:
    """Attempts so far, of a file that is whole and holds the same analysis."""
    found = _read(path)
    if found["sha256"] == ledger.sha256:
        return int(found["attempts"])
    old, new = found["analysis"], json.loads(json.dumps(ledger.analysis()))
    other = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
    raise RunError(
        f"{path} froze another analysis (it differs in {', '.join(other)});"
        " run the changed one as a study of its own, in another folder"
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        whole = (
            found["sha256"] == _digest(found["analysis"])
            and found["seal"] == _digest([found["sha256"], found["attempts"]])
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path} cannot be read as a frozen analysis: {error}") from error
    if not whole:
        raise RunError(f"{path} was altered after it was frozen; its verdicts would mean nothing")
    return dict(found)


def _digest(content: Any) -> str:
    try:
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise RunError(f"an analysis is frozen in plain values only: {error}") from error
    return sha256(text.encode()).hexdigest()


def _write(path: Path, text: str) -> None:
    """The file is whole or not there."""
    part = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise RunError(f"{path} could not be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
