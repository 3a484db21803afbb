"""The claims on skill neurons, as frozen before anything is measured.

The paper is Wang et al. (2022), "Finding Skill Neurons in Pre-trained Transformer-based Language
Models"; ``ours`` marks what it does not claim. Each delta was chosen from the paper's own figures
or from the rule that judges, before any result of this package; ``why`` says how.
"""

from __future__ import annotations

from functools import partial

from brodmann.errors import RunError
from brodmann.neurons.claims.claim import Claim

PAPER = "Wang et al. 2022"
"""Where the claims marked ``paper`` come from."""
_paper = partial(Claim, paper=PAPER)
_ours = partial(Claim, paper="ours")

_COMPETENT = "ten points are what the rule asks of a competent method"
_LIMIT = "the limit is part of the estimand"
_AREA = "a fiftieth of a nat takes 2 % off the likelihood of an answer"
_KEPT = "a twentieth of what the model knows beyond the majority"
_ROWS = "examples x seeds"
_PAIRS = "pairs of seeds"

CLAIMS: tuple[Claim, ...] = (
    _paper(
        id="SN-1a",
        statement="Single neurons predict the labels of a task.",
        estimand="test balanced accuracy of the neuron whose position, sign and threshold were"
        " fixed on development data, minus chance",
        null="majority class, exact test on the test split; max-T over units at selection",
        delta=0.10,
        unit="balanced accuracy",
        inference_unit=_ROWS,
        why=_COMPETENT,
    ),
    _paper(
        id="SN-1b",
        statement="The best neuron does about as well as the tuned model that it is part of.",
        estimand="the best neuron's share of the method's accuracy above the majority's, minus 0.9",
        null="a share of 0.9, paired on test examples",
        delta=0.0,
        unit="share of accuracy above majority, minus 0.9",
        inference_unit=_ROWS,
        why=_LIMIT,
    ),
    _paper(
        id="SN-2",
        statement="Prompts tuned from other seeds find the same neurons.",
        estimand="rank correlation of predictivity between seeds on disjoint development halves,"
        " minus the same for permuted labels",
        null="permuted labels; top-k overlap minus layer-stratified chance",
        delta=0.10,
        unit="rank correlation",
        inference_unit=_PAIRS,
        why="above the .02 to .08 that the paper finds between unrelated tasks (Fig. 5)",
    ),
    _paper(
        id="SN-3",
        statement="Disturbing a task's neurons harms it more than disturbing others.",
        estimand="mean gap over the rates between log-loss under own neurons and under matched"
        " control neurons, noise relative to each neuron's s.d.",
        null="neurons that the same selector finds on permuted labels, matched on layer, s.d. and"
        " output norm",
        delta=0.02,
        unit="nats",
        inference_unit=_ROWS,
        why=_AREA,
    ),
    _paper(
        id="SN-4",
        statement="Tasks of one type rank the neurons alike.",
        estimand="rank correlation of predictivity beyond that under permuted labels, same-type"
        " minus cross-type pairs of tasks",
        null="permutation of task types; format, pairs of texts and label set as covariates",
        delta=0.05,
        unit="rank correlation",
        inference_unit="pairs of tasks",
        why="less than half of the smallest gap in any layer of the paper's Fig. 14 (.12)",
        reliability=0.3,
    ),
    _paper(
        id="SN-5",
        statement="Disturbing the neurons of a task harms tasks of its type most.",
        estimand="share of accuracy above chance lost, beyond the task's fragility times the"
        " source's strength, same-type minus cross-type sources, own neurons left out",
        null="permutation of task types",
        delta=0.05,
        unit="share of accuracy above chance",
        inference_unit="pairs of tasks",
        why=_KEPT,
    ),
    _paper(
        id="SN-6",
        statement="With random label words the same neurons are found: they encode no words.",
        estimand="rank correlation between label words beyond the floor of permuted labels, minus"
        " 0.8 of the same between seeds",
        null="permuted labels as floor, reliability over seeds as ceiling",
        delta=0.0,
        unit="rank correlation",
        inference_unit=_PAIRS,
        why=_LIMIT,
        reliability=0.5,
    ),
    _paper(
        id="SN-7",
        statement="The neurons come from pre-training, not from tuning the prompt.",
        estimand="test balanced accuracy of the best neuron under untrained prompts, pretrained"
        " minus random-initialised backbones",
        null="random-initialised backbones and a weight-shuffled twin; prompts tuned on the twin",
        delta=0.05,
        unit="balanced accuracy",
        inference_unit="examples x seeds of prompts and backbones",
        why="half of what the rule asks of a competent method, since nothing was tuned",
    ),
    _paper(
        id="SN-8",
        statement="Models tuned by other methods rely on the neurons that prompts find.",
        estimand="the gap of SN-3 in a model tuned by another method, neurons from prompts",
        null="neurons that the same selector finds on permuted labels, matched as in SN-3",
        delta=0.02,
        unit="nats",
        inference_unit=_ROWS,
        why=_AREA,
    ),
    _paper(
        id="SN-9a",
        statement="Two per cent of the neurons of the upper layers keep a task.",
        estimand="share of accuracy above chance kept after pruning and re-tuning, minus 0.9",
        null="a share of 0.9, paired on test examples",
        delta=0.0,
        unit="share of accuracy above chance, minus 0.9",
        inference_unit=_ROWS,
        why=_LIMIT,
    ),
    _ours(
        id="SN-9b",
        statement="They keep it because they are its skill neurons.",
        estimand="share of accuracy above chance kept, minus the best of random, magnitude and"
        " activation selections of equal size, equally re-tuned",
        null="random, magnitude and activation selections of equal size, equally re-tuned",
        delta=0.05,
        unit="share of accuracy above chance",
        inference_unit=_ROWS,
        why=_KEPT,
    ),
    _paper(
        id="SN-10",
        statement="The skill neurons that a prompt activates tell where it transfers.",
        estimand="rank correlation of activation similarity with zero-shot transfer, restricted to"
        " the target's skill neurons minus unrestricted",
        null="999 random fifths of the neurons with the same layer profile",
        delta=0.09,
        unit="rank correlation",
        inference_unit="target tasks",
        why="half of the gain that the paper reports (.53 to .71)",
    ),
    _ours(
        id="CT-1",
        statement="Neurons predict labels by the model's skill, not by the prompt's capacity.",
        estimand="test accuracy of the best neuron above the majority's, real minus control labels,"
        " prompts re-tuned",
        null="control labels (Hewitt and Liang 2019)",
        delta=0.10,
        unit="accuracy",
        inference_unit=_ROWS,
        why=_COMPETENT,
    ),
    _ours(
        id="AB-1",
        statement="The harm of SN-3 does not hang on the kind of disturbance.",
        estimand="share of tasks and of zero, mean and resample ablations with the sign that noise"
        " has, minus one half",
        null="signs by chance",
        delta=0.25,
        unit="share of signs",
        inference_unit="tasks x seeds",
        why="three signs of four",
    ),
    _ours(
        id="PB-1",
        statement="Neurons carry the task better than any directions would.",
        estimand="test balanced accuracy of the best neuron minus that of the best of equally many"
        " rotated directions",
        null="random rotations of each site (Bau et al. 2017)",
        delta=0.02,
        unit="balanced accuracy",
        inference_unit=_ROWS,
        why="within the .3 to 3.2 points that the paper's best neurons vary by over seeds",
    ),
)
"""In the order in which they are reported."""


def claims(ids: tuple[str, ...] = ()) -> tuple[Claim, ...]:
    """The claims with these ids, in the order of the table; all where none is named.

    Raises:
        RunError: An id that the table lacks.

    Example:
        >>> [claim.id for claim in claims(("SN-3", "SN-1a"))]
        ['SN-1a', 'SN-3']
    """
    unknown = set(ids) - {claim.id for claim in CLAIMS}
    if unknown:
        raise RunError(f"there are no claims {sorted(unknown)} on skill neurons")
    return tuple(claim for claim in CLAIMS if not ids or claim.id in ids)
