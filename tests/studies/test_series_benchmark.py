"""The benchmark of series still asks what the study accepts."""

import argparse

import pytest
from benchmarks.series import series_rows


@pytest.mark.slow
def test_a_checkpoint_of_a_series_is_timed_beside_one_alone():
    asked = argparse.Namespace(bert="tiny", checkpoints=2, pairs=1, threads=1, texts=20)
    rows = list(series_rows(asked))
    assert [row["against"] for row in rows] == ["one alone", "bare passes"]
    assert all(row["median"] > 0 for row in rows)
