"""What can be told of a checkpoint's files without torch."""

from __future__ import annotations

import hashlib
import json
import struct
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from brodmann.errors import RequestError

CONTENT = (
    "config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt", "vocab.json",
    "merges.txt", "spiece.model", "tokenizer.model", "special_tokens_map.json",
    "preprocessor_config.json", "widths.json",
)  # fmt: skip
"""Files beside the weights that determine what a model computes."""


def read_config(folder: Path) -> dict[str, Any]:
    """The checkpoint's ``config.json``.

    Raises:
        RequestError: It is missing or not JSON.
    """
    try:
        return dict(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise RequestError(
            "model.path", folder, "this folder has no readable config.json",
            "give the folder of a checkpoint saved by save_pretrained",
        ) from error  # fmt: skip


def weight_files(folder: Path) -> list[Path]:
    """The checkpoint's safetensors files, each known to be whole.

    Raises:
        RequestError: There are none (or pickled ones only), or one is truncated.
    """
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        files = [folder / name for name in sorted(names)]
    else:
        files = sorted(folder.glob("*.safetensors"))
    if not files:
        pickled = any(folder.glob("*.bin")) or any(folder.glob("*.pt"))
        raise RequestError(
            "model.path", folder,
            "its weights are pickled" if pickled else "it holds no weights",
            "safetensors are needed: model.save_pretrained(folder), or another model.revision",
        )  # fmt: skip
    for path in files:
        check_whole(path)
    return files


def check_whole(path: Path, key: str = "model.path") -> None:
    """Refuse a file that is missing, cut off, or no safetensors file.

    Raises:
        RequestError: See above; it names ``key``.
    """
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
        end = max(
            (v["data_offsets"][1] for k, v in header.items() if k != "__metadata__"), default=0
        )
        whole = path.stat().st_size == 8 + length + end
    except (OSError, ValueError, struct.error, KeyError, TypeError, MemoryError, OverflowError):
        whole = False
    if not whole:
        raise RequestError(
            key, path, "this file is missing, truncated or not safetensors",
            "copy or download the checkpoint again",
        )  # fmt: skip


def content_digest(folder: Path, weights: list[Path], extra: str = "") -> str:
    """SHA-256 over configuration, tokenizer and weights, whatever the folder is called.

    Args:
        folder: The checkpoint.
        weights: Its weight files; none for a random twin.
        extra: What else determines the model (the seed of a random twin).
    """
    whole = hashlib.sha256(extra.encode())
    present = [folder / name for name in CONTENT if (folder / name).is_file()]
    for path in (*present, *weights):
        whole.update(f"{path.name} {file_digest(path)}\n".encode())
    return whole.hexdigest()


def weights_digest(files: list[Path]) -> str:
    """SHA-256 over the tensors of safetensors files: names, dtypes, shapes and bytes.

    Checkpoints with equal weights have equal digests, whatever wrote them and into how many files.

    Args:
        files: Whole ones (``weight_files``).
    """
    found: list[tuple[str, str, list[int], str]] = []
    for path in files:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
            for name, told in header.items():
                if name != "__metadata__":
                    start, end = told["data_offsets"]
                    content = _span_digest(file, 8 + length + start, end - start)
                    found.append((name, told["dtype"], told["shape"], content))
    return hashlib.sha256(json.dumps(sorted(found)).encode()).hexdigest()


def _span_digest(file: BinaryIO, start: int, size: int) -> str:
    whole = hashlib.sha256()
    file.seek(start)
    while size:
        part = file.read(min(size, 1 << 24))
        whole.update(part)
        size -= len(part)
    return whole.hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes; computed once while size and time of the file stay."""
    stat = path.stat()
    return _file_digest(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=256)
def _file_digest(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
