"""What the part ``experts`` shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from brodmann.neurons.claims.evidence import Evidence
from brodmann.report.findings import Cell, Figure, Row, Table
from brodmann.report.plots.layers import layers
from brodmann.report.plots.lines import Line
from brodmann.studies.functions.asked import short
from brodmann.studies.modularity.gathered import (
    between,
    between_of,
    degree,
    discovered,
    functional,
    log_odds,
    of_functions,
)
from brodmann.studies.modularity.modelled import Modelled


def summary(model: Modelled, rows: Mapping[str, Sequence[Evidence]]) -> str:
    """What came out, in two sentences."""
    first = rows["EM-3"][0].notes
    share, null = (float(str(first.get(key, "nan"))) for key in
                   ("share", "share_under_permuted_labels"))  # fmt: skip
    return (
        f"The neurons of every layer are dealt out to {model.made.experts} experts of equal size "
        f"by {model.made.info['method']}. By the paper's rule {100 * share:.1f} % of the experts "
        f"are functional for a question; under permuted labels, which mean nothing, it is "
        f"{100 * null:.1f} %."
    )


def experts_table(model: Modelled, twins: Sequence[Modelled], alpha: float) -> Table:
    """A row per function and layer."""
    rows: list[Row] = []
    for place, name in enumerate(model.found.functions):
        mine = model.found.function_of == place
        rows += [_row(model, twins, alpha, name, mine, site) for site in model.found.sites]
    return Table(
        "experts", "Experts that gather a function (Tables 1 and 4)",
        "Means over the questions of a function. 'functional' is the share of experts by the "
        "paper's hypergeometric rule, 'degree' its degree of modularisation, 'variance' the share "
        "of the variance of predictivity between experts; each beside the same under permuted "
        "labels with the partition fixed, in random partitions, and in random-initialised twins.",
        rows,
        shown=30,
    )  # fmt: skip


def _row(
    model: Modelled, twins: Sequence[Modelled], alpha: float, name: str, mine: np.ndarray, site: str
) -> Row:
    share = functional(model.found, model.made, site, alpha)[mine]
    variance = between(model.found, "own", site)[mine]
    random = [functional(model.found, one, site, alpha, 1)[mine].mean() for one in model.random]
    spread = [between_of(model.found, one, site)[mine].mean() for one in model.random]
    cells: dict[str, Cell] = {
        "function": short(name), "layer": site,
        "functional": float(share[:, 0].mean()),
        "functional, permuted labels": float(share[:, 1:].mean()),
        "functional, random partitions": float(np.mean(random)),
        "functional, random twins": _of_twins(
            [functional(one.found, one.made, site, alpha, 1)[mine].mean() for one in twins]),
        "degree": float(degree(model.found, model.made, site, alpha)[mine].mean()),
        "degree, random partitions": float(np.mean(
            [degree(model.found, one, site, alpha)[mine].mean() for one in model.random])),
        "largest log odds": float(log_odds(model.found, model.made, site)[mine].mean()),
        "variance": float(variance[:, 0].mean()),
        "variance, permuted labels": float(variance[:, 1:].mean()),
        "variance, random partitions": float(np.mean(spread)),
        "variance, random twins": _of_twins(
            [between(one.found, "own", site)[mine][:, 0].mean() for one in twins]),
    }  # fmt: skip
    return cells


def _of_twins(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if len(values) else None


def functions_table(model: Modelled, alpha: float) -> Table:
    """The paper's rule at the level of functions."""
    rows: list[Row] = []
    by_site = {site: of_functions(model.found, model.made, site, alpha)
               for site in model.found.sites}  # fmt: skip
    random = np.mean([
        [of_functions(model.found, one, site, alpha) for site in model.found.sites]
        for one in model.random
    ], axis=(0, 1))  # fmt: skip
    for place, name in enumerate(model.found.functions):
        rows.append({
            "function": short(name),
            **{site: float(shares[place]) for site, shares in by_site.items()},
            "random partitions": float(random[place]),
        })  # fmt: skip
    return Table(
        "functions", "Experts functional for a whole function (the paper's binomial rule)",
        "The top neurons of all questions of a function are put together; neurons that questions "
        "share count as independent draws, so that the rule fires too often.", rows,
    )  # fmt: skip


def discoveries_table(model: Modelled) -> Table:
    """Experts that hold more top neurons than under permuted labels, false discoveries bounded."""
    shares = discovered(model.found, model.made)
    rows: list[Row] = [
        {"question": name, "share of experts": float(share)}
        for name, share in zip(model.found.questions, shares, strict=True)
    ]
    return Table(
        "discoveries", "Experts found by permuted labels, false discovery rate 5 %",
        "For every layer, expert and question the count of top neurons is compared with that under "
        "permuted labels; Benjamini and Hochberg's procedure runs over all of them together.", rows,
    )  # fmt: skip


def share_figure(model: Modelled, twins: Sequence[Modelled], alpha: float) -> Figure:
    """Share of functional experts over the layers, all questions."""
    values = [functional(model.found, model.made, site, alpha) for site in model.found.sites]
    own, null = [one[:, 0] for one in values], np.stack([one[:, 1:].mean(0) for one in values])
    random = [
        float(np.mean([functional(model.found, one, site, alpha, 1).mean()
                       for one in model.random]))
        for site in model.found.sites
    ]  # fmt: skip
    of_twins = [
        _of_twins([functional(one.found, one.made, site, alpha, 1).mean() for one in twins])
        for site in model.found.sites
    ]
    return _figure(
        "functional_experts", "Experts that the paper's rule calls functional",
        "Share of experts that hold more of a question's top neurons than equal shares would give "
        "them. Above the grey band these are more experts than neurons that are alike make by "
        "themselves.", "share of experts", own, null, random, of_twins, "EM-3",
    )  # fmt: skip


def variance_figure(model: Modelled, twins: Sequence[Modelled]) -> Figure:
    """Share of variance between experts over the layers, all questions."""
    values = [between(model.found, "own", site) for site in model.found.sites]
    own, null = [one[:, 0] for one in values], np.stack([one[:, 1:].mean(0) for one in values])
    random = [
        float(np.mean([between_of(model.found, one, site).mean() for one in model.random]))
        for site in model.found.sites
    ]
    of_twins = [_of_twins([between(one.found, "own", site)[:, 0].mean() for one in twins])
                for site in model.found.sites]  # fmt: skip
    return _figure(
        "variance_between", "Predictivity that lies between experts",
        "Share of the variance of the neurons' predictivity that the experts' means explain: how "
        "far experts gather functions, without any threshold.", "share of variance", own, null,
        random, of_twins, "EM-4",
    )  # fmt: skip


def _figure(
    name: str, title: str, caption: str, label: str, own: Sequence[np.ndarray], null: np.ndarray,
    random: Sequence[float], of_twins: Sequence[float | None], claim: str,
) -> Figure:  # fmt: skip
    places = list(range(len(own)))
    lines = [
        Line("model", places, [float(one.mean()) for one in own], "own"),
        Line("permuted labels", places, null.mean(1).tolist(), "null",
             np.quantile(null, 0.025, axis=1).tolist(), np.quantile(null, 0.975, axis=1).tolist()),
        Line("random partitions", places, list(random), "random"),
    ]  # fmt: skip
    twins = [value for value in of_twins if value is not None]
    lines += [Line("random twins", places, twins, "control")] if twins else []
    return Figure(
        name, title, caption,
        "The band: labels of each question permuted once for all neurons, the partition fixed; "
        "95 % of the permutations.",
        layers(lines, label, remark="band: 95 % of the permutations"), claim=claim,
    )  # fmt: skip
