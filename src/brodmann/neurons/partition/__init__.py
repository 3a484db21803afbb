"""Partitions: each neuron of an FFN belongs to one expert (Zhang et al. 2022, "MoEfication")."""
