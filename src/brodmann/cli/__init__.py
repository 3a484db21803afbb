"""What stands behind ``train.py`` and ``analyze.py``: parse, answer fast, call the lab."""
