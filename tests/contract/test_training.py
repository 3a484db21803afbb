"""What breaks silently in Lightning and torch when a frozen backbone is trained."""

import lightning
import pytest
import torch
from safetensors.torch import load_file
from tests.cli.helper_request import overrides
from tests.tiny import LABEL_WORDS, readout_of, tiny_backbone

from brodmann.callbacks.resume import ResumeCheckpoint
from brodmann.config.schema import AdapterConfig, TextTask, TrainConfig
from brodmann.methods import TunedModel, build_method
from brodmann.training.metrics import build_metrics
from brodmann.training.module import TuningModule


class Spy(TuningModule):
    """Notes which parts are in training mode inside the step."""

    def training_step(self, batch, batch_idx):
        dropouts = [m for m in self.tuned.backbone.modules() if isinstance(m, torch.nn.Dropout)]
        self.modes = (
            self.tuned.method.training,
            self.tuned.backbone.training,
            any(m.training for m in dropouts),
        )
        return super().training_step(batch, batch_idx)


def module(backbone_mode="eval", kind=TuningModule):
    backbone = tiny_backbone("bert")
    settings = AdapterConfig(backbone_mode=backbone_mode)
    method = build_method(settings, backbone, torch.Generator().manual_seed(0))
    task = TextTask(name="t", label_words=LABEL_WORDS, classes=LABEL_WORDS)
    tuned = TunedModel(backbone, method, readout_of(backbone))
    return kind(tuned, TrainConfig(task=task, method=settings), 2, steps=2)


def fit(trained, *callbacks):
    ids = torch.randint(5, 40, (4, 6), generator=torch.Generator().manual_seed(0))
    batch = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "label": torch.arange(4) % 2}
    trainer = lightning.Trainer(
        accelerator="cpu", max_steps=2, logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, callbacks=list(callbacks),
        limit_val_batches=0,
    )  # fmt: skip
    trainer.fit(trained, torch.utils.data.DataLoader([batch, batch], batch_size=None))
    return trainer


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("mode", ["eval", "train"])
def test_modes_inside_the_training_step_are_the_configured_ones(mode):
    spy = module(mode, Spy)
    fit(spy)
    assert spy.modes == (True, mode == "train", mode == "train")


@pytest.mark.filterwarnings("ignore")
def test_the_resume_checkpoint_is_slim_and_loads_without_pickled_code(tmp_path):
    trained = module()
    trainer = fit(trained)
    saver = ResumeCheckpoint(tmp_path / "resume.ckpt", seconds=0, eval_every=1)
    saver._save_if_due(trainer, always=True)
    held = torch.load(tmp_path / "resume.ckpt", weights_only=True)
    assert set(held["state_dict"]) == set(trained.tuned.trained())
    assert not any("embeddings" in name for name in held["state_dict"])


def test_accuracy_is_micro():
    metric = build_metrics(["accuracy"], 3, "test/")
    metric.update(torch.tensor([0, 0, 0, 1]), torch.tensor([0, 0, 0, 2]))
    assert metric.compute()["test/accuracy"] == pytest.approx(0.75)


def test_a_run_saves_its_trained_tensors_only(tmp_path):
    import brodmann

    done = brodmann.train(overrides(tmp_path, "method=adapter", "training.max_steps=3"))
    saved = load_file(done.folder / "method.safetensors")
    assert saved
    assert all(name.startswith(("method.", "readout.")) for name in saved)
