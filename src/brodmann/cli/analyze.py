"""``python analyze.py``: list the experiments, or run one, or several."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from brodmann.cli.first import say_first_of
from brodmann.config.analysis import compose_study, training_overrides
from brodmann.config.groups import choices
from brodmann.config.request import Request, naming, own_overrides, parse, read_request
from brodmann.errors import RequestError, nearest

if TYPE_CHECKING:
    from rich.console import Console

    from brodmann.config.studies import StudyConfig
    from brodmann.studies.runner import StudyResult

HELP = """Run a study on trained models; runs that it needs are trained first.

  python analyze.py                                     list the experiments
  python analyze.py experiment=NAME                     run one on the playground
  python analyze.py experiment=NAME task=[sst2,imdb] seed=[0,1,2,3,4] model=minilm \\
      model.path=DIR data.mirror=DIR                    the same on real tasks
  python analyze.py -m experiment=NAME preset=quick,standard      several studies

Settings, key=value
  task=[...]  seed=[...]  parts=[...]      suite, seeds of the training runs, parts of the study
                                           (parts=[] means all of them)
  functions=[...]                          suite of the experiments on functions, instead of tasks
  study.<key>=...                          the study's own (docs/configuration.md lists them)
  everything else                          as for train.py: the training runs' settings"""
"""What ``python analyze.py --help`` says above the experiments."""
CHOICE = "experiment"
"""The key that names the study."""
LISTS = (
    "parts",
    "task",
    "functions",
    "seed",
    "study.rates",
    "study.methods",
    "study.doses",
    "study.runs",
    "study.revisions",
    "study.checkpoints",
)
"""Keys that take a list."""


def main(arguments: list[str]) -> int:
    """Answer a command line.

    Args:
        arguments: ``sys.argv[1:]``.

    Returns:
        The exit code: 0 when all studies are done, 1 when one failed.

    Raises:
        RequestError: The request was wrong.
        RunError: The study failed.
    """
    request = read_request(arguments)
    request.lists = LISTS
    if request.show == "help":
        print(HELP)
        return 0
    if not any(parse(text).key_or_group == CHOICE for text in request.overrides):
        _list(request)
        return 0
    jobs = request.jobs()
    configs = []
    for job, own in zip(jobs, own_overrides(jobs), strict=True):
        with naming(own):
            configs.append(compose_study(job, request.conf_dirs))
    if request.show == "config":
        say_first_of(jobs)
        from dataclasses import asdict

        from omegaconf import OmegaConf

        print(OmegaConf.to_yaml(OmegaConf.create(asdict(configs[0]))), end="")
        return 0
    from brodmann.lab.screen import own_console

    with own_console() as console:
        for config, own in zip(configs, own_overrides(jobs), strict=True):
            with naming(own):
                _check_runs(config, request.conf_dirs, console)
        for job in jobs:
            _run(job, request.conf_dirs, console)
    return 0


def analyze_one(overrides: list[str]) -> list[str] | StudyResult:
    """What ``brodmann.analyze`` does: run a study, or name the experiments there are."""
    request = Request(overrides, lists=LISTS)
    if not any(parse(text).key_or_group == CHOICE for text in overrides):
        return _named(request)
    from brodmann.lab.screen import own_console

    config = compose_study(overrides, request.conf_dirs)
    with own_console() as console:
        _check_runs(config, request.conf_dirs, console)
        return _run(overrides, request.conf_dirs, console)


def _check_runs(config: StudyConfig, conf_dirs: list[Path], console: Console) -> None:
    """Check a run of every task before torch is imported: that alone takes seconds."""
    from brodmann.lab.given_series import check_series
    from brodmann.lab.jobs import prepare_jobs
    from brodmann.lab.study_fits import check_fits
    from brodmann.lab.subjects import subject_overrides

    check_series(config, conf_dirs)
    more = subject_overrides(config)
    wanted = [training_overrides(config, task, config.seed[0], *more) for task in config.task]
    check_fits(config, prepare_jobs(wanted, conf_dirs, console))


def _run(job: list[str], conf_dirs: list[Path], console: Console) -> StudyResult:
    config = compose_study(job, conf_dirs)
    from brodmann.studies import STUDIES
    from brodmann.studies.runner import run_study

    command = " ".join(["python analyze.py", *job])
    return run_study(STUDIES[config.experiment], config, conf_dirs, command, console)


def _named(request: Request) -> list[str]:
    names = choices(CHOICE, request.conf_dirs)
    for text in request.overrides:
        override = parse(text)
        raise RequestError(override.key_or_group, override.value(), "no experiment is named",
                           f"add experiment=NAME; {nearest('', names)}")  # fmt: skip
    return names


def _list(request: Request) -> None:
    for name in _named(request):
        print(f"experiment={name:<18} {_summary(name, request.conf_dirs)}")


def _summary(name: str, conf_dirs: list[Path]) -> str:
    """The comment at the head of an experiment's YAML file."""
    from brodmann.config.groups import choice_file

    first = choice_file(CHOICE, name, conf_dirs).read_text(encoding="utf-8").splitlines()[0]
    return first.lstrip("# ")
