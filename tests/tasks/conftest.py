from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from brodmann.config.schema import ImageTask, TextTask


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BRODMANN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def write_splits(root: Path, identity: str, config: str, splits: dict[str, Any]) -> Path:
    """A hub folder of parquet files: README.md with its configuration, one file per split."""
    folder = root / identity
    (folder / config).mkdir(parents=True, exist_ok=True)
    lines = ["---", "configs:", f"- config_name: {config}", "  data_files:"]
    for split, table in splits.items():
        made = table if isinstance(table, pa.Table) else pa.Table.from_pandas(pd.DataFrame(table))
        pq.write_table(made, folder / config / f"{split}-00000-of-00001.parquet")
        lines += [f"  - split: {split}", f"    path: {config}/{split}-*.parquet"]
    (folder / "README.md").write_text("\n".join([*lines, "---", ""]))
    return folder


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    return tmp_path / "mirror"


def rows(n: int, prefix: str = "text", classes: int = 2) -> dict[str, list[Any]]:
    return {
        "sentence": [f"{prefix} {i}" for i in range(n)],
        "label": [i % classes for i in range(n)],
    }


@pytest.fixture
def toy(mirror: Path) -> Callable[..., TextTask]:
    """Write ``owner/toy`` with the given splits; give the task that reads it."""

    def make(splits: dict[str, Any] | None = None, **settings: Any) -> TextTask:
        default = {"train": rows(100), "validation": rows(20, "held out")}
        write_splits(mirror, "owner/toy", "main", default if splits is None else splits)
        known = {
            "name": "toy", "backbone": "nano", "id": "owner/toy", "config": "main",
            "text": ["sentence"], "test": "validation", "classes": ["no", "yes"],
            "label_words": ["negative", "positive"],
        }  # fmt: skip
        return TextTask(**{**known, **settings})

    return make


def encoded(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def pictures(mirror: Path) -> Callable[..., ImageTask]:
    """Write ``owner/pictures`` with random images of a given side; give the task."""

    def make(side: int = 4, **settings: Any) -> ImageTask:
        chance = np.random.default_rng(0)
        for_split = {"train": 20, "test": 6}
        splits = {
            split: {
                "img": [
                    {"bytes": encoded(chance.integers(0, 256, (side, side, 3), np.uint8)),
                     "path": None}
                    for _ in range(n)
                ],
                "label": [i % 2 for i in range(n)],
            }
            for split, n in for_split.items()
        }  # fmt: skip
        write_splits(mirror, "owner/pictures", "main", splits)
        known = {
            "name": "pictures", "backbone": "vit_small", "kind": "image", "source": "hub",
            "id": "owner/pictures", "image": "img", "test": "test", "classes": ["no", "yes"],
        }  # fmt: skip
        return ImageTask(**{**known, **settings})

    return make
