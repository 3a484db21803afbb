"""Nulls, intervals and corrections: NumPy in, plain numbers out."""
