"""Which tokens count: policies over one batch's masks, and how several tokens become one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from brodmann.errors import RequestError, nearest


@dataclass(frozen=True)
class TokenMasks:
    """What each position of a batch is, as the blocks see it; bool ``[B, T]`` each.

    Attributes:
        attended: Not padding.
        content: Tokens of the text: no special tokens, padding, prompts or [MASK].
        prompt: Soft (or hand-written) prompts.
        mask: The [MASK] that the read-out reads.
        cls: The first special token ([CLS], <s>) or the image's class token.
        target: Tokens that the example names (a word in context); nowhere without such names.
    """

    attended: Tensor
    content: Tensor
    prompt: Tensor
    mask: Tensor
    cls: Tensor
    target: Tensor


def _last(masks: TokenMasks) -> Tensor:
    """The last attended position of every example, on whichever side the padding is."""
    positions = torch.arange(masks.attended.shape[1], device=masks.attended.device)
    last = (masks.attended * positions).argmax(dim=1, keepdim=True)
    return positions == last


POLICIES: dict[str, Callable[[TokenMasks], Tensor]] = {
    "prompt": lambda masks: masks.prompt,
    "prompt_and_mask": lambda masks: masks.prompt | masks.mask,
    "mask": lambda masks: masks.mask,
    "content": lambda masks: masks.content,
    "all": lambda masks: masks.attended,
    "last": _last,
    "cls": lambda masks: masks.cls,
    "target": lambda masks: masks.target,
}
"""Token policies by name; every one is a part of the attended tokens."""
FIXED = ("prompt", "prompt_and_mask", "mask", "last", "cls")
"""Policies with as many tokens in every example, so that they need no pooling."""


@dataclass(frozen=True)
class Reading:
    """Which values of a site are looked at.

    Attributes:
        policy: A row of ``POLICIES``.
        pooling: ``none`` (one value per position, for fixed policies), ``max``, ``mean``,
            ``mean_square`` (for spreads over tokens), ``last``, ``drawn`` (one at random).
    """

    policy: str = "prompt"
    pooling: str = "none"

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            raise RequestError("tokens", self.policy, "there is no such token policy",
                               nearest(self.policy, POLICIES))  # fmt: skip
        if self.pooling not in POOLINGS:
            raise RequestError("pooling", self.pooling, "there is no such pooling",
                               nearest(self.pooling, POOLINGS))  # fmt: skip
        if self.pooling == "none" and self.policy not in FIXED:
            raise RequestError("pooling", "none", f"{self.policy} has a varying number of tokens",
                               "use max, mean or last")  # fmt: skip


def read(values: Tensor, masks: TokenMasks, reading: Reading) -> Tensor:
    """The values that a reading asks for.

    Args:
        values: Activations of a site, float ``[B, T, U]``.
        masks: What the positions are.
        reading: Policy and pooling.

    Returns:
        Float ``[B, P, U]``: P positions with ``pooling=none``, else one.

    Raises:
        RequestError: An example has no token of the policy, or they differ in number.
    """
    return reader(masks, reading)(values)


def reader(masks: TokenMasks, reading: Reading) -> Callable[[Tensor], Tensor]:
    """What takes a reading's values from any site of one batch: the masks are looked at once.

    Raises:
        RequestError: An example has no token of the policy.
    """
    mask = POLICIES[reading.policy](masks)
    if bool((mask.sum(dim=1) == 0).any()):
        raise RequestError("tokens", reading.policy, "an example has no such token",
                           "use another token policy")  # fmt: skip
    together = _together(mask) if reading.pooling == "none" else None
    if together is not None:
        return lambda values: values[:, together]
    return lambda values: POOLINGS[reading.pooling](values, mask)


def _together(mask: Tensor) -> slice | None:
    """The positions as a slice, where they are adjacent and the same in every example."""
    places = mask[0].nonzero()[:, 0]
    first, last = int(places[0]), int(places[-1])
    if last - first + 1 != len(places) or not bool((mask == mask[0]).all()):
        return None
    return slice(first, last + 1)


def _none(values: Tensor, mask: Tensor) -> Tensor:
    count = int(mask[0].sum())
    return values[mask].view(len(values), count, values.shape[-1])


def _max(values: Tensor, mask: Tensor) -> Tensor:
    low = torch.finfo(values.dtype).min
    return values.masked_fill(~mask[..., None], low).amax(dim=1, keepdim=True)


def _mean(values: Tensor, mask: Tensor) -> Tensor:
    weights = mask.to(torch.float32)
    total = torch.einsum("btu,bt->bu", values.float(), weights)
    return (total / weights.sum(dim=1, keepdim=True))[:, None]


def _mean_square(values: Tensor, mask: Tensor) -> Tensor:
    return _mean(values.float().square(), mask)


def _final(values: Tensor, mask: Tensor) -> Tensor:
    positions = torch.arange(mask.shape[1], device=mask.device)
    last = (mask * positions).argmax(dim=1)
    return values[torch.arange(len(values), device=values.device), last][:, None]


def _drawn(values: Tensor, mask: Tensor) -> Tensor:
    """One token of each example at random; all sites of a batch see the same ones."""
    counts = mask.sum(dim=1).cpu()
    generator = torch.Generator().manual_seed(int(counts.sum()))
    wanted = 1 + (torch.rand(len(counts), generator=generator) * counts).long()
    hit = mask & (mask.cumsum(dim=1) == wanted.to(mask.device)[:, None])
    return values[hit][:, None]


POOLINGS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "none": _none,
    "max": _max,
    "mean": _mean,
    "mean_square": _mean_square,
    "last": _final,
    "drawn": _drawn,
}
"""How the tokens of a policy become values."""
