"""A model in which inputs of a kind drive the neurons of one expert alone."""

import torch
from torch import nn

from brodmann.neurons.moe.layers import find_layers
from brodmann.neurons.partition.partition import Partition
from brodmann.neurons.pruning import Ffn
from brodmann.neurons.sites import Site
from brodmann.neurons.subject import Prepared
from brodmann.neurons.tokens import TokenMasks


class Block(nn.Module):
    """An FFN with ReLU: inputs in, classes out."""

    def __init__(self, width, units):
        super().__init__()
        self.into, self.out = nn.Linear(width, units), nn.Linear(units, 3)

    def forward(self, states):
        return self.out(self.into(states).relu())


class Planted:
    """Inputs of four kinds, each driving the neurons of one expert alone; neurons lie shuffled."""

    blocks, unsplit = ("",), frozenset()

    def __init__(self, kinds=4, size=8, width=12):
        generator = torch.Generator().manual_seed(0)
        self.kinds, self.width = kinds, width
        self.model = Block(width, kinds * size).requires_grad_(False)
        order = torch.randperm(kinds * size, generator=generator)
        self.expert_of = torch.arange(kinds).repeat_interleave(size)[order]
        basis, _ = torch.linalg.qr(torch.randn(width, kinds, generator=generator))
        self.directions = basis.t()
        self.model.into.weight.copy_(2 * self.directions[self.expert_of])
        self.model.into.bias.fill_(-0.5)
        units = kinds * size
        self.sites = [Site("encoder.0.ffn", 0, "ffn", "out", "input", units)]
        ffn = Ffn("encoder.0.ffn", ("into",), "out")
        self.layers = find_layers(self.model, self.sites, [ffn])

    def batch(self, count, seed):
        generator = torch.Generator().manual_seed(seed)
        kind = torch.randint(self.kinds, (count, 5), generator=generator)
        noise = 0.02 * torch.randn(count, 5, self.width, generator=generator)
        return {"values": self.directions[kind] + noise, "index": torch.arange(count)}

    def prepare(self, batch):
        every = torch.ones(batch["values"].shape[:2], dtype=torch.bool)
        every[0, -1] = False
        masks = TokenMasks(every, every, ~every, ~every, ~every, ~every)
        return Prepared(batch["values"], masks, batch["index"])

    def predict(self, inputs):
        return self.model(inputs).mean(1)


def planted_partition(subject):
    return Partition({"encoder.0.ffn": subject.expert_of}, subject.kinds)
