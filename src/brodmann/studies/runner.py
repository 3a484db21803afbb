"""Run a study: check, train what is missing, freeze the claims, measure, judge, tell."""

from __future__ import annotations

import hashlib
import json
import signal
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from rich.console import Console
from rich.text import Text

from brodmann.config.studies import StudyConfig
from brodmann.errors import Interrupted, RequestError, RunError, nearest
from brodmann.lab.device import accelerator_of, threads_of
from brodmann.lab.environment import environment
from brodmann.lab.files import read_json, write_json, write_text
from brodmann.lab.prepare import Prepared
from brodmann.lab.redact import redact
from brodmann.lab.run import RunFolder
from brodmann.lab.screen import captured
from brodmann.lab.signals import handling, leave
from brodmann.neurons.claims.evidence import POOLED, not_measured
from brodmann.neurons.claims.ledger import Ledger, freeze
from brodmann.report.claims import NOT_RUN
from brodmann.report.findings import StudyReport
from brodmann.report.study import show_study, write_report
from brodmann.studies.forewarned import forewarned
from brodmann.studies.measuring import PROTOCOL
from brodmann.studies.setting import setting
from brodmann.studies.study import Outcome, Part, Study
from brodmann.studies.suite import Job, Suite
from brodmann.studies.tracking import track_study

RESULTS = ("config.yaml", "analysis.json", "claims.json", "report.html")
"""Files without which a study is not done."""


@dataclass(frozen=True)
class StudyResult:
    """A study that is done.

    Attributes:
        folder: Where it lies.
        claims: Content of ``claims.json``.
        reused: It was found finished.
    """

    folder: Path
    claims: list[dict[str, Any]]
    reused: bool = False


def run_study(
    study: Study, config: StudyConfig, conf_dirs: list[Path], command: str, console: Console
) -> StudyResult:
    """Run a study, or return it as it is when it is done.

    Args:
        study: A row of ``STUDIES``.
        config: Its settings.
        conf_dirs: Folders of YAML files.
        command: What was typed, for the report.
        console: Where it is told what is done.

    Raises:
        RequestError: A part, task or setting is wrong; nothing was trained.
        RunError: A run or a measurement failed; the status says so.
        Interrupted: SIGTERM; what was trained and measured is kept.
    """
    with handling(leave, signal.SIGTERM):
        return _get_or_run(study, config, conf_dirs, command, console)


def _get_or_run(
    study: Study, config: StudyConfig, conf_dirs: list[Path], command: str, console: Console
) -> StudyResult:
    parts = _parts(study, config)
    suite = Suite(config, conf_dirs, Path("."), console)
    jobs = list(dict.fromkeys(job for part in parts for job in part.jobs(config)))
    prepared = suite.prepare(jobs)
    for part in parts:
        part.check(suite)
    for note in forewarned(study, config, parts, prepared):
        console.print(Text(f"    note  {note}", style="dim"), soft_wrap=True)
    folder = study_folder(study, config, prepared)
    suite.folder = folder.path
    with folder.lock(lambda: console.print(f"waiting for {folder.path}")):
        if folder.state == "done" and config.resume:
            console.print(f"found finished in {folder.path}; resume=false runs it anew")
            return StudyResult(folder.path, read_json(folder / "claims.json"), reused=True)
        folder.begin(fresh=not config.resume, keep=["analysis.json"])
        try:
            with captured(folder.path / "analyze.log"):
                result = _run(study, parts, suite, jobs, folder, command)
            folder.finish()
        except (Interrupted, KeyboardInterrupt):
            raise
        except BaseException as error:
            folder.fail(error)
            raise
    show_study(console, result, folder.path)
    return StudyResult(folder.path, read_json(folder / "claims.json"))


def study_folder(study: Study, config: StudyConfig, prepared: list[Prepared]) -> RunFolder:
    """``runs_dir/analyze/<experiment>-<hash8>``, the hash over settings, runs and claims.

    Args:
        study: Says the name and the claims.
        config: The settings; where and whether to resume does not count.
        prepared: The runs that are known beforehand, one at least.
    """
    content = {
        "settings": asdict(replace(config, train=[], resume=True)),
        "runs": [one.folder.path.name for one in prepared],
        "claims": [claim.as_dict() for claim in study.claims],
        "protocol": PROTOCOL,
    }
    key = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:8]
    root = Path(prepared[0].config.runs_dir) / "analyze"
    return RunFolder(root / f"{study.name}-{key}", RESULTS)


def _parts(study: Study, config: StudyConfig) -> list[Part]:
    for name in config.parts:
        if name not in study.parts:
            raise RequestError("parts", name, f"{study.name} has no such part",
                               nearest(name, study.parts))  # fmt: skip
    return [part for name, part in study.parts.items() if name in config.parts or not config.parts]


def _run(
    study: Study, parts: list[Part], suite: Suite, jobs: list[Job], folder: RunFolder, command: str
) -> StudyReport:
    started = time.monotonic()
    first = suite.prepare(jobs[:1])[0].config
    tree = OmegaConf.to_yaml(OmegaConf.create(asdict(suite.config)))
    write_text(folder / "config.yaml", redact(tree))
    threads = threads_of(first.trainer)
    write_json(folder / "environment.json", environment(threads, accelerator_of(first.trainer)))
    settings = {
        key: value for key, value in asdict(suite.config).items() if key not in ("train", "resume")
    }
    runs = [one.folder.path.name for one in suite.prepare(jobs)]
    ledger = Ledger(study.name, study.claims, {**settings, "runs": runs})
    ledger = freeze(folder.path / "analysis.json", ledger)
    suite.train(jobs)
    outcomes = []
    for part in parts:
        suite.console.print(f"{part.name}")
        outcomes.append(part.find(suite))
    rows = ledger.rows(ledger.judge({**_not_run(study, parts), **_evidence(outcomes)}))
    write_json(folder / "claims.json", rows)
    subject = study.subject(suite, jobs)
    report = StudyReport(
        title=study.title, question=study.question, command=command,
        setting=setting(suite, jobs, ledger, subject, time.monotonic() - started),
        scope=f"{subject}, these {_suite(suite.config)} "
        f"and method={first.method.name} only",
        claims=rows, findings=[outcome.finding for outcome in outcomes], folder=str(folder.path),
    )  # fmt: skip
    write_report(report, folder.path)
    track_study(first, folder.path, report)
    return report


def _suite(config: StudyConfig) -> str:
    return "functions" if config.functions else "tasks"


def _not_run(study: Study, parts: list[Part]) -> dict[str, Any]:
    """Claims of parts that were left out: they stay in the family that Holm corrects for."""
    asked = {name for part in parts for name in part.claims}
    known = {name: part.name for part in study.parts.values() for name in part.claims}
    left = {claim.id: known.get(claim.id, "?") for claim in study.claims if claim.id not in asked}
    return {
        name: [replace(not_measured(POOLED, f"parts={part} was not run"), notes={NOT_RUN: part})]
        for name, part in left.items()
    }


def _evidence(outcomes: list[Outcome]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for outcome in outcomes:
        for name, rows in outcome.evidence.items():
            if name in found:
                raise RunError(f"two parts judge claim {name}")
            found[name] = rows
    return found
