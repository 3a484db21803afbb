"""Runs: their keys, folders, locks and states; sweeps of runs."""
