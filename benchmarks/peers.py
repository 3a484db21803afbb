"""The peers of the training benchmark, each as its users run it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from benchmarks.scene import LABEL_IDS, Scene


def peft_under_hf_trainer(scene: Scene) -> Callable[[], float]:
    """PEFT prompt tuning for sequence classification under the HF Trainer, dynamic padding."""
    import peft
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    rows = [
        {"input_ids": ids, "attention_mask": [1] * len(ids), "labels": int(label)}
        for ids, label in zip(scene.rows, scene.labels, strict=True)
    ]
    tokenizer = transformers.AutoTokenizer.from_pretrained(scene.folder)

    def measure() -> float:
        config = transformers.AutoConfig.from_pretrained(scene.folder)
        stock = transformers.AutoModelForSequenceClassification.from_config(config)
        settings = peft.PromptTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=scene.prompts)
        model = peft.get_peft_model(stock, settings)
        with tempfile.TemporaryDirectory() as folder:
            options = transformers.TrainingArguments(
                folder, per_device_train_batch_size=scene.size, max_steps=scene.steps,
                save_strategy="no", report_to=[], disable_tqdm=True, use_cpu=True,
                logging_strategy="no",
            )  # fmt: skip
            trainer = transformers.Trainer(
                model, options, train_dataset=rows,  # type: ignore[arg-type]
                data_collator=transformers.DataCollatorWithPadding(tokenizer),
            )  # fmt: skip
            started = time.perf_counter()
            trainer.train()
            return scene.steps * scene.size / (time.perf_counter() - started)

    return measure


def released_way(scene: Scene) -> Callable[[], float]:
    """As the released code of Wang et al. (2022) works.

    Every weight has a gradient, the whole vocabulary's logits are computed at every position, and
    texts are padded to one length.
    """

    def measure() -> float:
        import transformers

        config = transformers.AutoConfig.from_pretrained(scene.folder)
        model = transformers.AutoModelForMaskedLM.from_config(config).train()
        embedding = model.get_input_embeddings()
        prompts = torch.nn.Parameter(torch.randn(scene.prompts, config.hidden_size) / 30)
        optimizer = torch.optim.Adam([prompts], lr=1e-3)
        order = np.random.default_rng(0).permutation(len(scene.rows))
        started = time.perf_counter()
        for step in range(scene.steps):
            index = order[step * scene.size : (step + 1) * scene.size]
            _released_step(scene, model, embedding, prompts, optimizer, index)
        return scene.steps * scene.size / (time.perf_counter() - started)

    return measure


def _released_step(
    scene: Scene, model: Any, embedding: Any, prompts: Any, optimizer: Any, index: Any
) -> None:
    batch = scene.batch(index)
    short = scene.longest - batch["input_ids"].shape[1]
    ids = functional.pad(batch["input_ids"], (0, short))
    mask = functional.pad(batch["attention_mask"], (0, short))
    head = torch.cat([embedding(torch.tensor([4])), prompts]).expand(len(ids), -1, -1)
    embeds = torch.cat([head, embedding(ids)], dim=1)
    attention = torch.cat([torch.ones(head.shape[:2], dtype=torch.long), mask], dim=1)
    logits = model(inputs_embeds=embeds, attention_mask=attention).logits
    loss = functional.cross_entropy(logits[:, 0, list(LABEL_IDS)], batch["label"])
    loss.backward()
    torch.nn.utils.clip_grad_norm_([*model.parameters(), prompts], 1.0)
    optimizer.step()
    optimizer.zero_grad()
    model.zero_grad()
