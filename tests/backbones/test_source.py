import shutil

import pytest
from tests.tiny import checkpoint, source

from brodmann.backbones.source import check_label_words, check_length, resolve_model
from brodmann.config.schema import ModelConfig
from brodmann.errors import RequestError


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(checkpoint("bert"), tmp_path / "bert")


def resolve(path, **settings):
    return resolve_model(ModelConfig(name="x", path=str(path), **settings), None)


def test_the_digest_is_of_content_not_of_place(folder, tmp_path):
    here = resolve(folder)
    there = resolve(shutil.copytree(folder, tmp_path / "other"))
    assert here.digest == there.digest
    config = (folder / "config.json").read_text()
    (folder / "config.json").write_text(
        config.replace('"hidden_act": "gelu"', '"hidden_act": "relu"')
    )
    assert resolve(folder).digest != there.digest


def test_a_mirror_is_looked_at_before_the_hub(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "mirror" / "org" / "name")
    model = ModelConfig(name="x", path="org/name")
    assert resolve_model(model, str(tmp_path / "mirror")).model_type == "bert"


@pytest.mark.parametrize("mirrored", [True, False])
def test_a_copy_of_another_revision_is_never_taken(folder, tmp_path, mirrored):
    mirror = str(tmp_path) if mirrored else None
    path = "bert" if mirrored else str(folder)
    with pytest.raises(RequestError, match="model.revision=step2: there is no local copy") as error:
        resolve_model(ModelConfig(name="x", path=path, revision="step2"), mirror)
    assert str(tmp_path / "bert@step2") in error.value.hint
    shutil.copytree(folder, tmp_path / "bert@step2")
    found = resolve_model(ModelConfig(name="x", path=path, revision="step2"), mirror)
    assert found.folder.name == "bert@step2"


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda f: shutil.rmtree(f), "no such folder"),
        (lambda f: (f / "config.json").unlink(), "config.json"),
        (lambda f: (f / "model.safetensors").unlink(), "holds no weights"),
        (lambda f: (f / "model.safetensors").rename(f / "model.bin"), "pickled"),
        (lambda f: (f / "model.safetensors").write_bytes(b"\x10"), "truncated"),
        (
            lambda f: (f / "model.safetensors").write_bytes(
                (f / "model.safetensors").read_bytes()[:-100]
            ),
            "truncated",
        ),
        (lambda f: (f / "config.json").write_text('{"model_type": "whale"}'), "not listed"),
    ],
)
def test_broken_checkpoints_are_refused(folder, harm, said):
    harm(folder)
    with pytest.raises(RequestError, match=said) as error:
        resolve(folder)
    assert error.value.key.startswith("model.")


def test_positions_leave_room_for_prompts():
    assert source("roberta").max_positions == 95
    assert check_length(source("bert"), 90, with_mask=True) == 5
    with pytest.raises(RequestError, match=r"give 92 or less") as error:
        check_length(source("bert"), 95, with_mask=True)
    assert error.value.key == "method.length"
    check_length(source("bert"), 92, with_mask=True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["negative", "positiv"], "positive"),
        (["good", "film was"], "2 tokens"),
        (["good", "good"], "same token"),
        (["good"], "one word per class"),
    ],
)
def test_label_words_must_be_single_known_tokens(words, said):
    with pytest.raises(RequestError, match=said) as error:
        check_label_words(source("bert"), words, 2)
    assert error.value.key == "task.label_words"


def test_an_encoder_without_an_lm_head_is_read_by_a_classifier(folder):
    config = folder / "config.json"
    config.write_text(config.read_text().replace("BertForMaskedLM", "BertModel"))
    assert resolve(folder).readouts == ("classifier",)
    assert source("bert").readouts == ("label_words", "classifier")
