"""A small reader of W&B's offline files."""

import json
import struct

HEADER, BLOCK = 7, 32768
FULL, LAST = 1, 4
"""A file header, then blocks of records in LevelDB's log format: crc, length, type, bytes."""


def records(path):
    """The serialised records of a ``.wandb`` file."""
    data, at, parts = path.read_bytes(), HEADER, []
    while at + 7 <= len(data):
        left = BLOCK - at % BLOCK
        if left < 7:
            at += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, at)
        if kind == 0:
            break
        parts.append(data[at + 7 : at + 7 + length])
        at += 7 + length
        if kind in (FULL, LAST):
            yield b"".join(parts)
            parts = []


def read_offline(folder):
    """``id``, ``config``, ``history`` and ``summary`` of an ``offline-run-*`` folder."""
    from wandb.proto import wandb_internal_pb2

    (path,) = folder.glob("*.wandb")
    found = {"id": "", "config": {}, "history": [], "summary": {}}
    for data in records(path):
        record = wandb_internal_pb2.Record()
        record.ParseFromString(data)
        kind = record.WhichOneof("record_type")
        if kind == "run":
            found["id"] = record.run.run_id
            found["config"] |= _items(record.run.config.update)
        elif kind == "config":
            found["config"] |= _items(record.config.update)
        elif kind == "history":
            found["history"].append(_items(record.history.item))
        elif kind == "summary":
            found["summary"] |= _items(record.summary.update)
    return found


def _items(items):
    return {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in items}
