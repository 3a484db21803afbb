"""Two processes train what one does."""

import pytest
from safetensors.torch import load_file
from tests.cli.helper_request import overrides, run
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
