"""Files that are either whole or not there."""

from __future__ import annotations

import csv
import hashlib
import importlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from brodmann.errors import RunError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary neighbour that takes the place of ``path`` when the block ends well.

    The bytes are on the disk before the name changes, so a reader sees the old file or the new
    one, after a crash as well.

    Args:
        path: The file to write.

    Yields:
        The temporary path to write to.

    Raises:
        RunError: The disk is full or the folder is not writable.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    os.close(handle)
    part = Path(name)
    try:
        yield part
        _sync(part)
        part.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise RunError(f"{path} could not be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """A temporary neighbour that becomes ``folder`` when the block ends well.

    Args:
        folder: Where the files shall lie; what an earlier attempt left there is dropped.

    Yields:
        The temporary folder to write to.

    Raises:
        RunError: The disk is full or the folder is not writable.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.", suffix=".tmp"))
    except OSError as error:
        raise RunError(f"{folder} could not be written: {error.strerror or error}") from error
    try:
        yield part
        for path in (*part.rglob("*"), part):
            _sync(path)
        part.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        part.replace(folder)
        _sync(folder.parent)
    except OSError as error:
        raise RunError(f"{folder} could not be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically (UTF-8, mode 0644)."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")
        part.chmod(0o644)


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file atomically, keys in the order given."""
    write_text(path, json.dumps(content, indent=1, allow_nan=True) + "\n")


def read_json(path: Path) -> Any:
    """Content of a JSON file, or None when it is missing or not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write_csv(path: Path, rows: Sequence[dict[str, object]]) -> None:
    """Write rows atomically; the columns are all keys, in order of first appearance."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())


def write_tensors(path: Path, tensors: dict[str, Any], kind: str = "torch") -> None:
    """Write a safetensors file atomically; equal tensors give equal bytes.

    Args:
        path: The file.
        tensors: Name to torch tensor or NumPy array.
        kind: ``torch`` or ``numpy``: which of the two they are.
    """
    save = importlib.import_module(f"safetensors.{kind}").save
    with replacing(path) as part:
        part.write_bytes(save(dict(sorted(tensors.items()))))
        part.chmod(0o644)
