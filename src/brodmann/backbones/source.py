"""Where a backbone lies and what it can do: always a local folder, known before torch is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from brodmann.backbones.checkpoint import content_digest, read_config, weight_files
from brodmann.backbones.families import choose_family
from brodmann.backbones.family import Family
from brodmann.backbones.ffn_files import with_ffns
from brodmann.config.schema import ModelConfig
from brodmann.errors import RequestError, nearest
from brodmann.playground.nano import ensure_nano, ensure_nano_shape
from brodmann.playground.recipe import RECIPES

HUB_FILES = ("*.json", "*.safetensors", "*.txt", "*.model")
"""Patterns of the files that are fetched of a hub model."""
MAIN = "main"
"""The revision that a copy without a revision in its name is of."""
TIMEOUT = 10
"""Seconds that the hub may take to answer."""
READOUTS = {
    "encoder": ("classifier",),
    "decoder": ("next_token",),
    "encoder_decoder": ("decoder_token",),
    "vision": ("classifier",),
}
"""Kind of backbone -> read-outs it has; an encoder with an LM head has ``label_words`` first."""


@dataclass(frozen=True)
class ModelSource:
    """A checkpoint that is there and whole.

    Attributes:
        folder: Where it lies.
        digest: SHA-256 over configuration, tokenizer and weights.
        family: Its row in the table of architectures.
        model_type: As its config calls it.
        architectures: Classes that its config names.
        max_positions: Tokens it can take, special ones included; None without such a limit.
        readouts: Read-outs it has, the default first.
        pruned: Folder or file of the FFNs that take the place of its own.
    """

    folder: Path
    digest: str
    family: Family
    model_type: str
    architectures: tuple[str, ...]
    max_positions: int | None
    readouts: tuple[str, ...]
    pruned: Path | None = None


def resolve_model(
    model: ModelConfig, mirror: str | None, progress: Callable[[int, int], None] | None = None
) -> ModelSource:
    """Find a backbone: a nano one, a folder, a local copy, or the hub, in this order.

    Args:
        model: Which one.
        mirror: ``data.mirror``.
        progress: Called while a nano backbone is pre-trained.

    Raises:
        RequestError: It cannot be reached, is not whole, or is of an unknown family.
    """
    folder = _find(model, mirror, progress)
    config = read_config(folder)
    family = choose_family(config, model.family)
    weights = [] if model.init == "random" else weight_files(folder)
    extra = "" if model.init == "pretrained" else f"{model.init} {model.init_seed}"
    digest = content_digest(folder, weights, f"{extra} {model.dtype}")
    pruned = _pruned(model, family)
    architectures = tuple(config.get("architectures") or ())
    return ModelSource(
        folder=folder,
        digest=with_ffns(digest, pruned) if pruned else digest,
        family=family,
        model_type=str(config.get("model_type") or config.get("architecture")),
        architectures=architectures,
        max_positions=_positions(config, family),
        readouts=_readouts(family, architectures),
        pruned=pruned,
    )


def _pruned(model: ModelConfig, family: Family) -> Path | None:
    if not model.pruned:
        return None
    if model.init != "pretrained":
        raise RequestError(
            "model.pruned", model.pruned, f"model.init={model.init} has no trained FFNs to replace",
            "use model.init=pretrained",
        )  # fmt: skip
    path = Path(model.pruned).expanduser().resolve()
    if path.is_dir() and choose_family(read_config(path), None) != family:
        raise RequestError("model.pruned", path, f"it is of another family than {family.name}",
                           "prune the backbone that model= names")  # fmt: skip
    return path


def check_place(model: ModelConfig, mirror: str | None) -> None:
    """Refuse a place that cannot hold a checkpoint, as far as can be told without looking into it.

    Args:
        model: Which backbone.
        mirror: ``data.mirror``.

    Raises:
        RequestError: A path for a nano backbone or a name without a recipe, no path for another
            backbone, a folder that is not there, or local copies of other revisions only.
    """
    if model.library == "nano":
        if model.name not in RECIPES:
            raise RequestError("model.name", model.name, "there is no nano backbone of this name",
                               nearest(model.name, RECIPES))  # fmt: skip
        if model.path:
            raise RequestError("model.path", model.path,
                               f"{model.name} is made here and has no path",
                               f"type model=hf model.path={model.path}")  # fmt: skip
        return
    if not model.path:
        raise RequestError(
            "model.path", "null", "no checkpoint is named", "add model.path=DIR_OR_ID"
        )
    _check_revision(model, mirror)
    far = Path(model.path).is_absolute() or model.path.startswith((".", "~"))
    if not _copy(model, mirror) and (far or model.path.count("/") > 1):
        raise RequestError("model.path", model.path, "there is no such folder", "check the path")


def _check_revision(model: ModelConfig, mirror: str | None) -> None:
    """Refuse a revision of which there is no copy, where there are copies of its model."""
    if not _copy(model, mirror) and _copy(replace(model, revision=MAIN), mirror):
        wanted = ", ".join(map(str, _places(model, mirror)))
        raise RequestError("model.revision", model.revision,
                           f"there is no local copy of revision {model.revision}",
                           f"copy it to {wanted}, or name another revision")  # fmt: skip


def _copy(model: ModelConfig, mirror: str | None) -> Path | None:
    """The local folder of a checkpoint, if there is one."""
    copies = _places(model, mirror)
    return next((folder.resolve() for folder in copies if folder.is_dir()), None)


def _places(model: ModelConfig, mirror: str | None) -> list[Path]:
    """Where a copy may lie: ``<path>@<revision>``; of the main revision ``<path>`` as well."""
    path = Path(str(model.path)).expanduser()
    named = [f"{path}@{model.revision}", *([str(path)] if model.revision == MAIN else [])]
    roots = [Path(), *([Path(mirror).expanduser()] if mirror else [])]
    return [root / one for root in roots for one in named]


def _find(model: ModelConfig, mirror: str | None, progress: Any) -> Path:
    check_place(model, mirror)
    if model.library == "nano":
        if model.init == "random":
            return ensure_nano_shape(RECIPES[model.name])
        seed = model.init_seed if model.init == "pretrained" else 0
        return ensure_nano(seed, progress, RECIPES[model.name])
    return _copy(model, mirror) or _download(model)


def _download(model: ModelConfig) -> Path:
    import os

    os.environ.setdefault("HF_HUB_ETAG_TIMEOUT", str(TIMEOUT))
    from huggingface_hub import snapshot_download

    try:
        folder = snapshot_download(
            str(model.path), revision=model.revision, allow_patterns=list(HUB_FILES),
            etag_timeout=TIMEOUT,
        )  # fmt: skip
    except Exception as error:
        raise RequestError(
            "model.path", model.path,
            f"neither a folder nor reachable on the hub ({type(error).__name__})",
            "give a local checkpoint with model.path=DIR, or local copies with data.mirror=DIR "
            "(DIR/<hub id>)",
        ) from error  # fmt: skip
    return Path(folder)


def _positions(config: dict[str, Any], family: Family) -> int | None:
    for key in family.positions:
        if config.get(key):
            padding = int(config.get("pad_token_id") or 0) if family.after_padding else 0
            return int(config[key]) - family.reserved - padding
    return None


def _readouts(family: Family, architectures: tuple[str, ...]) -> tuple[str, ...]:
    has_head = any(name.endswith("ForMaskedLM") for name in architectures)
    words = ("label_words",) if family.kind == "encoder" and has_head else ()
    return (*words, *READOUTS[family.kind])


def check_length(source: ModelSource, length: int, with_mask: bool) -> int:
    """Tokens that are left for a text beside the prompts.

    Args:
        source: The backbone.
        length: Number of prompts.
        with_mask: Whether a [MASK] is inserted.

    Returns:
        The longest text, special tokens included.

    Raises:
        RequestError: There is no room for a text.
    """
    if source.max_positions is None:
        return 1 << 16
    room = source.max_positions - length - int(with_mask)
    least = source.family.specials + 1
    if room < least:
        most = source.max_positions - int(with_mask) - least
        raise RequestError(
            "method.length", length, f"the model has {source.max_positions} positions",
            f"give {most} or less",
        )  # fmt: skip
    return room


def check_label_words(source: ModelSource, words: list[str], classes: int) -> None:
    """Refuse label words that the tokenizer does not have, as far as can be told without torch.

    Args:
        source: Folder and family of the backbone.
        words: A word per class, in their order.
        classes: How many classes the task has.

    Raises:
        RequestError: A word is unknown or of several tokens, or their number is wrong.
    """
    from brodmann.backbones.words import label_word_ids, or_classifier

    if len(words) != classes:
        raise RequestError(
            "task.label_words", words, f"{len(words)} words for {classes} classes",
            f"give one word per class{or_classifier(source.family.kind)}",
        )  # fmt: skip
    path = source.folder / "tokenizer.json"
    if path.is_file():
        from tokenizers import Tokenizer

        label_word_ids(Tokenizer.from_file(str(path)), words, source.family.kind)
