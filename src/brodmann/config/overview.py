"""The tables of ``docs/configuration.md``: ``python -m brodmann.config.overview``."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, get_type_hints

import omegaconf

from brodmann.config import compose, schema, studies

HEAD = "| key | type | default | meaning |\n| --- | --- | --- | --- |\n"
"""Head of the Markdown table of keys."""
NODES = [name for name in schema.TrainConfig.__dataclass_fields__ if name not in ("task", "method")]
"""Keys of ``TrainConfig`` besides those whose settings depend on the choice."""
TYPES = {
    "int": "whole number", "float": "number", "bool": "true or false", "str": "text",
    "list[str]": "list of texts", "list[int]": "list of whole numbers",
    "list[float]": "list of numbers",
}  # fmt: skip
"""Annotation -> the same in words."""


def overview() -> str:
    """Markdown tables of every key of ``train.py``."""
    hints = get_type_hints(schema.TrainConfig)
    nodes = [name for name in NODES if is_dataclass(hints[name])]
    plain = [name for name in NODES if name not in nodes]
    parts = [
        "### The whole request\n\n" + HEAD + _rows(schema.TrainConfig, "", plain),
        _of("task", "task", schema.TaskConfig),
        *(_of(f"task, `kind: {kind}`", "task", cls, schema.TaskConfig)
          for kind, cls in compose.TASK_KINDS.items()),
        _of("method", "method", schema.MethodConfig),
        *(_of(f"method={name}", "method", cls, schema.MethodConfig)
          for name, cls in compose.METHOD_SETTINGS.items() if _own(cls, schema.MethodConfig)),
        *(_of(name, name, hints[name]) for name in nodes),
    ]  # fmt: skip
    return "\n".join(parts)


def study_overview() -> str:
    """Markdown tables of the keys that ``analyze.py`` adds."""
    names = [name for name in studies.StudyConfig.__dataclass_fields__
             if name not in ("study", "train", "preset")]  # fmt: skip
    parts = ["### The study\n\n" + HEAD + _rows(studies.StudyConfig, "", names)]
    for experiment, cls in studies.SETTINGS.items():
        parts.append(_of(f"experiment={experiment}", "study", cls))
    return "\n".join(parts)


def _of(title: str, prefix: str, cls: type[Any], base: type[Any] | None = None) -> str:
    told = " ".join(inspect.getdoc(cls).split())  # type: ignore[union-attr]
    return f"### {title}\n\n{_plain(told)}\n\n{HEAD}{_rows(cls, f'{prefix}.', _own(cls, base))}"


def _own(cls: type[Any], base: type[Any] | None) -> list[str]:
    inherited = base.__dataclass_fields__ if base else {}
    return [name for name in cls.__dataclass_fields__ if name not in inherited]


def _rows(cls: type[Any], prefix: str, names: list[str]) -> str:
    meanings = _meanings(cls)
    return "".join(
        f"| `{prefix}{one.name}` | {_type(one)} | {_default(one)} | {meanings[one.name]} |\n"
        for one in fields(cls)
        if one.name in names
    )


def _type(one: Field[Any]) -> str:
    name, _, optional = str(one.type).partition(" | ")
    return TYPES[name] + (", or null" if optional else "")


def _default(one: Field[Any]) -> str:
    value: Any = one.default
    if one.default_factory is not MISSING:
        value = one.default_factory()
    if value == omegaconf.MISSING:
        return "required"
    if isinstance(value, bool) or value is None:
        return "`null`" if value is None else f"`{str(value).lower()}`"
    if isinstance(value, list):
        return f"`[{','.join(map(str, value))}]`"
    return f"`{value}`" if value != "" else "empty"


def _meanings(cls: type[Any]) -> dict[str, str]:
    """The string below each field of a dataclass, and of those that it builds on."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__[:-1]):
        found |= _meanings_here(base)
    return found


def _meanings_here(cls: type[Any]) -> dict[str, str]:
    (body,) = ast.parse(inspect.getsource(cls)).body
    found: dict[str, str] = {}
    statements = body.body  # type: ignore[attr-defined]
    for one, after in zip(statements, statements[1:], strict=False):
        if isinstance(one, ast.AnnAssign) and isinstance(after, ast.Expr):
            text = " ".join(str(ast.literal_eval(after.value)).split())
            found[ast.unparse(one.target)] = _plain(text)
    return found


def _plain(text: str) -> str:
    return re.sub(r"``(.+?)``", r"`\1`", text).replace("|", "\\|")


if __name__ == "__main__":
    print(overview(), study_overview(), sep="\n", end="")
