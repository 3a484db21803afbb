"""Train small methods on frozen transformers: ``python train.py --help``."""

import sys

from brodmann.cli.entry import run_entry
from brodmann.cli.train import main

if __name__ == "__main__":
    sys.exit(run_entry(main, sys.argv[1:]))
