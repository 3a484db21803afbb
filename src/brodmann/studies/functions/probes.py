"""Linear probes: what a model's last states say of each question, and how competently."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from brodmann.neurons.scores.columns import Columns

STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0)
"""Inverse penalties among which cross-validation chooses, on standardised states."""
FOLDS = 5
"""Parts of the cross-validation; groups of examples stay whole."""


@dataclass(frozen=True)
class Probes:
    """A logistic regression for every question.

    Attributes:
        weight: Float32 ``[K, D]``.
        bias: Float32 ``[K]``.
    """

    weight: Tensor
    bias: Tensor

    def __call__(self, states: Tensor) -> Tensor:
        """Logits of all questions: float ``[B, D]`` -> ``[B, K]``."""
        return torch.nn.functional.linear(
            states, self.weight.to(states.device), self.bias.to(states.device)
        )


def fit_probes(states: Tensor, columns: Columns, groups: Tensor) -> tuple[Probes, Tensor]:
    """Fit a probe for each question.

    Args:
        states: Pooled states, float ``[N, D]``.
        columns: Answers, ``[N, K]``; each question has its own rows.
        groups: Rows of one number stay in one part of the cross-validation, long ``[N]``.

    Returns:
        The probes, and their cross-validated accuracy above one half, float64 ``[K]``.
    """
    asked = torch.ones_like(columns.values) if columns.valid is None else columns.valid
    ready, members = states.numpy().astype(np.float64), groups.numpy()
    each = []
    for k in range(len(columns)):
        rows = np.flatnonzero(asked[:, k].numpy())
        each.append(_fit(ready[rows], columns.values[:, k].numpy()[rows], members[rows]))
    weight, bias, competence = (np.stack(part) for part in zip(*each, strict=True))
    made = Probes(torch.as_tensor(weight).float(), torch.as_tensor(bias).float())
    return made, torch.as_tensor(competence)


def _fit(
    states: NDArray[np.float64], labels: NDArray[np.bool_], groups: NDArray[np.int64]
) -> tuple[NDArray[np.float64], float, float]:
    """Weights, bias and cross-validated accuracy above one half."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict

    mean, scale = states.mean(0), states.std(0) + 1e-8
    ready = (states - mean) / scale
    folds = list(GroupKFold(FOLDS, shuffle=True, random_state=0).split(ready, labels, groups))
    losses = {}
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=1000)
        said = cross_val_predict(model, ready, labels, cv=folds, method="predict_proba")[:, 1]
        right = np.where(labels, said, 1 - said)
        losses[strength] = (-np.log(right.clip(1e-12)).mean(), (right > 0.5).mean() - 0.5)
    best = min(losses, key=lambda strength: losses[strength][0])
    model = LogisticRegression(C=best, max_iter=1000).fit(ready, labels)
    weight = model.coef_[0] / scale
    return weight, float(model.intercept_[0] - weight @ mean), float(losses[best][1])
