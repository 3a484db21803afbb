"""Imported once by the process that the jobs of a sweep are forked from."""

from __future__ import annotations

import brodmann.training.assembly
import brodmann.training.fit  # noqa: F401
