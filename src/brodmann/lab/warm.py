"""Imported once by the process that the jobs of a sweep are forked from.

All that a job needs, so that code edited while a sweep runs does not reach its later jobs.
"""

from __future__ import annotations

import brodmann.lab.job
import brodmann.lab.sweep
import brodmann.training.assembly
import brodmann.training.fit  # noqa: F401
