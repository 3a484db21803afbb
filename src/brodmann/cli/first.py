"""``--cfg job`` on a sweep: one job's settings are shown, and it is said which."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def say_first_of(jobs: Sequence[list[str]]) -> None:
    """Say on standard error that the first of several jobs is shown."""
    if len(jobs) > 1:
        print(f"the first of {len(jobs)} jobs is shown: {' '.join(jobs[0])}", file=sys.stderr)
