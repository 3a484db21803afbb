import subprocess
import sys

import pytest

from brodmann.config.compose import compose_train
from brodmann.config.groups import choices, default_conf
from brodmann.errors import RequestError

TASKS = choices("task", [default_conf()])
MODELS = choices("model", [default_conf()])
METHODS = choices("method", [default_conf()])


@pytest.mark.parametrize("task", TASKS)
def test_every_task_composes_with_its_defaults(task):
    config = compose_train([f"task={task}"])
    assert config.task.name == task
    assert config.model.name == config.task.backbone
    assert config.preset == config.task.preset


@pytest.mark.parametrize("model", MODELS)
def test_every_model_composes(model):
    assert compose_train([f"model={model}"]).model.name == model


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("preset", ["standard", "quick", "faithful"])
def test_every_method_composes_in_every_preset(method, preset):
    config = compose_train([f"method={method}", f"preset={preset}"])
    assert (config.method.name, config.preset) == (method, preset)


def test_what_is_typed_wins_over_preset_and_tuning():
    config = compose_train(["method.length=5", "optimizer.lr=0.5", "preset=quick"])
    assert (config.method.length, config.optimizer.lr) == (5, 0.5)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("task=sst3", "sst2"),
        ("model=bert_bas", "bert_base"),
        ("method=promt", "prompt"),
        ("preset=quik", "quick"),
        ("method.lenght=3", "method.length"),
        ("+method.lenght=3", "method.length"),
        ("lr=3", "optimizer.lr"),
        ("method.length=abc", "Integer"),
        ("seed=1.5", "Integer"),
        ("data.max_train=x", "data.max_train"),
        ("nonsense.deep.key=1", "nonsense"),
    ],
)
def test_mistakes_name_key_value_and_what_to_type(override, said):
    with pytest.raises(RequestError) as error:
        compose_train([override])
    assert said in str(error.value)
    assert error.value.key in override


def test_own_yaml_files_stand_beside_ours(tmp_path):
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "mine.yaml").write_text(
        "name: mine\nkind: csv\nbackbone: bert_base\nclasses: [a, b]\n"
    )
    config = compose_train(["task=mine"], [default_conf(), tmp_path])
    assert (config.task.name, config.model.name) == ("mine", "bert_base")


def test_a_list_of_one_needs_no_brackets():
    assert compose_train(["data.text=review"]).data.text == ["review"]


def test_nothing_heavy_is_imported_to_answer_a_request():
    code = (
        "import sys; from brodmann.cli.train import main; main(['--help']);"
        "from brodmann.config.compose import compose_train; compose_train([]);"
        "bad = {'torch', 'transformers', 'lightning', 'datasets', 'pandas'} & set(sys.modules);"
        "sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
