"""Pretrained transformers: found, loaded frozen, fed and read out."""
