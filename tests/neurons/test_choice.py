"""Position and sign are fixed on one split and looked up on another."""

import pytest
import torch

from brodmann.errors import RunError
from brodmann.neurons.scores.accuracy import METRICS
from brodmann.neurons.scores.choice import choose, report
from brodmann.neurons.scores.columns import Columns
from brodmann.neurons.scores.predictivity import Predictivity
from brodmann.neurons.tokens import Reading


def counted(seed, rows=50, sites=("s", "t"), names=("x", "y")):
    generator = torch.Generator().manual_seed(seed)
    columns = Columns(names, torch.rand(rows, 2, generator=generator) > 0.4)
    zero = {site: torch.zeros(3, 5, dtype=torch.float64) for site in sites}
    listener = Predictivity(Reading(), sites, columns, zero)
    for site in sites:
        listener.update(site, torch.randn(rows, 3, 5, generator=generator), torch.arange(rows))
    return listener.compute()


@pytest.mark.parametrize("metric", list(METRICS))
def test_the_choice_and_its_report_equal_a_loop(metric):
    dev, test = counted(0), counted(1)
    choice = choose(dev, metric)
    found = report(choice, test)
    for site in ("s", "t"):
        on_dev, on_test = dev.of(site, metric), test.of(site, metric)
        for unit in range(5):
            for k in range(2):
                options = [(max(v, 1 - v), -p) for p, v in enumerate(on_dev[:, unit, k].tolist())]
                score, position = max(options)
                positive = float(on_dev[-position, unit, k]) >= 0.5
                assert int(choice.position[site][unit, k]) == -position
                assert int(choice.sign[site][unit, k]) == (1 if positive else -1)
                assert float(choice.score[site][unit, k]) == pytest.approx(score, abs=1e-7)
                there = float(on_test[-position, unit, k])
                wanted = there if positive else 1 - there
                assert float(found[site][unit, k]) == pytest.approx(wanted, abs=1e-7)


def test_the_split_that_chooses_reports_what_it_chose():
    dev = counted(0)
    choice = choose(dev)
    for site, scores in report(choice, dev).items():
        assert torch.equal(scores, choice.score[site])


def test_noise_looks_good_where_it_was_chosen_and_is_at_chance_elsewhere():
    tests = torch.stack([report(choose(counted(s)), counted(1000 + s))["s"] for s in range(60)])
    devs = torch.stack([choose(counted(s)).score["s"] for s in range(60)])
    assert devs.mean() > 0.56
    assert abs(float(tests.mean()) - 0.5) < 0.01


def test_the_best_unit_and_the_maxima():
    choice = choose(counted(0))
    best = choice.best("y")
    everything = torch.cat([choice.score["s"], choice.score["t"]])[:, 1]
    assert best.score == pytest.approx(float(everything.max()))
    assert float(choice.score[best.site][best.unit, 1]) == best.score
    assert best.sign == int(choice.sign[best.site][best.unit, 1])
    assert float(choice.maxima()[1]) == best.score
    assert torch.equal(choice.scores_of("y")["s"], choice.score["s"][:, 1])


def test_equal_positions_are_decided_by_the_first():
    values = torch.randn(20, 1, 5, generator=torch.Generator().manual_seed(0)).expand(20, 3, 5)
    columns = Columns(("x",), (torch.arange(20) % 2 == 0)[:, None])
    listener = Predictivity(Reading(), ["s"], columns, {"s": torch.zeros(3, 5).double()})
    listener.update("s", values, torch.arange(20))
    assert (choose(listener.compute()).position["s"] == 0).all()


def test_a_report_on_other_columns_is_refused():
    choice = choose(counted(0))
    with pytest.raises(RunError, match="columns and sites"):
        report(choice, counted(1, names=("x", "z")))
    with pytest.raises(RunError, match="columns and sites"):
        report(choice, counted(1, sites=("s",)))
