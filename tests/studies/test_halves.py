"""Halves of the validation data and their groups: who is left out of which column."""

import pytest
import torch

from brodmann.neurons.scores.choice import choose
from brodmann.neurons.scores.columns import Columns, of_classes
from brodmann.neurons.scores.predictivity import Predictivity
from brodmann.neurons.tokens import Reading
from brodmann.studies.skill_neurons.halves import GROUPS, groups, half_of, halves, on_parts

DRAW = torch.Generator().manual_seed(0)
LABELS = {
    2: torch.randint(2, (103,), generator=DRAW),
    3: torch.multinomial(torch.tensor([0.7, 0.2, 0.1]), 103, True, generator=DRAW),
}


def truth(classes):
    return of_classes("toy", LABELS[classes], [f"c{i}" for i in range(classes)])


@pytest.mark.parametrize("classes", [2, 3])
def test_groups_part_each_half_evenly_and_by_class(classes):
    side, group = halves(103), groups(truth(classes))
    assert sorted(set(group.tolist())) == list(range(GROUPS))
    assert torch.equal(torch.tensor([half_of(g) for g in group.tolist()]), side)
    for half in range(2):
        for label in range(classes):
            mine = group[(side == half) & (LABELS[classes] == label)]
            counts = torch.bincount(mine - 5 * half, minlength=5)
            assert int(counts.max() - counts.min()) <= 1


@pytest.mark.parametrize("classes", [2, 3])
def test_a_group_is_left_out_of_its_own_half_only(classes):
    columns, side, group = on_parts(truth(classes)), halves(103), groups(truth(classes))
    for index, name in enumerate(columns.names):
        column, kind, number = name.rsplit(".", 2)
        half = half_of(int(number)) if kind == "without" else int(number)
        wanted = [
            bool(side[row] == half and not (kind == "without" and group[row] == int(number)))
            for row in range(103)
        ]
        assert columns.valid[:, index].tolist() == wanted
        place = truth(classes).names.index(column)
        assert torch.equal(columns.values[:, index], truth(classes).values[:, place])
    assert len(columns) == (2 + GROUPS) * len(truth(classes))


def test_rows_that_a_column_does_not_ask_about_stay_out():
    asked = torch.arange(103)[:, None] % 4 > 0
    columns = on_parts(Columns(("toy",), truth(2).values, valid=asked))
    assert not columns.valid[~asked[:, 0]].any()


def test_the_only_example_of_a_class_is_never_left_out():
    labels = torch.zeros(40, dtype=torch.long)
    side = halves(40)
    first = (side == 0).nonzero()[0, 0]
    labels[first] = 1
    labels[(side == 1).nonzero()[:2, 0]] = 1
    columns = of_classes("toy", labels, ["no", "yes"])
    group = groups(columns)
    assert int(group[first]) == -1
    assert (group == -1).sum() == 1
    on_parts(columns).require_both()


def test_scores_without_a_group_are_those_of_the_other_rows():
    """The whole scan of a column, counted anew on the rows that are kept."""
    values = torch.randn(103, 2, 7, generator=DRAW)
    base = {"a": torch.zeros(2, 7, dtype=torch.float64)}
    columns = on_parts(truth(2))
    found = scored(values, columns, base).scores_of("toy.without.7")["a"]
    rows = columns.valid[:, columns.names.index("toy.without.7")]
    alone = Columns(("toy",), truth(2).values[rows])
    assert torch.allclose(found, scored(values[rows], alone, base).scores_of("toy")["a"])


def scored(values, columns, base):
    heard = Predictivity(Reading(), ["a"], columns, base)
    heard.update("a", values, torch.arange(len(values)))
    return choose(heard.compute())
