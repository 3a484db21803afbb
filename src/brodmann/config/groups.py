"""The choices there are: one YAML file per choice, in ``conf/<group>/``."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from yaml import YAMLError

from brodmann.errors import RequestError, nearest

GROUPS = ("task", "model", "method", "trainer", "logger", "launcher", "preset")
"""Groups of ``train.py`` that a person chooses from."""
BELOW = ("tuning",)
"""Groups that others choose from."""


def default_conf() -> Path:
    """The ``conf/`` folder of the checkout that this package is installed from."""
    return Path(__file__).resolve().parents[3] / "conf"


def choices(group: str, conf_dirs: list[Path]) -> list[str]:
    """Names that may follow ``group=``.

    Args:
        group: Folder under ``conf/``.
        conf_dirs: The project's folder and the user's own (``--config-dir``).

    Returns:
        Sorted names, with ``/`` for subfolders (``playground/sentiment``).
    """
    return sorted(
        path.relative_to(root / group).with_suffix("").as_posix()
        for root in conf_dirs
        for path in (root / group).glob("**/*.yaml")
    )


def choice_file(group: str, name: str, conf_dirs: list[Path]) -> Path:
    """The YAML file of one choice; the user's folder wins over the project's.

    Raises:
        RequestError: There is no such choice.
    """
    found = [root / group / f"{name}.yaml" for root in reversed(conf_dirs)]
    for path in found:
        if path.is_file():
            return path
    raise RequestError(
        group, name, f"there is no such {group}", nearest(name, choices(group, conf_dirs))
    )


def stamps(conf_dirs: list[Path]) -> tuple[tuple[str, int, int], ...]:
    """Path, time and size of every YAML file: what was read holds as long as these do."""
    found = []
    for pattern in ("*.yaml", *(f"{group}/**/*.yaml" for group in (*GROUPS, *BELOW))):
        for path in (path for root in conf_dirs for path in root.glob(pattern)):
            with contextlib.suppress(OSError):
                stat = path.stat()
                found.append((str(path), stat.st_mtime_ns, stat.st_size))
    return tuple(sorted(found))


def load_yaml(path: Path) -> DictConfig:
    """The content of a YAML file.

    Raises:
        RequestError: It is not YAML (the line is named), or holds no keys.
    """
    try:
        content = OmegaConf.load(path)
    except YAMLError as error:
        raise not_yaml(error, path) from error
    if not isinstance(content, DictConfig):
        raise RequestError("conf", path, "this YAML file is not of the form key: value",
                           "mend the file")  # fmt: skip
    return content


def not_yaml(error: YAMLError, path: Path) -> RequestError:
    """What to say of a file that is not YAML.

    Args:
        error: What the reader said; it knows the file and the line.
        path: The file, or its folder, where the reader does not know it.
    """
    mark: Any = getattr(error, "problem_mark", None)
    file = f"{mark.name}, line {mark.line + 1}" if mark else path
    problem = getattr(error, "problem", None) or "it cannot be read"
    return RequestError("conf", file, f"this is not YAML: {problem}", "mend the file")
