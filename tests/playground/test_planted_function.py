"""A planted function against the tasks that it is made of."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from brodmann.errors import RunError
from brodmann.neurons.scores.columns import Columns
from brodmann.playground.planted import CASES, MODULES, PlantedFunction
from brodmann.playground.planted.function import sharpness
from brodmann.playground.planted.modules import Size
from brodmann.playground.planted.subject import PlantedSubject

TEXTS = {"train": 12, "test": 260}
SMALL = Size(functions=2, questions=3, experts=6, units=4, blocks=2, unasked=2)


def world(**more):
    return MODULES["modules"](0, grades=(1.0,), size=SMALL, **more)


def test_texts_come_question_by_question():
    made = world()
    one = PlantedFunction(made, "function 1", 0, TEXTS)
    assert one.questions == ("question 3", "question 4", "question 5")
    columns, batches = one.columns("test", 100), list(one.batches("test", 100))
    assert columns.names == one.questions
    assert torch.cat([batch["index"] for batch in batches]).tolist() == list(range(300))
    ids = torch.cat([batch["input_ids"] for batch in batches])
    for k, name in enumerate(one.questions):
        rows = slice(100 * k, 100 * k + 100)
        given = made.examples(name, "test", 260)
        assert columns.valid[:, k].nonzero()[:, 0].tolist() == list(range(100 * k, 100 * k + 100))
        assert torch.equal(columns.values[rows, k].long(), given.labels[:100])
        width = min(ids.shape[1], given.ids.shape[1])
        assert torch.equal(ids[rows, :width], given.ids[:100, :width])


def test_all_questions_of_the_same_texts():
    made = world(together=True)
    one = PlantedFunction(made, "function 0", 0, TEXTS)
    columns = one.columns("test", None)
    assert columns.valid is None
    assert columns.values.shape == (260, 3)
    assert sum(len(batch["index"]) for batch in one.batches("test", None)) == 260
    logits = torch.cat([one.subject.predict(one.subject.prepare(b).inputs)
                        for b in one.batches("test", None)])  # fmt: skip
    assert float(((logits > 0) == columns.values).float().mean()) > 0.6


def test_logits_are_the_difference_of_the_two_classes_as_sure_as_they_are_right():
    made = world()
    one = PlantedFunction(made, "function 0", 3, TEXTS)
    prompt = made.prompt("question 0", 3)
    batch = next(one.batches("train"))
    found = one.subject.predict(one.subject.prepare(batch).inputs)
    assert found.shape == (36, 3)
    for k, name in enumerate(one.questions):
        alone = PlantedSubject(made.model, prompt, made.labels[name])
        logits = alone.predict(alone.prepare(batch).inputs)
        wanted = one.subject.sharpness[k] * (logits[:, 1] - logits[:, 0])
        torch.testing.assert_close(found[:, k], wanted)


def test_sharpness_is_the_weight_of_a_logistic_regression_without_penalty():
    random = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(400, 2, generator=random)
    chance = torch.sigmoid(logits * torch.tensor([0.2, 1.7]))
    values = torch.rand(400, 2, generator=random) < chance
    valid = torch.rand(400, 2, generator=random) < 0.7
    found = sharpness(logits, Columns(("a", "b"), values & valid, valid=valid))
    for k in range(2):
        rows = valid[:, k].numpy()
        alone = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-8)
        alone.fit(logits[rows, k, None].numpy(), values[rows, k].numpy())
        assert float(found[k]) == pytest.approx(float(alone.coef_[0, 0]), rel=1e-3)


def test_competence_is_the_share_of_right_answers():
    made = world()
    one = PlantedFunction(made, "function 0", 3, TEXTS)
    columns = one.columns("train")
    right = [torch.cat([one.subject.predict(one.subject.prepare(b).inputs)
                        for b in one.batches("train")])[columns.valid[:, k], k] > 0
             for k in range(3)]  # fmt: skip
    for k, said in enumerate(right):
        truth = columns.values[columns.valid[:, k], k]
        assert float(one.competence()[k]) == float((said == truth).double().mean()) - 0.5


def test_weights_are_those_of_the_model():
    made = world()
    one = PlantedFunction(made, "function 0", 0, TEXTS)
    for block, site in enumerate(("encoder.0.ffn", "encoder.1.ffn")):
        ffn = made.model.blocks[block].ffn
        rows, norms = one.rows()[site], one.norms()[site]
        torch.testing.assert_close(rows.norm(dim=1), torch.ones(24))
        cosines = torch.nn.functional.cosine_similarity(rows, ffn.up.weight, dim=1)
        torch.testing.assert_close(cosines, torch.ones(24))
        assert norms.tolist() == pytest.approx([float(column.norm()) for column in
                                                ffn.out.weight.T])  # fmt: skip
    assert one.facts == {**one.facts, "function": "function 0", "model": "planted_modules",
                         "seed": 0}  # fmt: skip


def test_what_is_no_function_of_binary_questions_is_refused():
    with pytest.raises(RunError, match="no function polarity"):
        PlantedFunction(world(), "polarity")
    with pytest.raises(RunError, match="three is no binary question"):
        PlantedFunction(CASES["graded"](0), "apart")
