"""MoEfication: an FFN run through some of its experts per token (Zhang et al. 2022)."""
