"""What the part ``detection`` shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from brodmann.neurons.claims.evidence import Evidence
from brodmann.report.findings import Figure, Row, Table
from brodmann.report.plots.layers import layers
from brodmann.report.plots.lines import Line
from brodmann.studies.functions.asked import Scans, short


def summary(found: Scans, pooled: Evidence) -> str:
    """What came out, in two sentences."""
    effect = "could not be measured" if pooled.effect is None else f"is {pooled.effect:.3f}"
    return (
        f"{len(found.questions)} questions of {len(found.functions)} functions were asked of every "
        "neuron in one forward pass; in each layer the neuron that ranks the answers best on half "
        "of the examples is read on the other half. Its AUROC beyond what the best of equally many "
        f"neurons reaches under permuted labels {effect} on average over layers and functions."
    )


def _of_site(found: Scans, kind: str, site: str) -> NDArray[np.float64]:
    return np.asarray(found.of(kind, site).double().numpy())


def best_table(found: Scans, twins: Sequence[Scans]) -> Table:
    """A row per question: its best neuron."""
    rows: list[Row] = []
    for place, name in enumerate(found.questions):
        by_site = {site: found.of("auroc", site)[place].numpy() for site in found.sites}
        site = max(by_site, key=lambda one: float(np.abs(by_site[one] - 0.5).max()))
        unit = int(np.abs(by_site[site] - 0.5).argmax())
        null = np.max([found.of("largest", one)[place, 1:].numpy() for one in found.sites], axis=0)
        precision = found.of("precision", site)[place, unit].numpy()
        rows.append({
            "question": name, "neuron": f"{site}:{unit}", "AUROC": float(by_site[site][unit]),
            "fires for": "yes" if by_site[site][unit] >= 0.5 else "no",
            "average precision (paper's)": float(precision.max()),
            "best of all under permuted labels (95 %)": float(0.5 + np.quantile(null, 0.95)),
            "held out, mean of layers": 0.5 + float(np.mean(
                [found.of("held_out", one)[place, 0] for one in found.sites])),
        })  # fmt: skip
    return Table(
        "best_neurons", "The best neuron of each question",
        "Chosen and read on the same examples, as in the paper, beside the AUROC that the best of "
        "all neurons reaches under permuted labels; the last column reads other examples. A neuron "
        "with an AUROC below one half fires for 'no' and counts as well as one that lies as far "
        "above. Of a word with two senses 'yes' is the second one by name, 'no' the first. A "
        "neuron is named by the FFN of its layer and its number there.", rows,
    )  # fmt: skip


def _best(found: Scans, site: str, function: int) -> float:
    """Mean over questions of the largest average precision of either answer (the paper's)."""
    best = found.of("precision", site).amax(dim=(1, 2)).numpy()
    return float(best[found.function_of == function].mean())


def layers_table(found: Scans, twins: Sequence[Scans]) -> Table:
    """A row per function and layer."""
    rows: list[Row] = []
    for place, function in enumerate(found.functions):
        mine = found.function_of == place
        for site in found.sites:
            held = _of_site(found, "held_out", site)[mine]
            rows.append({
                "function": short(function), "layer": site, "neurons": found.units(site),
                "held-out AUROC": 0.5 + float(held[:, 0].mean()),
                "under permuted labels": 0.5 + float(held[:, 1:].mean()),
                "random twins": 0.5 + float(np.mean(
                    [_of_site(one, "held_out", site)[mine][:, 0].mean() for one in twins]))
                if twins else None,
                "best average precision (paper's)": _best(found, site, place),
                "the same, random twins": float(np.mean(
                    [_best(one, site, place) for one in twins])) if twins else None,
            })  # fmt: skip
    return Table(
        "best_by_layer", "The best neuron of each layer (Figure 1, left)",
        "Means over the questions of a function. The paper's column takes the larger average "
        "precision of the two answers on the examples that the neuron was chosen on.", rows,
    )  # fmt: skip


def layers_figure(found: Scans, twins: Sequence[Scans], function: str) -> Figure:
    """Held-out AUROC of the best neuron over the layers."""
    mine = found.function_of == found.functions.index(function)
    places = list(range(len(found.sites)))
    held = [_of_site(found, "held_out", site)[mine] for site in found.sites]
    null = np.stack([one[:, 1:].mean(0) for one in held])
    lines = [
        Line("model", places, [0.5 + float(one[:, 0].mean()) for one in held], "own"),
        Line("permuted labels", places, (0.5 + null.mean(1)).tolist(), "null",
             (0.5 + np.quantile(null, 0.025, axis=1)).tolist(),
             (0.5 + np.quantile(null, 0.975, axis=1)).tolist()),
    ]  # fmt: skip
    if twins:
        random = [
            0.5 + float(np.mean([_of_site(one, "held_out", site)[mine][:, 0].mean()
                                 for one in twins]))
            for site in found.sites
        ]  # fmt: skip
        lines.append(Line("random twins", places, random, "random"))
    return Figure(
        f"best_by_layer_{short(function)}", f"The best neuron of each layer: {short(function)}",
        "AUROC of the neuron that was chosen on half of the examples, read on the other half, mean "
        "over questions.",
        "The band: the same under labels permuted once for all neurons, 95 % of the permutations.",
        layers(lines, "held-out AUROC", 0.5, "chance", "band: 95 % of the permutations"),
        claim="EM-1a",
    )  # fmt: skip
