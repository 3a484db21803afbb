"""Where pruned FFNs lie and which backbone they are of, told without torch."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path

from brodmann.backbones.checkpoint import check_whole, file_digest
from brodmann.errors import RequestError


def ffn_files(path: Path) -> list[Path]:
    """The safetensors files of a folder, or the one file itself, each known to be whole.

    Raises:
        RequestError: There is none, or one is not whole.
    """
    files = [path] if path.is_file() else sorted(path.glob("*.safetensors"))
    if not files:
        raise RequestError("model.pruned", path, "there are no pruned FFNs",
                           "give a folder that save_pruned wrote")  # fmt: skip
    for file in files:
        check_whole(file, "model.pruned")
    return files


def with_ffns(backbone: str, path: Path) -> str:
    """Digest of a backbone with pruned FFNs in the place of its own.

    Args:
        backbone: Its digest.
        path: The FFNs; what the files are called plays no part.

    Raises:
        RequestError: They say that they were made from another backbone.
    """
    whole = hashlib.sha256(backbone.encode())
    for file in ffn_files(path):
        made_from = _info(file).get("backbone", backbone)
        if made_from != backbone:
            raise RequestError("model.pruned", path, "it was made from another backbone",
                               "prune the backbone that model= names")  # fmt: skip
        whole.update(file_digest(file).encode())
    return whole.hexdigest()


def _info(path: Path) -> dict[str, object]:
    """The JSON that the file's metadata have under ``info``; empty where there is none."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        metadata = json.loads(file.read(length)).get("__metadata__", {})
    return dict(json.loads(metadata.get("info", "{}")))
