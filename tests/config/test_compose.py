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
        ("method.length=abc", "abc is not a whole number; as in method.length="),
        ("seed=1.5", "1.5 is not a whole number; as in seed=0"),
        ("data.max_train=x", "data.max_train"),
        ("nonsense.deep.key=1", "nonsense"),
        ("seed=null", "null is not a whole number"),
        ("seed=[1]", "[1] is not a whole number"),
        ("optimizer.lr=fast", "fast is not a number"),
        ("optimizer.betas=[x,1]", "x is not a number; as in optimizer.betas=[0.9,0.999]"),
        ("resume=maybe", "maybe is not true or false; as in resume=true"),
        ("data.text=null", "null is not a list"),
        ("data.text={a:1}", "is not a list"),
        ("task.name=[a]", "[a] is not text"),
        ("training=5", "5 is not a group of settings; its keys are training.batch_size"),
        ("data.max_train=x", "x is not a whole number; as in data.max_train=3"),
        ("method.rank=3", "it belongs to method=lora"),
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


def test_a_method_without_a_key_is_told_which_have_it():
    with pytest.raises(RequestError, match="belongs to method=prompt and method=frozen"):
        compose_train(["method=bitfit", "method.length=3"])


def own(folder, text, group="task"):
    (folder / group).mkdir()
    (folder / group / "mine.yaml").write_text(text)
    return [default_conf(), folder]


def test_a_task_without_a_backbone_is_told_so(tmp_path):
    folders = own(tmp_path, "name: mine\nkind: csv\n")
    with pytest.raises(RequestError, match=r"mine\.yaml names no backbone; add the line backbone:"):
        compose_train(["task=mine"], folders)
    assert compose_train(["task=mine", "task.backbone=nano"], folders).model.name == "nano"


@pytest.mark.parametrize("group", ["task", "method"])
def test_a_typo_in_ones_own_yaml_is_named_by_file_and_line(tmp_path, group):
    folders = own(tmp_path, "name: mine\nkind: [csv\nbackbone: nano\n", group)
    with pytest.raises(RequestError, match=r"mine\.yaml, line [23]: this is not YAML"):
        compose_train([f"{group}=mine"], folders)


def test_a_yaml_file_without_keys_is_refused(tmp_path):
    with pytest.raises(RequestError, match="not of the form key: value"):
        compose_train(["task=mine"], own(tmp_path, "- a\n- b\n"))


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


def test_an_edited_file_is_read_anew_and_a_dangling_link_does_no_harm(tmp_path):
    folders = [default_conf(), tmp_path]
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / ".#mine.yaml").symlink_to("nobody@nowhere.1")
    mine = tmp_path / "model" / "mine.yaml"
    text = (default_conf() / "model" / "hf.yaml").read_text()
    mine.write_text(text + "\ninit_seed: 3\n")
    assert compose_train(["model=mine"], folders).model.init_seed == 3
    assert compose_train(["model=mine", "seed=1"], folders).model.init_seed == 3
    mine.write_text(text + "\ninit_seed: 14\n")
    assert compose_train(["model=mine"], folders).model.init_seed == 14


def test_what_one_run_changes_does_not_reach_the_next():
    first = compose_train(["training.max_steps=3"])
    first.training.epochs = 77
    second = compose_train([])
    assert (second.training.max_steps, second.training.epochs != 77) == (None, True)


def test_of_several_wrong_settings_the_first_is_named():
    for wrong, key in ((["seed=x", "task.label_words.a=b"], "seed"),
                       (["optimizer.lr=y", "seed=x"], "optimizer.lr")):  # fmt: skip
        with pytest.raises(RequestError) as error:
            compose_train(wrong)
        assert error.value.key == key
