"""One way to the rows of a data set, whether it lies on the hub, in a mirror or in a folder."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brodmann.config.schema import CorpusTask, ImageTask, TextTask
from brodmann.errors import RequestError, nearest
from brodmann.tasks.hub import reached
from brodmann.tasks.mirror import content_cache, mirrored
from brodmann.tasks.mistakes import Place, explained

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Source:
    """A data set that is ready to be read.

    Attributes:
        name: What a person calls it: hub id and configuration, or a folder.
        builder: The prepared ``datasets`` builder.
    """

    name: str
    builder: Any

    @property
    def splits(self) -> list[str]:
        """Names of its splits, in its own order."""
        return list(self.builder.info.splits)

    @property
    def columns(self) -> list[str]:
        """Names of its columns."""
        return list(self.builder.info.features)

    def class_names(self, column: str) -> list[str]:
        """The class names that the data set itself gives to a label column, if any."""
        return list(getattr(self.builder.info.features[column], "names", None) or [])

    def check_columns(self, wanted: dict[str, list[str]]) -> None:
        """Refuse columns that are not there.

        Args:
            wanted: Setting to the columns that it names.

        Raises:
            RequestError: One is missing.
        """
        for key, columns in wanted.items():
            for column in columns:
                if column not in self.columns:
                    raise RequestError(
                        key, column, f"{self.name} has no such column",
                        nearest(column, self.columns),
                    )  # fmt: skip

    def read(self, split: str, columns: list[str]) -> pa.Table:
        """Columns of one split, images not decoded."""
        table = self.builder.as_dataset(split).select_columns(list(dict.fromkeys(columns)))
        return table.with_format("arrow")[:]


def open_source(task: TextTask | ImageTask | CorpusTask, mirror: str | None) -> Source:
    """Open a hub data set, or the local copy of it.

    Args:
        task: Its id, configuration and revision.
        mirror: ``data.mirror``.

    Raises:
        RequestError: It cannot be reached, is not there or cannot be read.
    """
    identity, config = str(task.id), task.config
    name = f"{identity} ({config})" if config else identity
    if mirror is not None:
        folder = mirrored(mirror, identity)
        with explained(Place(task, name, "data.mirror", mirror)):
            return Source(name, _from_files({"path": str(folder), "name": config}, folder))
    place = Place(task, name, "task.id", identity)
    with reached(identity, task.revision) as commit, explained(place):
        return Source(name, _prepared(path=identity, name=config, revision=commit))


def open_folder(task: ImageTask, path: str) -> Source:
    """Open a folder of images, one subfolder per class (within one per split, if there are any).

    Args:
        task: The task's settings.
        path: ``data.path``.

    Raises:
        RequestError: There are no images.
    """
    folder = Path(path).expanduser().resolve()
    if not folder.is_dir():
        raise RequestError(
            "data.path", path, "there is no such folder", "give one with a subfolder per class"
        )
    with explained(Place(task, path, "data.path", path)):
        return Source(path, _from_files({"path": "imagefolder", "data_dir": str(folder)}, folder))


def _from_files(request: dict[str, Any], folder: Path) -> Any:
    """Find out which files a request means, then read them through a cache named by content."""
    with tempfile.TemporaryDirectory() as scratch:
        files = _builder(**request, cache_dir=scratch).config.data_files
    return _prepared(**request, cache_dir=content_cache(files, folder / "README.md"))


def _prepared(**request: Any) -> Any:
    builder = _builder(**request)
    builder.download_and_prepare()
    return builder


def _builder(**request: Any) -> Any:
    import datasets
    from datasets.utils.logging import set_verbosity_error
    from huggingface_hub.utils import disable_progress_bars

    datasets.disable_progress_bars()
    set_verbosity_error()
    disable_progress_bars()
    return datasets.load_dataset_builder(**request)
