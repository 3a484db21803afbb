"""Modes, gradients and clipping of a tuned model."""

from dataclasses import replace

import pytest
import torch
from tests.methods.building import batch_for, fresh, logits_of, train_steps, tuned_model
from tests.methods.rows import ROWS

from brodmann.config.schema import FullConfig, LoraConfig, PromptConfig


def loss_of(model, batch):
    return torch.nn.functional.cross_entropy(model(batch), batch["label"])


@pytest.mark.parametrize("method", list(ROWS))
@pytest.mark.parametrize("mode", ["eval", "train"])
def test_training_flags_of_every_module(method, mode):
    settings = replace(ROWS[method].settings, backbone_mode=mode)
    model = tuned_model("bert", settings)
    injected = ("lora_dropout", "lora_dropout.default")
    for training in (True, False, True):
        model.train(training)
        for name, module in model.backbone.named_modules():
            if not name.endswith(injected):
                assert module.training == (training and mode == "train"), name
        assert all(module.training == training for module in model.method.modules())
        assert model.readout.training == training
    assert model.train() is model
    assert model.eval() is model


def test_a_new_model_is_ready_to_train():
    model = tuned_model("bert", PromptConfig(length=2))
    assert (model.training, model.method.training, model.backbone.training) == (True, True, False)


def test_lora_dropout_follows_the_method_and_not_the_frozen_backbone():
    model = tuned_model("bert", LoraConfig(rank=2, dropout=0.5))
    dropouts = [m for n, m in model.backbone.named_modules() if n.endswith("lora_dropout.default")]
    assert dropouts
    assert all(d.p == 0.5 and d.training for d in dropouts)
    assert not any(d.training for d in model.eval().backbone.modules())


@pytest.mark.parametrize(("mode", "random"), [("eval", False), ("train", True)])
def test_dropout_is_on_in_train_mode_only(mode, random):
    model = tuned_model("bert", PromptConfig(length=2, backbone_mode=mode))
    batch = batch_for(model.backbone)
    with torch.no_grad():
        assert torch.equal(model(batch), model(batch)) != random
    assert torch.equal(logits_of(model, batch), logits_of(model, batch))


@pytest.mark.parametrize("method", [name for name in ROWS if name != "frozen"])
def test_gradients_reach_the_trained_tensors_and_no_others(method):
    model = tuned_model("bert", ROWS[method].settings)
    loss_of(model, batch_for(model.backbone)).backward()
    trained = model.trained()
    with_grad = {name for name, p in model.named_parameters() if p.grad is not None}
    assert with_grad <= set(trained)
    assert with_grad
    assert {name for name, p in model.named_parameters() if p.requires_grad} == set(trained)


def test_prompts_cost_no_gradient_of_weights():
    """No weight is saved for a gradient: the graph ends in the prompts alone."""
    model = tuned_model("bert", PromptConfig(length=2))
    leaves, todo, seen = set(), [loss_of(model, batch_for(model.backbone)).grad_fn], set()
    while todo:
        node = todo.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            leaves.add(id(node.variable))
        todo += [parent for parent, _ in node.next_functions]
    assert leaves == {id(model.method.soft)}


def test_clipping_over_all_weights_trains_no_more_than_before():
    narrow = tuned_model("bert", PromptConfig(length=2))
    wide = tuned_model("bert", PromptConfig(length=2, clip_scope="all"))
    batch = batch_for(wide.backbone)
    assert list(narrow.trained()) == list(wide.trained()) == ["method.soft"]
    assert narrow.sizes() == wide.sizes()
    assert [id(p) for p in narrow.clip_parameters()] == [id(narrow.method.soft)]
    for model in (narrow, wide):
        loss_of(model, batch).backward()
    torch.testing.assert_close(wide.method.soft.grad, narrow.method.soft.grad)
    squares = [p.grad.square().sum() for p in wide.parameters() if p.grad is not None]
    assert len(squares) > 10
    norm = torch.nn.utils.clip_grad_norm_(wide.clip_parameters(), 1e-3)
    torch.testing.assert_close(norm, torch.stack(squares).sum().sqrt())
    share = narrow.method.soft.grad / norm * 1e-3
    torch.testing.assert_close(wide.method.soft.grad, share, rtol=1e-2, atol=1e-9)
    wide.zero_grad()
    assert all(p.grad is None for p in wide.parameters())


@pytest.mark.parametrize("family", ["bert", "gpt2", "llama", "timm_vit"])
@pytest.mark.parametrize("method", ["prompt", "pfeiffer", "houlsby", "lora", "ia3"])
def test_half_precision_backbone_trains_in_fp32(method, family):
    model = tuned_model(family, ROWS[method].settings, dtype="bfloat16")
    batch = batch_for(model.backbone)
    if "pixel_values" in batch:
        batch["pixel_values"] = batch["pixel_values"].bfloat16()
    before = logits_of(model, batch)
    train_steps(model, batch)
    assert {p.dtype for p in model.trained().values()} == {torch.float32}
    after = logits_of(model, batch)
    assert after.isfinite().all()
    assert not torch.equal(after, before)


def test_every_weight_of_the_backbone_is_open_under_full():
    model = tuned_model("gpt2", FullConfig())
    ours = {id(p) for p in model.trained().values()}
    assert ours == {id(p) for p in model.backbone.model.parameters()}


def test_tied_tensors_are_named_once():
    backbone = fresh("bert")
    tied = backbone.model.get_output_embeddings().weight
    assert tied is backbone.model.get_input_embeddings().weight
    trained = tuned_model("bert", FullConfig()).trained()
    names = [name for name, p in trained.items() if p.shape == tied.shape]
    assert len(names) == 1
