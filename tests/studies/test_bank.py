"""The bank of activations to resample from."""

import torch

from brodmann.neurons.tokens import TokenMasks, read
from brodmann.studies.bank import Bank


def test_rows_are_spread_over_the_data_and_each_is_a_token_that_was_there():
    bank = Bank(["a"], examples=10, rows=4)
    values = torch.randn(10, 5, 3, generator=torch.Generator().manual_seed(0))
    attended = torch.arange(5) < torch.arange(1, 11)[:, None].clamp_max(5)
    blank = torch.zeros_like(attended)
    masks = TokenMasks(attended, attended, blank, blank, blank, blank)
    order = torch.tensor([9, 4, 0, 2, 7, 1, 3, 5, 6, 8])
    for part in order.split(4):
        chosen = TokenMasks(*(m[part] for m in (attended, attended, blank, blank, blank, blank)))
        bank.update("a", read(values[part], chosen, bank.reading), part)
    kept = bank.values()["a"]
    assert len(kept) == 4
    owners = [
        row
        for one in kept
        for row in range(10)
        if any(torch.equal(one, values[row, t]) for t in range(5) if masks.attended[row, t])
    ]
    assert sorted(owners) == [0, 3, 6, 9]


def test_a_small_data_set_is_kept_whole():
    bank = Bank(["a"], examples=3, rows=64)
    bank.update("a", torch.arange(6.0).view(3, 1, 2), torch.tensor([2, 0, 1]))
    assert bank.values()["a"].tolist() == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
