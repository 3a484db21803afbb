"""Where things that can be made again are kept."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """``$BRODMANN_CACHE``, or the user's cache folder."""
    return Path(os.environ.get("BRODMANN_CACHE") or user_cache_path("brodmann"))
