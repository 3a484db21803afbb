"""Settings of studies out of their range are refused when the request is composed."""

import subprocess
import sys
from typing import get_args

import pytest

from brodmann.config.analysis import compose_study
from brodmann.config.groups import choices, default_conf
from brodmann.config.studies import SETTINGS
from brodmann.config.study_checks import BOUNDS, CHOICES, check_study
from brodmann.errors import RequestError
from brodmann.neurons.interventions.intervention import PER
from brodmann.neurons.interventions.kinds import KINDS
from brodmann.neurons.selection import Scope
from brodmann.studies.skill_neurons.scan import METRICS

WRONG = {
    "study.rates": (
        "[0,1.5]", "[0.1,0.2]", "[0,0.2,0.1]", "[0,0.1,0.1]", "[0]", "[]", "[0,nan]", "[0,-0.1]",
    ),
    "study.keep": ("0", "1.1", "-0.1", "nan"),
    "study.transfer_share": ("0", "1.1", "nan"),
    "study.prune_from": ("-0.1", "1", "nan"),
    "study.strength": ("-1", "inf", "nan"),
    **dict.fromkeys(
        (
            "study.permutations", "study.masks", "study.rotations", "study.null_orders",
            "study.random_orders", "study.word_sets", "study.retuned",
            "study.cards", "study.train_rows", "study.dev_rows", "study.test_rows",
            "study.perturb_rows", "study.retune_epochs",
        ),
        ("0", "-3"),
    ),
    "study.twins": ("-1",),
    **{f"study.{key}": ("nosie",) for key in CHOICES},
    "study.methods": ("[adaptor]", "[adapter,adapter]", "[prompt]"),
    "study.hard_prompts": ("[a,b]",),
    "task": ("[]", "[playground/sentiment,playground/sentiment]"),
    "seed": ("[]", "[0,1,0]", "[-1]"),
}  # fmt: skip
RIGHT = (
    "study.rates=[0,1]", "study.keep=1", "study.prune_from=0", "study.transfer_share=1",
    "study.strength=0", "study.retuned=null", "study.train_rows=null", "study.retune_epochs=null",
    "study.masks=1", "study.methods=[]", "study.methods=[ia3]", "study.hard_prompts=[a]",
    "seed=0", "seed=[3,1]", "task=playground/sentiment", "parts=[]",
)  # fmt: skip


def compose(*overrides):
    return compose_study(["experiment=skill_neurons", *overrides], [default_conf()])


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in WRONG.items() for value in values]
)
def test_wrong_values_name_their_key(key, value):
    with pytest.raises(RequestError) as error:
        compose(f"{key}={value}")
    assert error.value.key == key
    assert error.value.hint


@pytest.mark.parametrize("override", RIGHT)
def test_the_ends_of_the_ranges_are_taken(override):
    assert compose(override).experiment == "skill_neurons"


@pytest.mark.parametrize("preset", ["quick", "standard", "faithful"])
def test_every_preset_keeps_the_ranges(preset):
    assert compose(f"preset={preset}").preset == preset


def test_defaults_keep_the_ranges():
    for name, kind in SETTINGS.items():
        config = compose(f"experiment={name}")
        config.study = kind()
        check_study(config, choices("method", [default_conf()]))


def test_the_method_of_the_runs_is_none_of_the_others():
    with pytest.raises(RequestError, match=r"bitfit is the study's own method; .*\[adapter\]"):
        compose("method=bitfit", "study.methods=[adapter,bitfit]")
    assert compose("method=bitfit", "study.methods=[prompt]").study.methods == ["prompt"]


def test_every_row_is_a_setting():
    known = {key for kind in SETTINGS.values() for key in vars(kind())}
    assert set(BOUNDS) | set(CHOICES) <= known


def test_words_are_those_of_the_core():
    assert set(CHOICES["scope"]) == set(get_args(Scope))
    assert CHOICES["draws"] == PER
    assert set(CHOICES["measure"]) == set(METRICS)
    needs_more = {"set", "scale", "permute"}
    assert set(CHOICES["intervention"]) == set(KINDS) - needs_more


@pytest.mark.parametrize("typed", ["study.rates=[0,1.5]", "model.path=/nonexistent"])
def test_wrong_requests_end_before_torch_is_imported(typed, tmp_path):
    code = (
        "import sys; from brodmann.cli.analyze import main\n"
        "from brodmann.errors import RequestError\n"
        "request = ['experiment=skill_neurons', 'model=hf', *sys.argv[1:]]\n"
        "try: main(request)\n"
        "except RequestError as error: print(error); sys.exit('torch' in sys.modules)\n"
        "sys.exit(2)"
    )
    command = [sys.executable, "-c", code, typed, f"runs_dir={tmp_path}"]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert typed.partition("=")[0] in ended.stdout
    assert not any(tmp_path.iterdir())
