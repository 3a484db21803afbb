"""What to say of a key that is not there, and of a value of a wrong type."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from omegaconf import BooleanNode, DictConfig, FloatNode, IntegerNode, ListConfig, OmegaConf

from brodmann.errors import RequestError, nearest

WORDS: dict[type[Any], str] = {
    IntegerNode: "a whole number",
    FloatNode: "a number",
    BooleanNode: "true or false",
    ListConfig: "a list",
    DictConfig: "a group of settings",
}
"""Type of a node -> what it takes, in words; everything else is text."""
EXAMPLES = {"a whole number": "3", "a number": "0.01", "true or false": "true", "a list": "[1,2]"}
"""What a node takes -> how that is typed, where it holds nothing that could be shown."""


def wrong_value(config: DictConfig, update: Any, full_key: str) -> RequestError:
    """What to say of a value that does not fit its key.

    Args:
        config: The typed configuration.
        update: Nested values, one of which does not fit.
        full_key: Where, as OmegaConf says it (``optimizer.betas[0]``); empty when it does not.

    Returns:
        For instance ``training.epochs=many: many is not a whole number; as in training.epochs=4``.
    """
    whole, _, index = (full_key or _deepest(config, update)).partition("[")
    value, wanted = at(update, whole), _wanted(config, whole)
    wrong = value
    if index and isinstance(value, (list, tuple, ListConfig)):
        wrong, wanted = value[int(index.rstrip("]"))], _wanted_in(config, whole)
    return RequestError(whole, as_typed(value), f"{as_typed(wrong)} is not {wanted}",
                        _example(config, whole, _wanted(config, whole)))  # fmt: skip


def _deepest(config: DictConfig, update: Any) -> str:
    """The one key that an update sets."""
    keys: list[str] = []
    node: Any = config
    while isinstance(update, dict) and isinstance(node, DictConfig) and update:
        keys.append(str(next(iter(update))))
        node, update = node._get_node(keys[-1]), update[keys[-1]]
    return ".".join(keys)


def _node(config: DictConfig, key: str) -> Any:
    node: Any = config
    for part in key.split("."):
        node = node._get_node(part)
    return node


def _wanted(config: DictConfig, key: str) -> str:
    return WORDS.get(type(_node(config, key)), "text")


def _wanted_in(config: DictConfig, key: str) -> str:
    kind = getattr(_node(config, key)._metadata, "element_type", str)
    return {int: "a whole number", float: "a number", bool: "true or false"}.get(kind, "text")


def as_typed(value: object) -> str:
    """A value as it is typed on the command line.

    Example:
        >>> as_typed([0, 0.5]), as_typed(None), as_typed(True)
        ('[0,0.5]', 'null', 'true')
    """
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, (list, tuple, ListConfig)):
        return "[" + ",".join(as_typed(one) for one in value) + "]"
    return str(value)


def rise(steps: Sequence[int]) -> bool:
    """Whether steps rise from 0 on, each named once.

    Example:
        >>> rise([0, 5, 9]), rise([5, 2]), rise([3, 3]), rise([-1])
        (True, False, False, False)
    """
    return all(one < other for one, other in pairwise([-1, *steps]))


def refuse_repeated(key: str, values: Sequence[object]) -> None:
    """Refuse a list that names something twice.

    Args:
        key: The setting.
        values: Its value.

    Raises:
        RequestError: The first that is there twice is named.
    """
    twice = next((value for value in values if values.count(value) > 1), None)
    if twice is not None:
        raise RequestError(key, as_typed(values), f"{twice} is named twice", "name each once")


def _example(config: DictConfig, key: str, wanted: str) -> str:
    value = OmegaConf.select(config, key, throw_on_missing=False)
    if isinstance(value, DictConfig):
        return f"its keys are {', '.join(f'{key}.{name!s}' for name in value)}"
    shown = EXAMPLES.get(wanted, "TEXT") if value is None else as_typed(value)
    return f"as in {key}={shown}"


def at(update: Any, key: str) -> object:
    """The value that stands at ``a.b`` in nested mappings; ``""`` where there is none."""
    for part in key.split("."):
        update = update.get(part, "") if isinstance(update, dict) else update
    return update


def nearest_key(config: DictConfig, key: str) -> str:
    """The known keys closest to an unknown one, as the end of a message."""
    parent, _, last = key.rpartition(".")
    node = OmegaConf.select(config, parent) if parent else config
    prefix = f"{parent}." if parent else ""
    hint = nearest(last, [str(name) for name in node])
    elsewhere = [] if parent else [k for k in _all_keys(config) if k.rpartition(".")[2] == last]
    return (
        f"did you mean {' or '.join(elsewhere)}?"
        if elsewhere
        else hint.replace("did you mean ", f"did you mean {prefix}")
    )


def _all_keys(config: DictConfig, prefix: str = "") -> list[str]:
    keys = []
    for name in config:
        path = f"{prefix}{name!s}"
        child = config._get_node(name)
        keys += _all_keys(child, f"{path}.") if isinstance(child, DictConfig) else [path]
    return keys
