"""What finders and verdicts are worth, on planted models: ``python -m benchmarks.calibration``.

Every number comes from real weights and the whole pipeline, selection included. Nothing here is
tuned: the generators and thresholds are those of the package.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from benchmarks.calibrating.coverage import coverage
from benchmarks.calibrating.emergence import emergence
from benchmarks.calibrating.families import families, power
from benchmarks.calibrating.finders import finders
from benchmarks.calibrating.modules import modules
from benchmarks.calibrating.redrawn import redrawn
from benchmarks.calibrating.sizes import sizes
from benchmarks.calibrating.verdicts import verdicts_of_cases

Rows = list[dict[str, Any]]
PARTS: dict[str, tuple[str, Callable[[bool], Rows]]] = {
    "verdicts": ("The planted cases and their verdicts", verdicts_of_cases),
    "finders": ("Recall and false discoveries as the signal falls", finders),
    "sizes": ("Size of the tests where nothing was planted", sizes),
    "modules": ("Planted experts", modules),
    "coverage": ("Coverage of the 95 % intervals", coverage),
    "redrawn": ("Coverage where examples and seeds are drawn and measured anew", redrawn),
    "families": ("Whole studies where nothing was planted", families),
    "power": ("Power and wrong signs", power),
    "emergence": ("Modules before neurons (EM-8) on drawn scores", emergence),
}
"""Name -> heading, and what gives its rows (quickly, or in full)."""


def table(rows: Rows) -> str:
    """Rows as a Markdown table."""
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(_shown(row[name]) for name in names) + " |" for row in rows]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def main() -> None:
    """Print the tables, part by part; with ``--out``, into files of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the repetitions")
    parser.add_argument("--parts", nargs="*", default=list(PARTS), choices=list(PARTS))
    parser.add_argument("--out", type=Path, help="folder for one Markdown table per part")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    for name in asked.parts:
        heading, work = PARTS[name]
        started = time.perf_counter()
        found = table(work(asked.quick))
        spent = f"{(time.perf_counter() - started) / 60:.1f} minutes on one thread"
        text = f"## {heading}\n\n{found}\n\n({spent})\n"
        print(text, flush=True)
        if asked.out:
            asked.out.mkdir(parents=True, exist_ok=True)
            (asked.out / f"{name}.md").write_text(text, encoding="utf8")


if __name__ == "__main__":
    main()
