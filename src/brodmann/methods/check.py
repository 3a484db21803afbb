"""What can be said of a method's settings before torch is imported: the cheap checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from brodmann.backbones.source import ModelSource
from brodmann.config.mistakes import rise
from brodmann.config.schema import MethodConfig
from brodmann.errors import RequestError, nearest

VARIANTS = {"pfeiffer": ("ffn_out",), "houlsby": ("attention_out", "ffn_out")}
"""Adapter variants: after which modules of a block an adapter sits."""

CHOICES: dict[str, tuple[str, ...]] = {
    "backbone_mode": ("eval", "train"),
    "clip_scope": ("trained", "all"),
    "layout": ("paper", "cls_first"),
    "variant": tuple(VARIANTS),
    "objective": ("auto", "mlm", "clm"),
}
"""Settings that take one of a few words."""


def _are_steps(steps: Any) -> bool:
    return steps is None or rise(steps)


@dataclass(frozen=True)
class Bound:
    """What a number must satisfy, and how that is said."""

    holds: Callable[[Any], bool]
    wanted: str


BOUNDS = {
    "length": Bound(lambda n: n >= 1, "a whole number from 1 on"),
    "init_std": Bound(lambda std: std > 0, "a number above 0, such as 0.03"),
    "reduction": Bound(lambda n: n >= 1, "a whole number from 1 on, such as 16"),
    "rank": Bound(lambda n: n >= 1, "a whole number from 1 on, such as 8"),
    "alpha": Bound(lambda a: a > 0, "a number above 0, such as 16"),
    "dropout": Bound(lambda p: 0 <= p < 1, "a number from 0 to below 1"),
    "mask_rate": Bound(lambda share: 0 < share < 1, "a share between 0 and 1, such as 0.15"),
    "checkpoints": Bound(_are_steps, "steps from 0 on, rising, as in [0,100,1000]"),
    "capture_steps": Bound(_are_steps, "steps from 0 on, rising, as in [0,100,1000]"),
    "probe_size": Bound(lambda n: n >= 2, "a whole number from 2 on, such as 256"),
    "text": Bound(lambda text: text is None or bool(text.strip()), "some words, or null"),
}
"""Settings that must lie in a range."""


def check_method(settings: MethodConfig, readout: str | None = None) -> None:
    """Refuse settings that no method could follow.

    Args:
        settings: The chosen method's own settings.
        readout: Name of the resolved read-out, when known.

    Raises:
        RequestError: A word that is not among the choices, a number out of range, or an untrained
            classifier. (Whether a prompt fits the positions: ``backbones.source.check_length``.)

    Example:
        >>> from brodmann.config.schema import AdapterConfig
        >>> try:
        ...     check_method(AdapterConfig(variant="houlsbi"))
        ... except RequestError as error:
        ...     print(error)
        method.variant=houlsbi: this is not known; did you mean houlsby?
    """
    for name, value in vars(settings).items():
        if name in CHOICES and value not in CHOICES[name]:
            raise RequestError(
                f"method.{name}", value, "this is not known", nearest(value, CHOICES[name])
            )
        if name in BOUNDS and not BOUNDS[name].holds(value):
            raise RequestError(
                f"method.{name}", value, "out of range", f"type {BOUNDS[name].wanted}"
            )
    random_head = getattr(settings, "random_head", False)
    if settings.name == "frozen" and readout == "classifier" and not random_head:
        refuse_untrained_head()


def prompt_length(settings: MethodConfig, source: ModelSource) -> int:
    """Number of vectors that a method puts beside a text.

    Args:
        settings: The chosen method's own settings.
        source: The backbone, whose tokenizer counts a hand-written prompt.

    Returns:
        0 for methods without prompts.
    """
    text, path = getattr(settings, "text", None), source.folder / "tokenizer.json"
    if text is not None and path.is_file():
        from tokenizers import Tokenizer

        return len(Tokenizer.from_file(str(path)).encode(text, add_special_tokens=False).ids)
    return int(getattr(settings, "length", 0))


def refuse_untrained_head() -> None:
    """Say that nothing can be read through a classifier that is never trained.

    Raises:
        RequestError: Always.
    """
    raise RequestError(
        "method", "frozen", "a classifier head that is not trained predicts at random",
        "use a read-out without weights (readout.name=label_words or next_token), "
        "or method=prompt; method.random_head=true where only neurons are looked at",
    )  # fmt: skip
