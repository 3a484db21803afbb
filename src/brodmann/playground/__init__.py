"""The embedded world: a generated language, its tasks, and a nano backbone pre-trained on it."""

from __future__ import annotations

from brodmann.playground.tasks import TASKS, Spec, generate

__all__ = ["TASKS", "Spec", "generate"]
