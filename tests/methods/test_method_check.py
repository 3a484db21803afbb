"""What is refused before a model is loaded, and that it costs no import of torch."""

import subprocess
import sys

import pytest
from omegaconf import OmegaConf

from brodmann.config.groups import default_conf
from brodmann.config.schema import (
    AdapterConfig,
    FrozenConfig,
    LoraConfig,
    MethodConfig,
    PromptConfig,
)
from brodmann.errors import RequestError
from brodmann.methods.check import check_method


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (PromptConfig(length=0), "method.length=0: .*from 1 on"),
        (PromptConfig(init_std=0.0), "method.init_std=0.0: .*above 0"),
        (PromptConfig(backbone_mode="trian"), "method.backbone_mode=trian: .*did you mean train"),
        (PromptConfig(clip_scope="everything"), "method.clip_scope=.*known: all, trained"),
        (PromptConfig(layout="papr"), "method.layout=papr: .*did you mean paper"),
        (AdapterConfig(variant="houlsbi"), "method.variant=houlsbi: .*did you mean houlsby"),
        (AdapterConfig(reduction=0), "method.reduction=0: .*from 1 on"),
        (LoraConfig(rank=0), "method.rank=0: "),
        (LoraConfig(alpha=0.0), "method.alpha=0.0: "),
        (LoraConfig(dropout=1.0), "method.dropout=1.0: .*below 1"),
        (FrozenConfig(text="  "), "method.text=  : .*some words"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(RequestError, match=message):
        check_method(settings)


def test_untrained_classifier():
    check_method(FrozenConfig(), readout="label_words")
    with pytest.raises(RequestError, match="method=frozen: .*readout.name=label_words"):
        check_method(FrozenConfig(), readout="classifier")


def test_unknown_method():
    from brodmann.methods import build_method

    with pytest.raises(RequestError, match="method=promt: .*did you mean prompt"):
        build_method(MethodConfig(name="promt"), None, None)


def test_torch_is_not_imported():
    code = "import sys, brodmann.methods.check; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_method_has_a_class_a_dataclass_a_file_and_a_row():
    from tests.methods.rows import ROWS

    from brodmann.config.compose import METHOD_SETTINGS
    from brodmann.methods import METHODS

    files = {path.stem for path in (default_conf() / "method").glob("*.yaml")}
    tested = {row.settings.name for row in ROWS.values()}
    assert files == set(METHODS) == set(METHOD_SETTINGS) == tested


@pytest.mark.parametrize(
    "path", sorted((default_conf() / "method").glob("*.yaml")), ids=lambda path: path.stem
)
def test_file_has_known_keys_of_the_right_types_and_says_the_defaults(path):
    from brodmann.config.compose import METHOD_SETTINGS

    settings = METHOD_SETTINGS[path.stem]
    merged = OmegaConf.to_object(OmegaConf.merge(settings(), OmegaConf.load(path)))
    check_method(merged)
    assert merged == (settings(backbone_mode="train") if path.stem == "full" else settings())
