"""Small series for the tests of emergence."""

import numpy as np
import torch

from brodmann.neurons.emergence.series import Series
from brodmann.neurons.partition.partition import Partition

STEPS = (0, 1, 3, 7, 15)


def small(seed=0, units=12, experts=3, functions=2, steps=STEPS, sites=("a", "b"), noise=0.5):
    """Random walks with noisy halves, and a random partition at every checkpoint."""
    rng = np.random.default_rng(seed)
    count = len(steps)
    scores, labels = {}, []
    for site in sites:
        true = rng.normal(size=(count, 1, units, functions)).cumsum(0)
        scores[site] = true + noise * rng.normal(size=(count, 2, units, functions))
    base = torch.arange(experts).repeat_interleave(units // experts)
    for place in range(count):
        draw = torch.Generator().manual_seed(100 * seed + place)
        labels.append({s: base[torch.randperm(units, generator=draw)] for s in sites})
    partitions = tuple(Partition(one, experts) for one in labels)
    return Series(tuple(steps), scores, partitions, tuple(map(str, range(functions))))
