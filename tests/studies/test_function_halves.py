"""Halves and strata of a question's examples."""

import torch

from brodmann.studies.functions.halves import halves, strata


def test_halves_keep_groups_and_have_both_answers():
    labels = torch.tensor([True, False] * 10 + [True] * 6 + [False] * 6)
    groups = torch.cat([torch.arange(10).repeat_interleave(2), 10 + torch.arange(12)])
    for seed in range(5):
        half = halves(labels, groups, seed)
        for group in groups.unique():
            assert len(half[groups == group].unique()) == 1
        assert half[:20].sum() == 10
        for part in (half, ~half):
            assert labels[part].sum() * 2 == part.sum()


def test_labels_move_within_pairs_and_within_halves():
    labels = torch.tensor([True, False, True, False, True, False])
    groups = torch.tensor([0, 0, 1, 1, 2, 3])
    half = torch.tensor([False, False, True, True, False, False])
    found = strata(labels, groups, half)
    assert found[0] == found[1] != found[2] == found[3]
    assert found[4] == found[5] == 0
    assert len(found.unique()) == 3
