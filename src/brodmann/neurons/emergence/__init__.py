"""Emergence: when scores, experts and partitions settle over the checkpoints of a pre-training."""
