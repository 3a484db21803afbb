"""What is shown while a request is checked and the nano backbone is pre-trained."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from brodmann.lab.screen import captured


@contextlib.contextmanager
def preparing(console: Console) -> Iterator[Callable[[int, int], None]]:
    """Keep libraries off the screen; show a bar if there is something to pre-train.

    Args:
        console: Where to.

    Yields:
        What to call with (step, steps).
    """
    bar = Progress(
        TextColumn("pre-training the nano backbone (once)"), BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"), TimeRemainingColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip

    def progress(step: int, steps: int) -> None:
        if not bar.tasks:
            if not console.is_terminal:
                console.print("pre-training the nano backbone (once)")
            bar.start()
            bar.add_task("", total=steps)
        bar.update(bar.tasks[0].id, completed=step)

    with captured(Path(os.devnull)):
        try:
            yield progress
        finally:
            bar.stop()
