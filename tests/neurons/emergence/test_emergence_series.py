import numpy as np
import pytest
import torch
from drawn import STEPS, small

from brodmann.errors import RunError
from brodmann.neurons.emergence.series import Series, octaves


def nested(series):
    return [
        [
            {site: torch.as_tensor(v[t, half]) for site, v in series.scores.items()}
            for half in (0, 1)
        ]
        for t in range(len(series.steps))
    ]


def test_scores_by_checkpoint_half_and_site_are_stacked():
    one = small()
    again = Series.of(one.steps, nested(one), one.partitions, one.functions, [0.1] * 5)
    for site in one.sites:
        np.testing.assert_allclose(again.scores[site], one.scores[site])
    assert again.rates == (0.1,) * 5
    assert again.at(["b"]).sites == ("b",)


@pytest.mark.parametrize(
    ("steps", "said"),
    [((0, 1, 1, 7, 15), "ascend"), ((0, 3, 1, 7, 15), "ascend"), ((-1, 1, 3, 7, 15), "ascend"),
     ((0, 1), "3 checkpoints"), ((0, 1, 3, 7, 15, 31), "partitions")],
)  # fmt: skip
def test_steps_must_ascend_and_fit(steps, said):
    one = small()
    with pytest.raises(RunError, match=said):
        Series(steps, one.scores, one.partitions, one.functions)


def test_shapes_sites_and_numbers_are_checked():
    one = small()
    with pytest.raises(RunError, match="not all finite"):
        Series(STEPS, {"a": np.full((5, 2, 12, 2), np.nan)}, one.partitions, one.functions)
    with pytest.raises(RunError, match="shape"):
        Series(STEPS, {"a": np.zeros((5, 12, 2))}, one.partitions, one.functions)
    with pytest.raises(RunError, match="12 neurons at a"):
        Series(STEPS, {"a": np.zeros((5, 2, 15, 2))}, one.partitions, one.functions)
    with pytest.raises(RunError, match="learning|rates"):
        Series(STEPS, one.scores, one.partitions, one.functions, (0.1,))
    with pytest.raises(RunError, match="different sites"):
        Series.of(STEPS, [*nested(one)[:-1], [{}, {}]], one.partitions, one.functions)
    with pytest.raises(RunError, match="no sites"):
        one.at(["c"])


def test_octaves_count_doublings_from_step_zero():
    assert octaves([0, 1, 7]).tolist() == [0, 1, 3]
