"""Local copies of hub data sets, cached by what is in their files."""

from __future__ import annotations

import hashlib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from brodmann.cache import cache_folder
from brodmann.errors import RequestError


def mirrored(mirror: str, identity: str) -> Path:
    """The folder of one data set in a mirror.

    Args:
        mirror: ``data.mirror``.
        identity: Hub id, ``owner/name``.

    Raises:
        RequestError: The mirror, or the data set in it, is missing.
    """
    root = Path(mirror).expanduser()
    if not root.is_dir():
        raise RequestError(
            "data.mirror", mirror, "there is no such folder", "give a folder that holds <hub id>/"
        )
    if not (root / identity).is_dir():
        held = [path.relative_to(root).as_posix() for path in root.glob("*/*") if path.is_dir()]
        close = get_close_matches(identity, held, n=1)
        raise RequestError(
            "data.mirror", mirror, f"it has no folder {identity}",
            "copy the hub's files there" + (f", or use task.id={close[0]}" if close else ""),
        )  # fmt: skip
    return (root / identity).resolve()


def content_cache(files: dict[str, Any], card: Path | None = None) -> str:
    """A cache folder whose name changes when a byte of the data does.

    ``datasets`` names its cache by folder, so that an edited copy would silently give old rows.

    Args:
        files: Split name to paths.
        card: The data set's ``README.md``, which holds its column types.

    Returns:
        Path of the folder, which need not exist.
    """
    digest = hashlib.sha256()
    named = [(split, Path(str(path))) for split in sorted(files) for path in files[split]]
    for split, path in [*named, *([("card", card)] if card and card.is_file() else [])]:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{split}\n{path.name}\n{content}\n".encode())
    return str(cache_folder() / "datasets" / digest.hexdigest()[:16])
