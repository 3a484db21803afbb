"""What one run's neurons know of its labels: one look at train, validation and test each.

Thresholds come from train, position and sign (and so the neuron) from validation, and what is
reported from test. All nulls ride along as columns.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from brodmann.errors import RequestError
from brodmann.neurons.collect import Collect
from brodmann.neurons.scores.choice import Choice, Unit, choose, report
from brodmann.neurons.scores.columns import Columns, join, of_classes
from brodmann.neurons.scores.moments import Baseline
from brodmann.neurons.scores.predictivity import Predictivities, Predictivity
from brodmann.neurons.scores.resampling import permuted
from brodmann.neurons.stream import stream
from brodmann.neurons.tokens import Reading
from brodmann.studies.examined import Opened, Run, opened
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.halves import GROUPS, HALVES, on_parts

TEXT = {"text_max": Reading("content", "max"), "text_mean": Reading("content", "mean")}
"""Variants of figures 3 and 9: the activation pooled over the text's own tokens."""
METRICS = {"balanced": "balanced_accuracy", "accuracy": "accuracy"}
"""``study.measure`` -> row of the core's table."""


def scan(
    prepared: Run,
    train_rows: int | None,
    dev_rows: int | None,
    test_rows: int | None,
    with_mask: bool,
    measure: str,
    permutations: int,
    top: int,
) -> Measured:
    """Predictivity of every neuron of a run (Wang et al. 2022, section 3.1).

    Args:
        prepared: A run that is done, or one whose method trains nothing; or what is open already.
        train_rows: Examples for the thresholds.
        dev_rows: Examples that choose.
        test_rows: Examples to report on.
        with_mask: Whether [MASK] counts as a position beside the prompts.
        measure: A row of ``METRICS``.
        permutations: Label permutations.
        top: Neurons per column whose test activations are kept.

    Returns:
        By site, with K columns (sub-tasks) and U units: ``dev``, ``test`` ``[U, K]``; ``half``
        ``[2, U, K]`` (disjoint halves of validation); ``without`` ``[10, U, K]`` (a half less one
        of its groups); ``null`` float16 ``[R, U, K]``; ``position``, ``sign`` ``[U, K]``;
        ``text_max``, ``text_mean``, ``positive``, ``mean_position`` ``[U, K]``; ``std``, ``norm``,
        ``mean``, ``prompt_mean`` (over training examples and the positions that were read)
        ``[U]``. And ``maxima`` ``[K, R]``,
        ``values`` ``[N, K * top]``, ``labels``, ``logits``.
    """
    torch.manual_seed(0)
    examined = opened(prepared)
    reading = reading_of(examined, with_mask)
    names = [site.name for site in examined.subject.sites]
    metric = METRICS[measure]
    spread = {p: Baseline(Reading("all", p), names) for p in ("mean", "mean_square")}
    bases = {"prompt": Baseline(reading, names)}
    bases |= {name: Baseline(r, names) for name, r in _text_readings(examined).items()}
    stream(examined.subject, examined.batches("train", train_rows),
           [*bases.values(), *spread.values()])  # fmt: skip
    columns = {s: columns_of(examined, s, n) for s, n in (("val", dev_rows), ("test", test_rows))}
    asked = _asked(columns["val"], permutations)
    heard = {"prompt": Predictivity(reading, names, asked, bases["prompt"].compute().mean)}
    for name in bases.keys() - {"prompt"}:
        base = bases[name]
        heard[name] = Predictivity(base.reading, names, columns["val"], base.compute().mean)
    stream(examined.subject, examined.batches("val", dev_rows), list(heard.values()))
    dev = heard["prompt"].compute()
    choice = choose(dev, metric)
    truth = _part(choice, columns["val"].names)
    units = [unit for name in truth.columns for unit in best_units(truth, name, top)]
    tested = Predictivity(reading, names, columns["test"], bases["prompt"].compute().mean)
    collected = Collect(reading, units)
    answers = stream(examined.subject, examined.batches("test", test_rows), [tested, collected])
    order = answers["rows"].argsort()
    tensors: dict[str, Tensor] = {
        "maxima": _null_maxima(choice, truth.columns, permutations),
        "values": collected.compute(),
        "labels": examined.labels("test", test_rows),
        "logits": answers["logits"][order].float(),
        "train_values": _train_values(examined, reading, units, train_rows),
        "train_labels": examined.labels("train", train_rows),
    }
    kinds = _kinds(choice, truth, dev, tested.compute(), permutations, metric)
    kinds |= {name: {s: choose(one.compute(), metric).score[s] for s in names}
              for name, one in heard.items() if name != "prompt"}  # fmt: skip
    kinds |= _unit_facts(examined, spread)
    kinds["prompt_mean"] = {s: m.mean(0).float() for s, m in bases["prompt"].compute().mean.items()}
    tensors |= {f"{kind}/{site}": values[site] for kind, values in kinds.items() for site in names}
    return Measured(tensors, _info(examined, truth, units, bases["prompt"], columns, metric))


def reading_of(examined: Opened, with_mask: bool) -> Reading:
    """Where neurons are read: at the prompts, or where there are none, where the answer is."""
    masks = examined.subject.prepare(next(examined.batches("train", 1))).masks
    rows = (("prompt", masks.prompt), ("mask", masks.mask), ("cls", masks.cls))
    policy = next((name for name, mask in rows if bool(mask.any())), "last")
    if with_mask and policy == "prompt":
        policy = "prompt_and_mask"
    return Reading(policy)


def _text_readings(examined: Opened) -> dict[str, Reading]:
    return TEXT


def columns_of(examined: Opened, split: str, rows: int | None) -> Columns:
    """The label columns of a split's used rows: one, or one per class where there are more.

    Raises:
        RequestError: Too few examples, or all of one class.
    """
    task = str(examined.facts["task"])
    columns = of_classes(task, examined.labels(split, rows), examined.classes)
    try:
        columns.require_both(least=2)
    except Exception as error:
        raise RequestError(
            "task", task, f"the {split} examples are too few or of one class ({error})",
            "raise data.max_test, study.dev_rows or study.test_rows",
        ) from error  # fmt: skip
    return columns


def _asked(truth: Columns, permutations: int) -> Columns:
    """The true columns, the same on parts of the rows, and permuted labels."""
    return join(truth, on_parts(truth), permuted(truth, permutations, seed=0))


def _part(choice: Choice, names: tuple[str, ...]) -> Choice:
    index = [choice.columns.index(name) for name in names]
    parts = ({s: t[:, index] for s, t in kind.items()}
             for kind in (choice.position, choice.sign, choice.score))  # fmt: skip
    return Choice(names, choice.metric, *parts)


def best_units(choice: Choice, column: str, count: int) -> list[Unit]:
    """The units with the highest scores of a column, best first."""
    index = choice.columns.index(column)
    sites = list(choice.score)
    joint = torch.cat([choice.score[site][:, index] for site in sites])
    sizes = [len(choice.score[site]) for site in sites]
    found = []
    for place in joint.argsort(descending=True, stable=True)[:count].tolist():
        number = 0
        while place >= sizes[number]:
            place -= sizes[number]
            number += 1
        site = sites[number]
        kinds = (choice.position, choice.sign, choice.score)
        position, sign, score = (kind[site][place, index].item() for kind in kinds)
        found.append(Unit(site, place, int(position), int(sign), float(score)))
    return found


def _null_maxima(choice: Choice, names: tuple[str, ...], count: int) -> Tensor:
    maxima = choice.maxima()
    rows = [[choice.columns.index(f"{name}.null.{i}") for i in range(count)] for name in names]
    return maxima[torch.tensor(rows)]


def _kinds(
    choice: Choice, truth: Choice, dev: Predictivities, test: Predictivities, nulls: int,
    metric: str,
) -> dict[str, dict[str, Tensor]]:  # fmt: skip
    names = truth.columns
    counts = {"half": HALVES, "without": GROUPS, "null": nulls}
    parts = {kind: [_part(choice, tuple(f"{name}.{kind}.{i}" for name in names)).score
                    for i in range(count)] for kind, count in counts.items()}  # fmt: skip
    whole = [choice.columns.index(name) for name in names]
    kinds = {
        "dev": dict(truth.score), "test": report(truth, test),
        "position": dict(truth.position), "sign": dict(truth.sign),
    }  # fmt: skip
    for kind, drawn in parts.items():
        kept = torch.float16 if kind == "null" else torch.float32
        kinds[kind] = {s: torch.stack([one[s] for one in drawn]).to(kept) for s in truth.score}
    flat = {s: dev.of(s, metric, whole) for s in truth.score}
    kinds["positive"] = {s: a.amax(0) for s, a in flat.items()}
    kinds["mean_position"] = {s: torch.maximum(a, 1 - a).mean(0) for s, a in flat.items()}
    return kinds


def _unit_facts(examined: Opened, spread: dict[str, Baseline]) -> dict[str, dict[str, Tensor]]:
    """Mean and s.d. over all tokens, and output norm, of every unit; float32 ``[U]``."""
    mean, square = (spread[kind].compute().mean for kind in ("mean", "mean_square"))
    deviations = {s: (square[s][0] - mean[s][0] ** 2).clamp_min(0).sqrt().float() for s in mean}
    return {"mean": {s: m[0].float() for s, m in mean.items()}, "std": deviations,
            "norm": examined.norms()}  # fmt: skip


def _train_values(
    examined: Opened, reading: Reading, units: list[Unit], rows: int | None
) -> Tensor:
    """Train activations of the chosen units: tasks of several classes need them to fit on."""
    if len(examined.classes) == 2:
        return torch.empty(0, len(units))
    collected = Collect(reading, units)
    stream(examined.subject, examined.batches("train", rows), [collected])
    return collected.compute()


def _info(
    examined: Opened, truth: Choice, units: list[Unit], base: Baseline,
    columns: dict[str, Columns], metric: str,
) -> dict[str, Any]:  # fmt: skip
    thresholds = base.compute().mean
    return {
        **examined.facts, "classes": list(examined.classes), "columns": list(truth.columns),
        "sites": [site.name for site in examined.subject.sites], "metric": metric,
        "rows": {name: one.rows for name, one in columns.items()},
        "positions": int(next(iter(thresholds.values())).shape[0]),
        "policy": base.reading.policy,
        "top": [{"site": u.site, "unit": u.unit, "position": u.position, "sign": u.sign,
                 "dev": u.score, "threshold": float(thresholds[u.site][u.position, u.unit])}
                for u in units],
    }  # fmt: skip
