"""Every model's YAML trains three steps on a tiny twin of its family."""

import pytest
from tests.cli.helper_request import overrides
from tests.tiny import checkpoint

import brodmann
from brodmann.config.compose import compose_train
from brodmann.config.groups import choices, default_conf

MODELS = [m for m in choices("model", [default_conf()]) if m not in ("nano", "hf", "timm")]
SHORT = ("training.max_steps=3", "training.eval_every=3", "data.max_train=40", "data.max_test=20")


@pytest.mark.parametrize("model", MODELS)
def test_every_model_trains_on_its_tiny_twin(model, tmp_path):
    family = compose_train([f"model={model}"]).model.family
    request = overrides(tmp_path, f"model={model}", f"model.path={checkpoint(family)}", *SHORT)
    if "vit" in family:
        request = [r for r in request if not r.startswith(("task=", "data.path="))]
        request += ["task=digits"]
    done = brodmann.train([*request, "method.length=3"])
    assert done.metrics["train/steps"] == 3
    assert done.folder.name.split("-")[1] == model


@pytest.mark.parametrize("preset", ["standard", "faithful"])
def test_the_other_presets_train(preset, tmp_path):
    done = brodmann.train(overrides(tmp_path, f"preset={preset}", "method.length=5", *SHORT))
    assert done.metrics["train/steps"] == 3


@pytest.mark.parametrize("method", ["adapter", "bitfit", "lora", "ia3", "full"])
def test_every_method_trains(method, tmp_path):
    done = brodmann.train(overrides(tmp_path, f"method={method}", *SHORT))
    assert done.metrics["parameters/trained"] > 0
