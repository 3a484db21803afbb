"""``python train.py --help``: what may be typed, from the YAML files themselves."""

from __future__ import annotations

from pathlib import Path

from brodmann.config.groups import GROUPS, choices

TRAIN = """Train a small method on a frozen transformer.

  python train.py                                     a soft prompt on the playground
  python train.py task=sst2 method=bitfit seed=1      a real task (data.mirror=DIR: local copies)
  python train.py -m task=sst2,mnli method=prompt,bitfit seed=0,1,2     a sweep, resumable

Choices
{choices}

Settings, key=value (docs/configuration.md lists all)
  seed=0  preset=quick|standard|faithful  data.mirror=DIR  data.max_train=N  data.max_test=N
  method.length=16  optimizer.lr=0.01  training.epochs=3  runs_dir=runs
  model=hf model.path=DIR_OR_ID (a checkpoint of your own; timm: model=timm)

Flags
  -m, --multirun      several values of a key are several jobs
  --cfg job           print the settings and stop
  --config-dir DIR    your own YAML files beside conf/
  --help              this text"""
"""What ``python train.py --help`` says above the keys."""


def train_help(conf_dirs: list[Path]) -> str:
    """The help text, with the choices there are."""
    lines = []
    for group in GROUPS:
        names = [name for name in choices(group, conf_dirs)]
        lines.append(_wrapped(group, names))
    return TRAIN.format(choices="\n".join(lines))


def _wrapped(group: str, names: list[str]) -> str:
    import textwrap

    return textwrap.fill(
        ", ".join(names), width=98, initial_indent=f"  {group + '=':<10}",
        subsequent_indent=" " * 12, break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
