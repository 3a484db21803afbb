"""What a run predicts, classes or tokens, and whether method, task and backbone agree on it.

Nothing here imports torch.
"""

from __future__ import annotations

from brodmann.backbones.source import ModelSource
from brodmann.config.schema import MethodConfig, TrainConfig
from brodmann.errors import RequestError

TOKENS = ("pretrain",)
"""Methods that predict tokens of a corpus; all others predict the classes of a task."""
VOCABULARY = "vocabulary"
"""The read-out of methods that predict tokens: the whole LM head."""
OBJECTIVES = {"encoder": "mlm", "decoder": "clm"}
"""Kind of backbone -> how it learns a language."""
HEADS = {"encoder": ("ForMaskedLM",), "decoder": ("ForCausalLM", "LMHeadModel")}
"""Kind of backbone -> how the names of its classes with an LM head end."""
LONGEST = 512
"""Tokens of a sequence when neither the model nor ``data.max_length`` says less."""


def goal_of(settings: MethodConfig) -> str:
    """What a method predicts: ``classes`` or ``tokens``.

    Example:
        >>> goal_of(MethodConfig(name="pretrain")), goal_of(MethodConfig(name="prompt"))
        ('tokens', 'classes')
    """
    return "tokens" if settings.name in TOKENS else "classes"


def check_goal(config: TrainConfig) -> None:
    """Refuse a method that does not predict what the task holds.

    Args:
        config: The run's settings.

    Raises:
        RequestError: Pre-training on labelled examples, or another method on a corpus.
    """
    wanted = goal_of(config.method)
    if wanted == ("tokens" if config.task.kind == "corpus" else "classes"):
        return
    if wanted == "tokens":
        raise RequestError(
            "task", config.task.name, f"method={config.method.name} reads corpora, not examples",
            "type task=corpus/playground, task=corpus/wikipedia or task=corpus/text data.path=FILE",
        )  # fmt: skip
    raise RequestError("method", config.method.name, f"{config.task.name} has no labels to predict",
                       f"type method={' or method='.join(TOKENS)}")  # fmt: skip


def readout_name(config: TrainConfig, source: ModelSource) -> str:
    """The read-out that is used: the one asked for, or the default.

    Args:
        config: The run's settings.
        source: The backbone, which has the default of a task.
    """
    if goal_of(config.method) == "tokens":
        return VOCABULARY
    return source.readouts[0] if config.readout.name == "auto" else config.readout.name


def objective_of(config: TrainConfig, source: ModelSource) -> str:
    """How a backbone is pre-trained: ``mlm`` or ``clm``.

    Args:
        config: The run's settings; ``method.objective``.
        source: The backbone.

    Raises:
        RequestError: Its kind has no such objective, or its LM head is missing.
    """
    kind, asked = source.family.kind, config.method.objective  # type: ignore[attr-defined]
    if kind not in OBJECTIVES:
        raise RequestError(
            "model", config.model.name, f"a backbone of kind {kind} is not pre-trained here",
            "use an encoder (model=nano, model=roberta_base) or a decoder (model=pythia_160m)",
        )  # fmt: skip
    if asked not in ("auto", OBJECTIVES[kind]):
        raise RequestError("method.objective", asked, f"{config.model.name} is of kind {kind}",
                           f"type method.objective={OBJECTIVES[kind]}")  # fmt: skip
    has_head = not source.architectures or any(
        name.endswith(HEADS[kind]) for name in source.architectures
    )
    if config.model.init != "random" and not has_head:
        raise RequestError(
            "model", config.model.name, "this checkpoint has no language-modelling head",
            "type model.init=random, or give a checkpoint that was saved with its head",
        )  # fmt: skip
    return OBJECTIVES[kind]


def sequence_length(config: TrainConfig, source: ModelSource) -> int:
    """Tokens of a packed sequence, special ones included.

    Args:
        config: The run's settings; ``data.max_length``.
        source: The backbone, which has so many positions.

    Raises:
        RequestError: It has fewer than are asked for.
    """
    room = source.max_positions
    length = config.data.max_length or min(room or LONGEST, LONGEST)
    if room is not None and length > room:
        raise RequestError("data.max_length", length, f"the model has {room} positions",
                           f"give {room} or less")  # fmt: skip
    return length
