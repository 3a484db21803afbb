import subprocess
import sys

import pytest

from brodmann.cli.analyze import analyze_one, main
from brodmann.config.analysis import compose_study
from brodmann.config.groups import choices, default_conf
from brodmann.config.studies import PARTS
from brodmann.errors import RequestError
from brodmann.studies import STUDIES


def test_it_lists_the_experiments_with_what_they_ask(capsys):
    assert main([]) == 0
    said = capsys.readouterr().out
    assert "experiment=skill_neurons" in said
    assert "Which neurons" in said or "which neurons" in said


def test_a_part_that_is_not_there_stops_all_studies_before_the_first():
    request = ["-m", "experiment=skill_neurons", "model=nano", "parts=[predictivity],[damage]"]
    with pytest.raises(RequestError, match=r"parts=damage: .*\(job parts=\[damage\]\)"):
        main(request)


@pytest.mark.parametrize("name", choices("experiment", [default_conf()]))
def test_every_experiment_composes_with_parts_of_its_study(name):
    config = compose_study([f"experiment={name}"], [default_conf()])
    assert config.experiment in STUDIES
    assert config.parts
    assert set(config.parts) <= set(STUDIES[config.experiment].parts)


def test_the_known_parts_are_those_of_the_studies():
    assert {name: tuple(study.parts) for name, study in STUDIES.items()} == PARTS


def test_unknown_parts_are_refused_without_torch():
    code = (
        "import sys; from brodmann.cli.analyze import main\n"
        "from brodmann.errors import RequestError\n"
        "try: main(['experiment=skill_neurons', 'parts=[damage]'])\n"
        "except RequestError: sys.exit('torch' in sys.modules)\n"
        "sys.exit(2)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_parts_of_an_experiment_file_are_checked_as_well(tmp_path):
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "skill_neurons.yaml").write_text(
        "experiment: skill_neurons\nparts: [predictivty]\ntask: [playground/sentiment]\n"
    )
    with pytest.raises(RequestError, match="parts=predictivty: .*did you mean predictivity"):
        compose_study(["experiment=skill_neurons"], [default_conf(), tmp_path])


def test_settings_are_shown(capsys):
    assert main(["--cfg", "job", "experiment=skill_neurons", "study.rates=[0,0.1]"]) == 0
    said = capsys.readouterr().out
    assert "permutations" in said
    assert "0.1" in said


@pytest.mark.parametrize(
    ("overrides", "key", "said"),
    [
        (["experiment=skill"], "experiment", "skill_neurons"),
        (["lr=3"], "lr", "experiment"),
        (["experiment=skill_neurons", "parts=[perturbations]"], "parts", "perturbation"),
        (["experiment=skill_neurons", "study.rate=[0]"], "study.rate", "study.rates"),
        (
            ["experiment=skill_neurons", "study.permutations=x"],
            "study.permutations",
            "x is not a whole number",
        ),
        (["experiment=skill_neurons", "task=[sst3]"], "task", "sst2"),
        (["experiment=skill_neurons", "mthod=prompt"], "mthod", "method"),
    ],
)
def test_mistakes_name_key_and_what_to_type(overrides, key, said):
    with pytest.raises(RequestError) as error:
        analyze_one([*overrides, "model=nano"])
    assert error.value.key == key
    assert said in str(error.value)
