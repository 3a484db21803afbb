"""What was typed: flags and overrides, parsed by Hydra's own grammar."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from brodmann.config.groups import GROUPS, choice_file, default_conf
from brodmann.errors import RequestError

ALIASES = {"hydra/launcher=": "launcher=", "hydra.launcher.": "launcher."}
"""Hydra's own spelling of the launcher, understood as ours."""


@dataclass
class Request:
    """One command line, split into its parts.

    Attributes:
        overrides: ``key=value`` texts.
        multirun: ``-m`` was given: several values of a key are several jobs.
        conf_dirs: Folders of YAML files, the project's first.
        show: ``--help``, ``--cfg`` or nothing.
        lists: Keys that take a list, so that several values need not be a sweep.
    """

    overrides: list[str] = field(default_factory=list)
    multirun: bool = False
    conf_dirs: list[Path] = field(default_factory=lambda: [default_conf()])
    show: str | None = None
    lists: tuple[str, ...] = ()

    def jobs(self) -> list[list[str]]:
        """The overrides of every job: the product of the swept values, in the order typed.

        Raises:
            RequestError: Several values were given without ``-m``.

        Example:
            >>> Request(["task=sst2,mnli", "seed=0"], multirun=True).jobs()
            [['task=sst2', 'seed=0'], ['task=mnli', 'seed=0']]
        """
        return [list(job) for job in itertools.product(*map(self._values, self.overrides))]

    def _values(self, text: str) -> list[str]:
        override = parse(text)
        if not override.is_sweep_override():
            return [text]
        if not self.multirun:
            key, values = override.key_or_group, text.partition("=")[2]
            instead = f", or type {key}=[{values}] for a list" if key in self.lists else ""
            raise RequestError(key, values, "several values are a sweep", f"add -m{instead}")
        return [
            f"{override.get_key_element()}={value}" for value in override.sweep_string_iterator()
        ]


def parse(text: str) -> Override:
    """One override by Hydra's grammar.

    Raises:
        RequestError: It is not of the form ``key=value``.
    """
    if text.startswith("="):
        raise RequestError("", text[1:], "the key is missing", "type key=value")
    if "=" not in text and not text.startswith("~"):
        raise RequestError(text, "", "this is not of the form key=value",
                           f"type {text}=VALUE, or --help")  # fmt: skip
    try:
        override = OverridesParser.create().parse_override(text)
    except HydraException as error:
        raise RequestError(
            text.partition("=")[0],
            text.partition("=")[2],
            "this is not of the form key=value",
            "quote values that hold spaces or commas, as in 'task.name=\"a, b\"'",
        ) from error
    if override.is_delete():
        raise RequestError(text, "", "nothing can be deleted from a request", "set another value")
    return override


def read_request(arguments: list[str]) -> Request:
    """Split a command line into flags and overrides.

    Args:
        arguments: ``sys.argv[1:]``.

    Raises:
        RequestError: An unknown flag, or a folder of YAML files that is not there.

    Example:
        >>> read_request(["-m", "seed=0,1"]).multirun
        True
    """
    request, rest = Request(), iter(arguments)
    for argument in rest:
        flag, _, value = argument.partition("=")
        if flag in ("-m", "--multirun"):
            request.multirun = True
        elif flag in ("-h", "--help"):
            request.show = "help"
        elif flag in ("-c", "--cfg"):
            request.show = "config"
            _ = value or next(rest, None)
        elif flag in ("-cd", "--config-dir"):
            request.conf_dirs.append(_folder(value or next(rest, "")))
        elif flag.startswith("-"):
            raise RequestError(
                argument, "", "there is no such flag", "flags: --help -m --cfg job --config-dir DIR"
            )
        else:
            request.overrides.append(_spelled(argument))
    return request


def _spelled(override: str) -> str:
    for theirs, ours in ALIASES.items():
        if override.startswith(theirs):
            return ours + override.removeprefix(theirs)
    return override


def _folder(text: str) -> Path:
    folder = Path(text).expanduser().resolve()
    if not text or not folder.is_dir():
        raise RequestError(
            "--config-dir", text, "there is no such folder", "give a folder of YAML files"
        )
    return folder


def chosen(overrides: list[str], conf_dirs: list[Path]) -> tuple[dict[str, str], dict[str, object]]:
    """Split overrides into choices of a group and settings of a key.

    Args:
        overrides: ``key=value`` texts of one job.
        conf_dirs: Folders of YAML files.

    Returns:
        ``{"task": "sst2"}`` and ``{"method.length": 16}``; of equal keys the last one wins.

    Raises:
        RequestError: A choice that does not exist.
    """
    groups: dict[str, str] = {}
    settings: dict[str, object] = {}
    for text in overrides:
        override = parse(text)
        if override.key_or_group in GROUPS:
            name = str(override.value())
            choice_file(override.key_or_group, name, conf_dirs)
            groups[override.key_or_group] = name
        else:
            settings[override.key_or_group] = override.value()
    return groups, settings


def own_overrides(jobs: Sequence[list[str]]) -> list[list[str]]:
    """What tells the jobs of a sweep apart: of each, the overrides that not all of them have.

    Example:
        >>> own_overrides([["task=sst2", "seed=0"], ["task=sst2", "seed=1"]])
        [['seed=0'], ['seed=1']]
    """
    common = set.intersection(*map(set, jobs)) if jobs else set()
    return [[text for text in job if text not in common] for job in jobs]


@contextlib.contextmanager
def naming(own: list[str]) -> Iterator[None]:
    """Say of which job of a sweep a refusal is.

    Args:
        own: What tells it from the others; nothing for a job that is alone.

    Raises:
        RequestError: The one that was raised within, with the job's overrides.
    """
    try:
        yield
    except RequestError as error:
        if not own:
            raise
        hint = f"{error.hint} (job {' '.join(own)})"
        raise RequestError(error.key, error.value, error.problem, hint) from error
