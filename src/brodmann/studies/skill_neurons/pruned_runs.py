"""Work on pruned runs: cut their FFNs, read their answers, time them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor

from brodmann.backbones.backbone import load_backbone
from brodmann.backbones.ffns import ffn_tensors
from brodmann.backbones.pruned import prune_backbone
from brodmann.lab.prepare import Prepared
from brodmann.lab.trained import load_run
from brodmann.methods import TunedModel
from brodmann.methods.goal import readout_name
from brodmann.studies.examined import examine
from brodmann.studies.measuring import Measured
from brodmann.training.assembly import assemble_run
from brodmann.training.feeder import Batch


def pruned_ffns(prepared: Prepared, fold_kept: bool, inputs: Mapping[str, Tensor]) -> Measured:
    """FFNs of a run's backbone, cut to the neurons that stay; ``model.pruned`` takes the file.

    Args:
        prepared: The run; its method plays no part.
        fold_kept: Fold the kept neurons' means too, as the released code does.
        inputs: ``keep/<site>`` bool ``[U]`` and ``mean/<site>`` float ``[U]``.

    Returns:
        The tensors of ``backbones.ffns.ffn_tensors``, and the digest of the whole ``backbone``.
    """
    source, config = prepared.source, prepared.config
    backbone = load_backbone(source, config.model, readout_name(config, source))
    keep, mean = (
        {n.partition("/")[2]: t for n, t in inputs.items() if n.startswith(f"{kind}/")}
        for kind in ("keep", "mean")
    )
    small = prune_backbone(backbone, keep, mean, fold_kept)
    tensors = ffn_tensors(small.model, small.family, small._body_path)
    return Measured(tensors, {"backbone": source.digest, "sites": list(keep)})


def answers(prepared: Prepared, rows: int | None) -> Measured:
    """What a run says of every test example.

    Args:
        prepared: A run that is done.
        rows: Test examples; all when None.

    Returns:
        ``logits`` float32 ``[N, C]`` and ``labels`` long ``[N]``; ``parameters``: of the whole
        model, and ``widths``: neurons of every layer.
    """
    examined = examine(prepared)
    logits, order = [], []
    with torch.inference_mode():
        for batch in examined.batches("test", rows):
            ready = examined.subject.prepare(batch)
            logits.append(examined.subject.predict(ready.inputs).float().cpu())
            order.append(ready.rows.cpu())
    tensors = {
        "logits": torch.cat(logits)[torch.cat(order).argsort()],
        "labels": examined.labels("test", rows),
    }
    widths = {site.name: site.units for site in examined.subject.sites}
    return Measured(tensors, {
        "parameters": examined.assembly.tuned.sizes()[1], "widths": widths, "sites": list(widths),
        "task": prepared.config.task.name, "seed": prepared.config.seed,
    })  # fmt: skip


def latency(prepared: Prepared, batch_sizes: Sequence[int], pairs: int) -> Measured:
    """Seconds of a pruned run and of the whole model beside it, logits at the read-out only.

    The two take turns within one process on the same texts, after a tenth of the pairs as
    warm-up. On the CPU one thread is used, as in the paper; on a GPU, where there is one, the
    clock stops when the device is done.

    Args:
        prepared: A pruned run that is done.
        batch_sizes: Test examples at a time.
        pairs: Timed passes of each model.

    Returns:
        ``<device>/<batch size>`` float64 ``[2, pairs]``: whole, pruned.
    """
    small = load_run(prepared)
    whole = assemble_run(
        replace(prepared.config, model=replace(prepared.config.model, pruned=None)),
        prepared.data, replace(prepared.source, pruned=None),
    )  # fmt: skip
    models = (whole.tuned.eval(), small.tuned.eval())
    devices = ["cpu"]
    if torch.cuda.is_available() and prepared.config.trainer.accelerator != "cpu":
        devices.append("cuda")
    tensors = {}
    for device in devices:
        for size in batch_sizes:
            batch = small.test.batch(torch.arange(min(size, len(small.test.labels))).numpy())
            tensors[f"{device}/{size}"] = _timed(models, batch, device, pairs)
    return Measured(tensors, {"devices": devices, "batch_sizes": list(batch_sizes), "sites": []})


def _timed(
    models: tuple[TunedModel, TunedModel], batch: Batch, device: str, pairs: int
) -> Tensor:  # fmt: skip
    moved = {name: values.to(device) for name, values in batch.items()}
    for model in models:
        model.to(device)
    seconds = torch.empty(2, pairs, dtype=torch.float64)
    with torch.inference_mode(), _one_thread():
        for turn in range(-max(3, pairs // 10), pairs):
            for place, model in enumerate(models):
                started = time.perf_counter()
                model(moved)
                if device == "cuda":
                    torch.cuda.synchronize()
                if turn >= 0:
                    seconds[place, turn] = time.perf_counter() - started
    return seconds


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
