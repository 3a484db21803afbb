"""Who writes the resume checkpoint, and when."""

from types import SimpleNamespace

import pytest

from brodmann.callbacks.resume import ResumeCheckpoint


def trainer(zero=True, world=1):
    """A stand-in whose first process writes, as under DDP."""
    calls = []

    def save(path):
        calls.append(path)
        if zero:
            path.write_text("checkpoint")

    return SimpleNamespace(
        is_global_zero=zero, world_size=world, save_checkpoint=save, calls=calls, global_step=1,
        sanity_checking=False, state=SimpleNamespace(fn="fit"),
    )  # fmt: skip


@pytest.mark.parametrize("zero", [True, False])
def test_every_process_takes_part_and_the_first_one_writes(tmp_path, zero):
    path = tmp_path / "resume.ckpt"
    one = trainer(zero, world=2)
    ResumeCheckpoint(path, 60, 5).on_validation_end(one, None)
    assert len(one.calls) == 1
    assert [file.name for file in tmp_path.iterdir()] == (["resume.ckpt"] if zero else [])


@pytest.mark.parametrize(("world", "saves"), [(1, 1), (2, 0)])
def test_clocks_count_on_one_device_only(tmp_path, world, saves):
    one = trainer(world=world)
    callback = ResumeCheckpoint(tmp_path / "resume.ckpt", -1, 5)
    callback.on_train_batch_end(one)
    assert len(one.calls) == saves
