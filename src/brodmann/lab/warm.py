"""Imported once by the process that the jobs of a sweep are forked from.

All that a job needs, so that code edited while a sweep runs does not reach its later jobs.
"""

from __future__ import annotations

from brodmann.lab import job, jobs  # noqa: F401
from brodmann.training import assembly, fit  # noqa: F401
