"""What the part ``experts`` shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil

import numpy as np

from brodmann.neurons.claims.evidence import Evidence
from brodmann.report.findings import Figure, Row, Table
from brodmann.report.plots.layers import layers
from brodmann.report.plots.lines import Line
from brodmann.studies.functions.asked import short
from brodmann.studies.modularity.gathered import (
    FDR,
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
    """A row per function and layer: functional experts."""
    return Table(
        "experts", "Functional experts (Tables 1 and 4)",
        "Means over the questions of a function. 'functional' is the share of experts that hold "
        "many of a question's top neurons, by the paper's hypergeometric rule; beside it the same "
        "under permuted labels with the partition fixed, in random partitions, and in "
        "random-initialised twins. 'degree' is the paper's degree of modularisation: the share of "
        "top neurons among the neurons of functional experts, 0 where no expert is functional. "
        "'largest log odds' compares the expert with most top neurons with all other neurons.",
        _rows(model, lambda site, mine: _functional(model, twins, alpha, site, mine)),
    )  # fmt: skip


def variance_table(model: Modelled, twins: Sequence[Modelled]) -> Table:
    """A row per function and layer: predictivity that lies between experts."""
    return Table(
        "variance", "Predictivity that lies between experts, layer by layer",
        "'variance' is the share of the variance of the neurons' predictivity that the experts' "
        "means explain, mean over the questions of a function; beside it the same under permuted "
        "labels with the partition fixed, in random partitions, and in random-initialised twins.",
        _rows(model, lambda site, mine: _variance(model, twins, site, mine)),
    )  # fmt: skip


def _rows(model: Modelled, cells: Callable[[str, np.ndarray], Row]) -> list[Row]:
    """Cells of every function and layer, by the layer's site and which questions are meant."""
    return [
        {"function": short(name), "layer": site, **cells(site, model.found.function_of == place)}
        for place, name in enumerate(model.found.functions) for site in model.found.sites
    ]  # fmt: skip


def _functional(
    model: Modelled, twins: Sequence[Modelled], alpha: float, site: str, mine: np.ndarray
) -> Row:
    share = functional(model.found, model.made, site, alpha)[mine]
    random = [functional(model.found, one, site, alpha, 1)[mine].mean() for one in model.random]
    return {
        "functional": float(share[:, 0].mean()),
        "permuted labels": float(share[:, 1:].mean()),
        "random partitions": float(np.mean(random)),
        "random twins": _of_twins(
            [functional(one.found, one.made, site, alpha, 1)[mine].mean() for one in twins]),
        "degree": float(degree(model.found, model.made, site, alpha)[mine].mean()),
        "degree, random partitions": float(np.mean(
            [degree(model.found, one, site, alpha)[mine].mean() for one in model.random])),
        "largest log odds": float(log_odds(model.found, model.made, site)[mine].mean()),
    }  # fmt: skip


def _variance(model: Modelled, twins: Sequence[Modelled], site: str, mine: np.ndarray) -> Row:
    variance = between(model.found, "own", site)[mine]
    spread = [between_of(model.found, one, site)[mine].mean() for one in model.random]
    return {
        "variance": float(variance[:, 0].mean()),
        "permuted labels": float(variance[:, 1:].mean()),
        "random partitions": float(np.mean(spread)),
        "random twins": _of_twins(
            [between(one.found, "own", site)[mine][:, 0].mean() for one in twins]),
    }  # fmt: skip


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
    tests = len(rows) * len(model.found.sites) * model.made.experts
    draws = model.found.of("tops", model.found.sites[0]).shape[1] - 1
    return Table(
        "discoveries", "Experts found by permuted labels, false discovery rate 5 %",
        "For every layer, expert and question the count of top neurons is compared with that under "
        "permuted labels; Benjamini and Hochberg's procedure runs over all of them together. "
        + reachable(tests, draws),
        rows if shares.any() else [{"question": f"each of {len(rows)}", "share of experts": 0.0}],
    )  # fmt: skip


def reachable(tests: int, draws: int) -> str:
    """How many tests must reach the smallest p for any to be found.

    Args:
        tests: Experts of all layers times questions.
        draws: Label permutations.

    Example:
        >>> reachable(1984, 9)
        'With 9 permutations no p is below 0.1: the rate cannot be reached, whatever is there.'
        >>> reachable(100, 39)
        'With 39 permutations no p is below 0.025: 50 of 100 tests must be there for any to count.'
    """
    least = 1 / (draws + 1)
    needed = ceil(round(tests * least / FDR, 9))
    said = (
        "the rate cannot be reached, whatever is there" if least > FDR
        else f"{needed:,} of {tests:,} tests must be there for any to count"
    )  # fmt: skip
    return f"With {draws:,} permutations no p is below {least:.2g}: {said}."


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
