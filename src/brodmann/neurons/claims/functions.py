"""The claims on functions, experts and modules, as frozen before anything is measured.

The paper is Zhang et al. (2023), "Emergent Modularity in Pre-trained Transformers"; each delta was
chosen from its figures or from the rule that judges, before any result of this package.
"""

from __future__ import annotations

from functools import partial

from brodmann.neurons.claims.claim import Claim

PAPER = "Zhang et al. 2023"
"""Whose statements these are."""
_paper = partial(Claim, paper=PAPER, seeds=0)
_QUESTIONS = "questions (sub-functions), within these functions"
_SHARED = "labels of each question permuted once for all neurons"

SPECIALIZATION: tuple[Claim, ...] = (
    _paper(
        id="EM-1a",
        statement="Some neurons of each layer detect a function.",
        estimand="AUROC of a layer's best neuron, chosen with its sign on one half of a question's"
        " examples and read on the other, minus the same under permuted labels",
        null=f"{_SHARED}, the best of equally many neurons on equally many examples;"
        " random-initialised twins",
        delta=0.05,
        unit="AUROC",
        inference_unit=_QUESTIONS,
        why="half of the ten points that the rule asks of a competent method: nothing was tuned",
    ),
    _paper(
        id="EM-1b",
        statement="A neuron serves mainly one function.",
        estimand="share of responsive neurons that respond to exactly one function, minus the share"
        " if functions chose neurons independently within strata of layer and s.d.",
        null="memberships permuted among neurons of one layer and like s.d.",
        delta=0.05,
        unit="share of responsive neurons",
        inference_unit=_QUESTIONS,
        why="one responsive neuron in twenty",
    ),
    _paper(
        id="EM-2",
        statement="Functions use different neurons: questions of one function share more of them.",
        estimand="share of top neurons in common, chosen on different halves, between questions of"
        " one function minus between those of different functions, minus the same under permuted"
        " labels",
        null=f"{_SHARED}, within the question, so that length, format and prevalence stay",
        delta=0.02,
        unit="share of top neurons",
        inference_unit=_QUESTIONS,
        why="about half of the paper's own gap (Fig. 1: .057 to .095 within, .014 to .044 across)",
    ),
)
"""What ``experiment=specialization`` judges."""

MODULARITY: tuple[Claim, ...] = (
    _paper(
        id="EM-3",
        statement="Some experts gather the neurons of a function.",
        estimand="share of experts that hold more of a question's top neurons than the paper's"
        " hypergeometric rule allows, minus the same under permuted labels",
        null=f"{_SHARED}, with the partition fixed (random partitions are the faithful reading:"
        " correlated neurons alone trip it); random-initialised twins",
        delta=0.01,
        unit="share of experts",
        inference_unit=_QUESTIONS,
        why="a sixth of the one expert in sixteen that the paper's results show in middle layers",
    ),
    _paper(
        id="EM-4",
        statement="They gather many of them.",
        estimand="share of the variance of predictivity that lies between experts, minus the same"
        " under permuted labels",
        null=f"{_SHARED}, with the partition fixed; random-initialised twins",
        delta=0.02,
        unit="share of variance",
        inference_unit=_QUESTIONS,
        why="less than the least of the paper's layers beyond chance with 96 experts (.07 - .031)",
    ),
    _paper(
        id="EM-5a",
        statement="Disturbing a function's experts harms it more than disturbing other neurons.",
        estimand="mean over the doses of the log-loss under the function's experts, minus that"
        " under as many random experts and random neurons of like s.d. and output norm",
        null="random experts and matched random neurons, paired on test examples",
        delta=0.02,
        unit="nats",
        inference_unit=_QUESTIONS,
        why="a fiftieth of a nat takes 2 % off the likelihood of an answer",
    ),
    _paper(
        id="EM-5b",
        statement="Disturbing experts harms more than disturbing as many of the best neurons.",
        estimand="mean over the doses of the log-loss under the function's experts, minus that"
        " under as many of its most predictive single neurons",
        null="paired on questions and test examples",
        delta=0.02,
        unit="nats",
        inference_unit=_QUESTIONS,
        why="as EM-5a",
    ),
    _paper(
        id="EM-6",
        statement="Disturbing a function's experts harms that function above others.",
        estimand="relative damage to a question by its own function's experts, chosen by the"
        " function's other questions, minus that by other functions', each function's mean damage"
        " to all taken off",
        null="questions dealt out to functions at random, also beyond the product of a source's"
        " strength and a question's fragility; always-on hubs harm all alike",
        delta=0.05,
        unit="share of what is known beyond chance",
        inference_unit=_QUESTIONS,
        why="a twentieth of what the model knows",
    ),
    _paper(
        id="EM-7",
        statement="Keeping the functional ones of a model's own experts helps few-shot tuning.",
        estimand="test accuracy with functional experts kept minus with as many others, paired by"
        " seed",
        null="other experts, held-out test",
        delta=0.01,
        unit="accuracy",
        inference_unit="tasks",
        why="the paper finds 1.7 points",
        primary=False,
    ),
)
"""What ``experiment=modularity`` judges."""
