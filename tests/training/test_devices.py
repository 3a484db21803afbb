"""Two processes train what one does."""

import json

import pytest
from safetensors.torch import load_file
from tests.cli.helper_request import overrides, run
from tests.training.pretraining import pretraining
from torch.testing import assert_close

pytestmark = pytest.mark.slow
SHORT = ("training.max_steps=8", "training.eval_every=4", "method.length=4")


def trained(folder, *more):
    folder.mkdir()
    done = run(*overrides(folder, *SHORT, *more))
    assert done.returncode == 0, done.stderr
    (path,) = (folder / "runs" / "train").glob("csv-*")
    return path.name, load_file(path / "method.safetensors")


def test_ddp_on_two_processes_equals_one(tmp_path):
    name, alone = trained(tmp_path / "one")
    same, together = trained(
        tmp_path / "two", "trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=2",
        "trainer.threads=1",
    )  # fmt: skip
    assert name == same, "the number of devices is not in the hash: the batch is the same"
    assert_close(together, alone, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("family", ["bert", "gpt2"])
def test_pretraining_on_two_processes_equals_one(tmp_path, family):
    """The same masks on every device, a folder of checkpoints written by one of them."""
    done = {}
    for name, more in {
        "one": (),
        "two": ("trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=2"),
    }.items():
        more = (*more, "method.backbone_mode=eval")
        said = run(*pretraining(tmp_path, *more, f"runs_dir={tmp_path / name}",
                                "method.probe_task=playground/feeling", family=family))  # fmt: skip
        assert said.returncode == 0, said.stderr
        (done[name],) = (tmp_path / name / "train").glob("corpus.text-*")
    assert done["one"].name == done["two"].name
    indexes = [json.loads((p / "checkpoints/index.json").read_text()) for p in done.values()]
    steps = [[one["step"] for one in index["entries"]] for index in indexes]
    assert steps[0] == steps[1] == [0, 1, 2, 4, 8, 12]
    assert indexes[0]["entries"][0]["sha256"] == indexes[1]["entries"][0]["sha256"]
    heads = {(p / "history.csv").read_text().splitlines()[0] for p in done.values()}
    assert len(heads) == 1, "the first process writes the curves"
    tensors = [load_file(p / "checkpoints/step-00000012/model.safetensors") for p in done.values()]
    assert_close(*tensors, rtol=1e-2, atol=2e-3)
