"""Command lines on a tiny model and a table, as a person would type them."""

import random
import subprocess
import sys
from pathlib import Path

from tests.tiny import checkpoint

ROOT = Path(__file__).resolve().parents[2]
GOOD, BAD = ("good", "great", "fine"), ("bad", "dull", "poor")


def write_table(path, rows=400):
    """A table that a tiny model can learn: one telling word among others."""
    draw = random.Random(0)
    lines = ["text,label"]
    for index in range(rows):
        word = draw.choice(GOOD if index % 2 else BAD)
        noise = " ".join(f"w{draw.randrange(80)}" for _ in range(draw.randrange(2, 9)))
        lines.append(f"{noise} {word} w{index % 80},{'positive' if index % 2 else 'negative'}")
    path.write_text("\n".join(lines) + "\n")
    return path


def overrides(folder, *more):
    """Overrides of a small run below ``folder``."""
    table = folder / "table.csv"
    if not table.is_file():
        write_table(table)
    return [
        "task=csv", f"data.path={table}", "model=hf", f"model.path={checkpoint('bert')}",
        "preset=quick", "trainer=cpu", "trainer.threads=1", "logger=none", "method.layout=paper",
        f"runs_dir={folder / 'runs'}", "training.eval_every=7", "training.epochs=3", *more,
    ]  # fmt: skip


def run(*arguments, timeout=180):
    """Type ``python train.py ...``."""
    return subprocess.run(
        [sys.executable, "train.py", *arguments], cwd=ROOT, capture_output=True, text=True,
        timeout=timeout,
    )  # fmt: skip
