"""The claims on MoEfication, as frozen before anything is measured.

The paper is Zhang et al. (2022), "MoEfication: Transformer Feed-forward Layers are Mixtures of
Experts"; deltas are from its table 2, or part of the estimand.
"""

from __future__ import annotations

from functools import partial

from brodmann.neurons.claims.claim import Claim

PAPER = "Zhang et al. 2022"
"""Whose statements these are."""
_paper = partial(Claim, paper=PAPER, inference_unit="examples x seeds, each with partitions and"
                 " routers of its own")  # fmt: skip

CLAIMS: tuple[Claim, ...] = (
    _paper(
        id="MF-1",
        statement="A fifth of the experts of every FFN keeps 95 % of the accuracy.",
        estimand="test accuracy with 20 % of the clustered experts chosen by the learned router,"
        " over that of the dense model, minus 0.95",
        null="the dense model, paired on test examples, at a relative accuracy of 0.95",
        delta=0.0,
        unit="relative accuracy, minus 0.95",
        why="the limit is part of the estimand",
    ),
    _paper(
        id="MF-2",
        statement="Experts that are clusters of weights keep more than random ones.",
        estimand="relative accuracy with 20 % of the experts chosen by the learned router, clusters"
        " of weights minus the mean of random partitions",
        null="random partitions of equal sizes, several for each seed, each with routers of its"
        " own, paired on test examples",
        delta=0.01,
        unit="relative accuracy",
        why="about half of the smallest gain under a learned router in the paper's table 2 (1.8"
        " points of 96)",
    ),
)
"""In the order in which they are reported."""
