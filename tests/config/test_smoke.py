"""Every YAML trains three steps, on tiny twins of the models and made-up rows of the tasks."""

import io

import numpy as np
import pytest
from PIL import Image
from tests.cli.helper_request import overrides
from tests.tasks.conftest import write_splits
from tests.tiny import checkpoint, worldly
from tests.training.pretraining import pretraining

import brodmann
from brodmann.config.compose import compose_train
from brodmann.config.groups import choices, default_conf
from brodmann.playground.recipe import RECIPES

MODELS = [m for m in choices("model", [default_conf()]) if m not in (*RECIPES, "hf", "timm")]
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


HUB_TASKS = [
    t
    for t in choices("task", [default_conf()])
    if getattr(compose_train([f"task={t}"]).task, "id", None)
    and not t.startswith(("corpus/", "functions/"))
]
EMBEDDED = ["digits", *(t for t in choices("task", [default_conf()]) if t.startswith("playground"))]


def picture(index):
    pixels = np.random.default_rng(index).integers(0, 256, (4, 4, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return {"bytes": file.getvalue(), "path": None}


def made_up(task, split):
    """Thirty rows per class of a hub task, with its own columns."""
    count = 30 * max(len(task.classes), len(getattr(task, "keep", None) or ()), 2)
    ids = getattr(task, "keep", None) or range(max(len(task.classes), 2))
    labels = {task.label: [ids[i % len(ids)] for i in range(count)]}
    if task.kind == "image":
        return {task.image: [picture(i + 1000 * len(split)) for i in range(count)], **labels}
    return {
        column: [f"{split} {column} w{i}" for i in range(count)] for column in task.text
    } | labels


@pytest.mark.parametrize("name", HUB_TASKS)
def test_every_hub_task_trains_on_a_made_up_copy(name, tmp_path):
    task = compose_train([f"task={name}"]).task
    splits = dict.fromkeys(s for s in (task.train, task.val, task.test) if s)
    tables = {split: made_up(task, split) for split in splits}
    write_splits(tmp_path / "hub", task.id, task.config or "default", tables)
    twin = checkpoint("timm_vit" if task.kind == "image" else "bert")
    library = "timm" if task.kind == "image" else "hf"
    done = brodmann.train(
        [
            f"task={name}", f"model={library}", f"model.path={twin}", "readout.name=classifier",
            f"data.mirror={tmp_path / 'hub'}", f"runs_dir={tmp_path}", "logger=none", "trainer=cpu",
            "trainer.threads=1", "method.length=3", *SHORT,
            *([] if task.classes else ["task.classes=[a,b]"]),
        ]
    )  # fmt: skip
    assert done.metrics["train/steps"] == 3


@pytest.mark.parametrize("name", EMBEDDED)
def test_every_embedded_task_trains(name, tmp_path):
    image = name == "digits"
    twin, library = ("timm_vit", "timm") if image else ("bert", "hf")
    done = brodmann.train(
        [
            f"task={name}", f"model={library}", f"model.path={checkpoint(twin)}", "logger=none",
            "readout.name=classifier", f"runs_dir={tmp_path}", "trainer=cpu", "trainer.threads=1",
            "method.length=3", *SHORT,
        ]
    )  # fmt: skip
    assert done.metrics["train/steps"] == 3


@pytest.mark.parametrize("preset", ["quick", "standard", "faithful"])
def test_every_preset_pretrains(preset, tmp_path):
    short = ("training.max_steps=3", "training.eval_every=3")
    done = brodmann.train(pretraining(tmp_path, f"preset={preset}", *short))
    assert done.metrics["train/steps"] == 3


@pytest.mark.parametrize("name", [t for t in choices("task", [default_conf()]) if "corpus/" in t])
def test_every_corpus_is_pretrained_on(name, tmp_path):
    task = compose_train([f"task={name}"]).task
    if task.source == "hub":
        rows = [f"w{i % 80} w{i % 9} w{i // 80}" for i in range(200)]
        texts = {s: [f"{s} {row}" for row in rows] for s in (task.train, task.val)}
        splits = {split: {"text": rows} for split, rows in texts.items()}
        write_splits(tmp_path / "hub", task.id, task.config or "default", splits)
    more = (f"task={name}", f"data.mirror={tmp_path / 'hub'}", "training.max_steps=3")
    request = pretraining(tmp_path, *more, f"model.path={worldly('bert')}")
    if task.source != "file":
        request = [one for one in request if not one.startswith("data.path")]
    assert brodmann.train(request).metrics["train/steps"] == 3
