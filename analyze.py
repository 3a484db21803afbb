"""Run studies on trained models: ``python analyze.py --help``."""

import sys

from brodmann.cli.analyze import main
from brodmann.cli.entry import run_entry

if __name__ == "__main__":
    sys.exit(run_entry(main, sys.argv[1:]))
