"""Pretrained transformers: found, loaded frozen, fed and read out, for every family of the table."""
