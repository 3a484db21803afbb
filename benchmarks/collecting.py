"""The peer of capture: activations collected with nnsight, scored with NumPy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch

from brodmann.methods import TunedSubject


class Whole(torch.nn.Module):
    """A tuned model as nnsight wants it: one module, one call."""

    def __init__(self, subject: TunedSubject) -> None:
        super().__init__()
        self.tuned = subject.tuned

    def forward(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        """Logits of a batch."""
        return self.tuned(batch)


def collect_and_score(
    subject: TunedSubject, data: Iterable[Any], thresholds: Any, labels: np.ndarray
) -> Callable[[], float]:
    """Samples per second: trace every batch, keep the prompts' activations, score at the end.

    Args:
        subject: Model and sites.
        data: Batches.
        thresholds: Site name -> ``[P, U]``.
        labels: Bool ``[N, K]``.
    """
    from nnsight import NNsight

    model = NNsight(Whole(subject))
    count = len(labels)

    @torch.no_grad()
    def measure() -> float:
        started = time.perf_counter()
        kept: dict[str, list[np.ndarray]] = {site.name: [] for site in subject.sites}
        place = _prompt(subject, next(iter(data)))
        for batch in data:
            saved = {}
            with model.trace(batch):
                for site in subject.sites:
                    module = _at(model.tuned.backbone.model, site.path)
                    saved[site.name] = module.input[:, place].save()
            for name, values in saved.items():
                kept[name].append(values.numpy())
        _accuracies({n: np.concatenate(v) for n, v in kept.items()}, thresholds, labels)
        return count / (time.perf_counter() - started)

    return measure


TAKEN = ("input", "inputs", "output")
"""Names that nnsight serves on every module; submodules called so have ``E_`` in front."""


def _at(envoy: Any, path: str) -> Any:
    for part in path.split("."):
        name = f"E_{part}" if part in TAKEN else part
        envoy = envoy[int(part)] if part.isdigit() else getattr(envoy, name)
    return envoy


def _prompt(subject: TunedSubject, batch: Any) -> slice:
    return slice(*subject.prepare(batch).inputs.prompt.indices(10**6)[:2])


def _accuracies(values: dict[str, np.ndarray], thresholds: Any, labels: np.ndarray) -> list[Any]:
    found = []
    for name, of_site in values.items():
        fired = (of_site > thresholds[name].numpy()).reshape(len(of_site), -1).astype(np.float32)
        hits = labels.astype(np.float32).T @ fired
        found.append((2 * hits - fired.sum(0) + (~labels).sum(0)[:, None]) / len(labels))
    return found
