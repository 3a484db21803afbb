"""``python analyze.py``: the experiments there are."""

from __future__ import annotations

from brodmann.config.groups import choices
from brodmann.config.request import parse, read_request
from brodmann.errors import RequestError, nearest

HELP = """Run a study on trained models.

  python analyze.py                      list the experiments
  python analyze.py experiment=NAME      run one"""


def main(arguments: list[str]) -> int:
    """Answer a command line; returns the exit code."""
    request = read_request(arguments)
    if request.show == "help":
        print(HELP)
        return 0
    names = analyze_one(request.overrides)
    print("\n".join(names) if names else "there are no experiments yet")
    return 0


def analyze_one(overrides: list[str]) -> list[str]:
    """What ``brodmann.analyze`` does: the names of the experiments.

    Raises:
        RequestError: An unknown key or experiment.
    """
    names = choices("experiment", read_request([]).conf_dirs)
    known = ("experiment", "seed", "runs_dir", "debug")
    for text in overrides:
        override = parse(text)
        key, value = override.key_or_group, override.value()
        if key not in known:
            raise RequestError(key, value, "there is no such key", nearest(key, known))
        if key == "experiment" and value not in names:
            raise RequestError(
                key, value, "there is no such experiment", nearest(str(value), names)
            )
    return names
