"""Label columns: sub-tasks, what is refused, and how columns are joined."""

import pytest
import torch

from brodmann.errors import RequestError, RunError
from brodmann.neurons.scores.columns import Columns, join, of_classes, one_vs_one, sub_task

LABELS = torch.tensor([0, 1, 2, 2, 1, 0, 2])


def test_two_classes_make_one_column_of_the_second():
    columns = of_classes("sst2", torch.tensor([0, 1, 1]), ("negative", "positive"))
    assert columns.names == ("sst2",)
    assert columns.values[:, 0].tolist() == [False, True, True]
    assert columns.valid is None


def test_one_vs_rest_and_one_vs_one_equal_loops():
    names = ("a", "b", "c")
    rest = of_classes("t", LABELS, names)
    assert rest.names == ("t.a", "t.b", "t.c")
    for k in range(3):
        assert rest.values[:, k].tolist() == [int(label) == k for label in LABELS]
    pairs = of_classes("t", LABELS, names, "one_vs_one")
    assert pairs.names == ("t.b-a", "t.c-a", "t.c-b")
    for k, (low, high) in enumerate([(0, 1), (0, 2), (1, 2)]):
        assert pairs.valid[:, k].tolist() == [int(x) in (low, high) for x in LABELS]
        assert (pairs.values & pairs.valid)[:, k].tolist() == [int(x) == high for x in LABELS]


def test_a_subtask_leaves_other_classes_out():
    column = sub_task("x", LABELS, [0], [2])
    assert column.values[:, 0].tolist() == [int(label) == 0 for label in LABELS]
    assert column.row_weights()[:, 0].tolist() == [float(int(label) != 1) for label in LABELS]


def test_joining_fills_what_a_part_lacks():
    plain = sub_task("plain", LABELS, [0])
    some = sub_task("some", LABELS, [0], [1])
    heavy = Columns(("heavy",), plain.values, torch.full((7, 1), 3.0))
    both = join(plain, some, heavy)
    assert both.names == ("plain", "some", "heavy")
    assert torch.equal(both.row_weights()[:, 0], torch.ones(7))
    assert torch.equal(both.row_weights()[:, 1], (LABELS != 2).float())
    assert torch.equal(both.row_weights()[:, 2], torch.full((7,), 3.0))
    assert torch.equal(both.pick(["some"]).valid, some.valid)


def test_masses_count_rows_as_often_as_they_were_seen():
    columns = Columns(
        ("a",), torch.tensor([[True], [False], [True]]), torch.tensor([[1.0], [2], [4]])
    )
    assert [m.tolist() for m in columns.masses()] == [[5.0], [2.0]]
    assert [m.tolist() for m in columns.masses(torch.tensor([1.0, 1, 0]))] == [[1.0], [2.0]]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Columns(("a", "a"), torch.ones(2, 2, dtype=torch.bool)),
        lambda: Columns(("a",), torch.ones(2, 2, dtype=torch.bool)),
        lambda: Columns(("a",), torch.ones(2, 1)),
        lambda: Columns(("a",), torch.ones(2, 1, dtype=torch.bool), torch.ones(3, 1)),
        lambda: of_classes("t", torch.tensor([0, 3]), ("a", "b")),
        lambda: join(sub_task("a", LABELS, [0]), sub_task("b", LABELS[:3], [0])),
    ],
)
def test_columns_that_do_not_fit_are_refused(make):
    with pytest.raises(RunError):
        make()


def test_unknown_names_are_refused_with_the_nearest():
    with pytest.raises(RequestError, match="one_vs_one"):
        of_classes("t", LABELS, ("a", "b", "c"), "one_v_one")
    with pytest.raises(RequestError, match=r"t\.b-a"):
        one_vs_one("t", LABELS, ("a", "b", "c")).pick(["t.b-b"])


def test_constant_and_rare_labels_are_named():
    columns = sub_task("rare", LABELS, [0])
    columns.require_both(least=2)
    with pytest.raises(RunError, match="rare has 2 positive and 5 negative"):
        columns.require_both(least=3)
    with pytest.raises(RunError, match="rare is constant over its 2 examples"):
        columns.require_both(torch.tensor([1.0, 0, 0, 0, 0, 1, 0]))
