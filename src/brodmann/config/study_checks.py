"""What the settings of a study must satisfy: a row each, checked before torch is imported."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from brodmann.config.mistakes import as_typed, refuse_repeated
from brodmann.config.series_checks import check_followed
from brodmann.config.studies import EmergenceSettings, StudyConfig
from brodmann.errors import RequestError, nearest


@dataclass(frozen=True)
class Bound:
    """What a value must satisfy, and how that is said."""

    holds: Callable[[Any], bool]
    wanted: str


def _rising_from_zero(rates: Sequence[float]) -> bool:
    inside = all(0 <= rate <= 1 for rate in rates)
    rising = all(low < high for low, high in zip(rates, rates[1:], strict=False))
    return len(rates) >= 2 and rates[0] == 0 and inside and rising


def _rising(shares: list[float]) -> bool:
    return bool(shares) and shares[0] > 0 and shares[-1] <= 1 and shares == sorted(set(shares))


COUNT = Bound(lambda n: n >= 1, "give a whole number from 1 on")
COUNT_OR_ALL = Bound(
    lambda n: n is None or n >= 1, "give a whole number from 1 on, or null for all there are"
)
POSITIVE_SHARE = Bound(lambda share: 0 < share <= 1, "give a number above 0, up to 1")
SHARE = Bound(lambda share: 0 < share < 1, "give a number above 0 and below 1")
BOUNDS: dict[str, Bound] = {
    **dict.fromkeys(("train_rows", "dev_rows", "test_rows", "retuned"), COUNT_OR_ALL),
    **dict.fromkeys(
        (
            "perturb_rows", "permutations", "random_orders", "null_orders", "word_sets",
            "masks", "rotations", "cards", "expert_size", "partition_seeds", "random_partitions",
            "random_draws", "router_epochs", "router_batch", "buffer_mib",
        ),
        COUNT,
    ),
    **dict.fromkeys(("top", "responsive", "alpha", "tau"), SHARE),
    **dict.fromkeys(("damage_rows", "steps"), COUNT_OR_ALL),
    "lr": Bound(lambda lr: lr is None or lr > 0, "give a number above 0, such as 0.001"),
    "twins": Bound(lambda n: n >= 0, "give 0 or more"),
    "draw_seed": Bound(lambda n: n >= 0, "give 0 or more"),
    "shares": Bound(_rising, "give numbers above 0, up to 1, rising, as in [0.1,0.2,0.5]"),
    "at": POSITIVE_SHARE,
    "router_lr": Bound(lambda rate: 0 < rate < math.inf, "give a number above 0"),
    "doses": Bound(_rising, "give numbers above 0, up to 1, rising, as in [0.06,0.125]"),
    "disturb_from": Bound(lambda share: 0 <= share < 1, "give a number from 0 to below 1"),
    "retune_epochs": Bound(
        lambda n: n is None or n >= 1,
        "give a whole number from 1 on, or null for as many as the first tuning had",
    ),
    "rates": Bound(
        _rising_from_zero, "give two or more numbers from 0 to 1, rising from 0, as in [0,0.1]"
    ),
    "keep": POSITIVE_SHARE,
    "transfer_share": POSITIVE_SHARE,
    "prune_from": Bound(lambda share: 0 <= share < 1, "give a number from 0 to below 1"),
    "strength": Bound(lambda size: 0 <= size < math.inf, "give a number from 0 on"),
}  # fmt: skip
"""Setting -> the range that it must lie in. A share of 0 would select, of 1 spare, everything."""
CHOICES: dict[str, tuple[str, ...]] = {
    "measure": ("balanced", "accuracy"),
    "scope": ("layer", "global"),
    "intervention": ("noise", "zero", "mean", "resample"),
    "sigma": ("relative", "absolute"),
    "draws": ("example", "position"),
    "retune_from": ("tuned", "new"),
    "tokens": ("all", "content", "target", "last"),
    "pooling": ("max", "mean"),
    "partition": ("clustering", "coactivation"),
    "rows": ("up", "gate", "both", "output"),
    "share": ("auto", "positive", "absolute"),
    "noise": ("resample", "zero", "noise", "permute4"),
}
"""Setting -> the words that it may be. Interventions are those that need nothing but what a scan
of the run gives."""

LISTS: dict[str, tuple[str, ...]] = {
    "partitions": ("clustering", "coactivation", "random", "contiguous"),
    "routers": ("oracle", "similarity", "mlp"),
}
"""Setting -> the words of which it may hold some, each once."""


def check_suite(config: StudyConfig, suite: str = "task") -> None:
    """Refuse a suite or seeds that no study could run on.

    Args:
        config: The settings, before those of the experiment are looked at.
        suite: ``task``, or ``functions``: what the suite is made of.

    Raises:
        RequestError: None, one of them twice, or a negative seed.

    Example:
        >>> try:
        ...     check_suite(StudyConfig(task=["sst2"], seed=[0, 1, 0]))
        ... except RequestError as error:
        ...     print(error)
        seed=[0,1,0]: 0 is named twice; name each once
    """
    examples = {"task": "[sst2,imdb]", "functions": "[senses,relations]"}
    members = config.functions if suite == "functions" else config.task
    suites = ((suite, members, examples[suite]), ("seed", config.seed, "[0,1,2]"))
    for key, values, example in suites:
        if not values:
            raise RequestError(key, "[]", "the study needs one at least", f"as in {key}={example}")
        refuse_repeated(key, values)
    if min(config.seed) < 0:
        raise RequestError("seed", as_typed(config.seed), "this is too small", "give 0 or more")


def check_study(config: StudyConfig, methods: Iterable[str]) -> None:
    """Refuse settings of an experiment that are out of their range, or words that are not known.

    Args:
        config: The whole request.
        methods: Those that there are.

    Raises:
        RequestError: The first of the settings that is wrong.
    """
    own = vars(config.study)
    for key, value in own.items():
        bound, known = BOUNDS.get(key), CHOICES.get(key, ())
        if bound and not bound.holds(value):
            raise RequestError(
                f"study.{key}", as_typed(value), "this is out of range", bound.wanted
            )
        if known and value not in known:
            raise RequestError(f"study.{key}", value, "this is not known", nearest(value, known))
    for key in LISTS.keys() & own.keys():
        _check_list(f"study.{key}", own[key], LISTS[key])
    if "at" in own and own["at"] not in own["shares"]:
        raise RequestError("study.at", own["at"], "this is none of study.shares",
                           f"give one of {as_typed(own['shares'])}")  # fmt: skip
    _check_methods(own.get("methods", []), list(methods))
    _check_prompts(own.get("hard_prompts", []), len(config.task))
    if isinstance(config.study, EmergenceSettings):
        check_followed(config.study)


def refuse_own_method(methods: Sequence[str], own: str) -> None:
    """Refuse the study's own method among those that it is compared with.

    Args:
        methods: ``study.methods``.
        own: The method of the study's runs.

    Raises:
        RequestError: It is among them.
    """
    if own in methods:
        others = as_typed([name for name in methods if name != own])
        raise RequestError("study.methods", as_typed(methods), f"{own} is the study's own method",
                           f"name others, as in study.methods={others}")  # fmt: skip


def _check_list(key: str, words: Sequence[str], known: Sequence[str]) -> None:
    if not words:
        raise RequestError(key, "[]", "the study needs one at least", f"as in {key}=[{known[0]}]")
    for word in words:
        if word not in known:
            raise RequestError(key, word, "this is not known", nearest(word, known))
    refuse_repeated(key, words)


def _check_methods(methods: Sequence[str], known: list[str]) -> None:
    for name in methods:
        if name not in known:
            raise RequestError("study.methods", name, "there is no such method",
                               nearest(name, known))  # fmt: skip
    refuse_repeated("study.methods", methods)


def _check_prompts(texts: Sequence[str], tasks: int) -> None:
    if len(texts) not in {0, 1, tasks}:
        problem = f"these are {len(texts)} prompts for {tasks} tasks"
        raise RequestError("study.hard_prompts", as_typed(texts), problem,
                           "give one for each task, or one for all")  # fmt: skip
