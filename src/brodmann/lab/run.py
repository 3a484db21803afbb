"""A run's folder: what lies in it, what state it is in, who holds it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from brodmann.errors import RequestError, RunError
from brodmann.lab.files import file_digest, read_json, write_json
from brodmann.lab.redact import redact

RESULTS = ("config.yaml", "metrics.json", "method.safetensors", "splits.safetensors")
"""Files without which a training run is not done, whatever its status says."""
SEALED = "method.safetensors"
"""The file whose digest is kept in ``digests.json``, so that an altered one is noticed."""


@dataclass(frozen=True)
class FinishedRun:
    """A run that is done.

    Attributes:
        folder: Where it lies.
        metrics: Content of ``metrics.json``.
        reused: It was found finished and nothing was trained.
    """

    folder: Path
    metrics: dict[str, float]
    reused: bool = False


class RunFolder:
    """The folder of one run, with its status and its lock.

    A status of ``running`` says that the run was started; whether it still is, only the lock
    tells, since the system releases it with the process, however that ends.

    Args:
        path: The folder; it need not exist.
        results: Files without which it is not done; a training run's when not given.
    """

    def __init__(self, path: Path, results: Sequence[str] = RESULTS) -> None:
        self.path, self.results = path, tuple(results)
        self._lock = path.parent / ".locks" / f"{path.name}.lock"

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @property
    def state(self) -> str:
        """``absent``, ``done``, ``failed``, ``running`` or ``interrupted``."""
        state = (read_json(self / "status.json") or {}).get("state", "absent")
        if state == "done":
            return (
                "done" if all((self / name).is_file() for name in self.results) else "interrupted"
            )
        return "interrupted" if state == "running" and not self.held else state

    @property
    def error(self) -> str:
        """Why a failed run failed."""
        return (read_json(self / "status.json") or {}).get("error") or ""

    @property
    def held(self) -> bool:
        """Whether a living process holds the lock."""
        if not self._lock.is_file():
            return False
        try:
            with FileLock(self._lock, timeout=0, thread_local=False):
                return False
        except Timeout:
            return True

    @contextmanager
    def lock(self, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Hold the run; wait while another process does.

        Args:
            waiting: Called once when there is something to wait for.

        Raises:
            RequestError: ``runs_dir`` cannot be written to.
        """
        try:
            self._lock.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._lock, thread_local=False)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                waiting()
                lock.acquire()
        except OSError as error:
            raise unwritable(self.path.parent.parent, error) from error
        try:
            yield
        finally:
            lock.release()

    def begin(self, fresh: bool, keep: Sequence[str] = ()) -> None:
        """Mark the run as started.

        Args:
            fresh: Drop what an earlier attempt left.
            keep: Files that stay all the same.
        """
        kept = {name: (self / name).read_bytes() for name in keep if (self / name).is_file()}
        if fresh and self.path.is_dir():
            shutil.rmtree(self.path)
        self.path.mkdir(parents=True, exist_ok=True)
        for name, content in kept.items():
            (self / name).write_bytes(content)
        started = (read_json(self / "status.json") or {}).get("started") or _now()
        self._say({"state": "running", "started": started, "finished": None, "error": None})

    def finish(self) -> None:
        """Mark the run as done; its results must be there.

        Raises:
            RunError: A file of ``results`` is missing.
        """
        missing = [name for name in self.results if not (self / name).is_file()]
        if missing:
            raise RunError(f"{self.path} lacks {', '.join(missing)}")
        if (self / SEALED).is_file():
            write_json(self / "digests.json", {SEALED: file_digest(self / SEALED)})
        self._say({**read_json(self / "status.json"), "state": "done", "finished": _now()})

    def check(self) -> None:
        """Refuse a run that is not done, or whose trained tensors were altered since.

        Raises:
            RunError: See above.
        """
        if self.state != "done":
            raise RunError(f"{self.path} is {self.state}, not done; train it first")
        for name, digest in (read_json(self / "digests.json") or {}).items():
            if file_digest(self / name) != digest:
                raise RunError(f"{self.path / name} was altered after the run was done; "
                               "train it anew with resume=false")  # fmt: skip

    def fail(self, error: BaseException) -> None:
        """Mark the run as failed and say why."""
        said = read_json(self / "status.json") or {"started": _now()}
        reason = redact(f"{type(error).__name__}: {error}")
        self._say({**said, "state": "failed", "finished": _now(), "error": reason})

    def result(self, reused: bool = False) -> FinishedRun:
        """The finished run; call it only when ``state`` is ``done``."""
        return FinishedRun(self.path, read_json(self / "metrics.json"), reused)

    def _say(self, status: dict[str, Any]) -> None:
        write_json(self / "status.json", status)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def unwritable(folder: Path, error: OSError) -> RequestError:
    """What to say when ``runs_dir`` cannot be written to."""
    return RequestError(
        "runs_dir", folder, f"this folder cannot be written to ({error.strerror})",
        "give another folder with runs_dir=DIR",
    )  # fmt: skip
