"""Sparse execution beside the dense FFN: a row of ``python -m benchmarks.modularity``.

A fifth of the experts of one FFN, chosen by a router with the shape of the learned one, whose time
counts; against the whole FFN on the same states, in turns. The states and the weights are random:
a trained router sends more tokens to some experts than to others, which changes little here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from benchmarks.pairs import alternate
from brodmann.neurons.moe.measures import chosen_count, ffn_flops, sparse_flops
from brodmann.neurons.moe.routers import MlpRouter, ranked
from brodmann.neurons.moe.sparse import dense_ffn, masked_ffn, sparse_ffn
from brodmann.neurons.moe.weights import FfnWeights

SHARE = 0.2
"""Share of experts that run."""
TOKENS = 128
"""Tokens of a sequence."""
BATCHES = {"one token": 1, "batch 1": TOKENS, "batch 32": 32 * TOKENS}
"""Name -> tokens of a pass."""
SECONDS = 0.2
"""A figure is taken over passes that last as long as this at least."""


def devices() -> list[str]:
    """The CPU, and a GPU where there is one."""
    return ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


def experts_row(
    shape: str, sizes: tuple[int, int, int], batch: str, device: str, pairs: int
) -> dict[str, Any]:
    """Time of the sparse FFN over that of the dense one.

    Args:
        shape: Name of the sizes.
        sizes: Neurons, inputs and experts.
        batch: A row of ``BATCHES``.
        device: ``cpu`` or ``cuda``.
        pairs: Pairs of figures.
    """
    units, width, experts = sizes
    with torch.device(device):
        weights, router = _made(units, width, experts)
        states = torch.randn(BATCHES[batch], width)
    count = chosen_count(SHARE, experts)

    def sparse() -> Tensor:
        return sparse_ffn(weights, states, ranked(router(states))[:, :count], experts)

    def dense() -> Tensor:
        return dense_ffn(weights, states)

    with torch.inference_mode():
        chosen = ranked(router(states))[:, :count]
        away = float((masked_ffn(weights, states, chosen, experts) - sparse()).abs().max())
        ratio = alternate(_seconds(sparse), _seconds(dense), pairs)
    return {
        "what": f"{count} of {experts} experts, time over the dense FFN's", "shape": shape,
        "device": device, "threads": torch.get_num_threads(), "batch": batch, **vars(ratio),
        "FLOPs": sparse_flops(weights.shape, experts, count, "mlp") / ffn_flops(weights.shape),
        "largest difference from the masked FFN": away,
        "verdict": "slower" if ratio.median > 1 else "faster",
    }  # fmt: skip


def _made(units: int, width: int, experts: int) -> tuple[FfnWeights, MlpRouter]:
    torch.manual_seed(0)

    def draw(*sizes: int) -> Tensor:
        return torch.randn(*sizes) / width**0.5

    weights = FfnWeights(draw(units, width), draw(units, width), torch.relu, draw(units),
                         out_bias=draw(width))  # fmt: skip
    return weights, MlpRouter(draw(experts, width)).requires_grad_(False)


def _seconds(work: Callable[[], Tensor]) -> Callable[[], float]:
    """Seconds of one pass, over as many as fill ``SECONDS``."""

    def measure() -> float:
        passes, started = 0, time.perf_counter()
        while (passed := time.perf_counter() - started) < SECONDS or not passes:
            work()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            passes += 1
        return passed / passes

    return measure
