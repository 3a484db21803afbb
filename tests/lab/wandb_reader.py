"""A small reader of W&B's offline files."""

import json

from wandb.proto import wandb_internal_pb2
from wandb.sdk.internal.datastore import DataStore


def read_offline(folder):
    """``id``, ``config``, ``history`` and ``summary`` of an ``offline-run-*`` folder."""
    (path,) = folder.glob("*.wandb")
    store, found = DataStore(), {"id": "", "config": {}, "history": [], "summary": {}}
    store.open_for_scan(str(path))
    while (data := store.scan_data()) is not None:
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
