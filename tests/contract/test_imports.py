"""Imports run one way, and the core knows no framework."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "brodmann"
ALLOWED = {
    "config": set(),
    "neurons": set(),
    "playground": {"config", "neurons"},
    "tasks": {"config", "neurons", "playground"},
    "backbones": {"config", "neurons", "playground"},
    "methods": {"config", "neurons", "backbones"},
    "training": {"config", "neurons", "tasks", "backbones", "methods", "callbacks", "lab"},
    "callbacks": {"config", "neurons", "training", "lab"},
    "lab": {"config", "tasks", "backbones", "methods", "training", "callbacks", "report"},
    "report": {"config", "lab"},
    "cli": {"config", "lab", "report", "studies"},
    "studies": {"config", "neurons", "tasks", "backbones", "methods", "training", "lab", "report"},
}
"""Room -> rooms it may import; ``errors`` and ``cache`` are open to all, ``studies`` to none."""
FRAMEWORKS = {"hydra", "lightning", "transformers", "wandb", "peft", "timm", "datasets"}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("room", sorted(p.name for p in SOURCE.iterdir() if p.is_dir()))
def test_rooms_import_only_what_they_may(room):
    if room == "__pycache__":
        return
    for path in (SOURCE / room).rglob("*.py"):
        rooms = {name.split(".")[1] for name in imported(path) if name.startswith("brodmann.")}
        assert rooms - {room, "errors", "cache"} <= ALLOWED[room], path


def test_every_room_is_in_the_table():
    rooms = {path.parent.name for path in SOURCE.glob("*/*.py")}
    assert rooms <= set(ALLOWED)


def test_the_core_knows_no_framework():
    for path in (SOURCE / "neurons").rglob("*.py"):
        assert not {name.split(".")[0] for name in imported(path)} & FRAMEWORKS, path


def test_hydra_is_known_only_where_requests_are_read():
    users = {
        path.parent.name
        for path in SOURCE.rglob("*.py")
        if any(name.split(".")[0] == "hydra" for name in imported(path))
    }
    assert users <= {"config"}
