"""The common suite: every method on every family."""

import copy
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.methods.building import batch_for, fresh, logits_of, stock, train_steps, tuned_model
from tests.methods.rows import ROWS
from tests.tiny import FAMILY_NAMES

from brodmann.errors import RequestError, RunError
from brodmann.methods import METHODS, Method, build_method

FITTING = [
    pytest.param(method, family, id=f"{method}-{family}")
    for method, row in ROWS.items()
    for family in FAMILY_NAMES
    if family not in row.unfit
]
UNFIT = [
    pytest.param(method, family, id=f"{method}-{family}")
    for method, row in ROWS.items()
    for family in FAMILY_NAMES
    if family in row.unfit
]


def snapshot(model):
    return {name: parameter.detach().clone() for name, parameter in model.named_parameters()}


@pytest.mark.parametrize(("method", "family"), FITTING)
def test_trains_saves_and_reloads(method, family, tmp_path):
    model = tuned_model(family, ROWS[method].settings)
    batch = batch_for(model.backbone)
    before, untrained = snapshot(model), logits_of(model, batch)
    train_steps(model, batch)
    trained = model.trained()
    for name, parameter in model.named_parameters():
        if name not in trained:
            assert torch.equal(parameter, before[name]), f"{name} is frozen, but it changed"
            assert parameter.grad is None
    after = logits_of(model, batch)
    assert after.isfinite().all()
    assert torch.equal(after, untrained) == (method == "frozen")

    save_file({name: p.detach().contiguous() for name, p in trained.items()}, tmp_path / "t")
    again = tuned_model(family, ROWS[method].settings, seed=1 if method != "frozen" else 0)
    again.load_trained(load_file(tmp_path / "t"))
    assert torch.equal(logits_of(again, batch), after)


@pytest.mark.parametrize(("method", "family"), FITTING)
def test_count_and_start(method, family):
    row, bare = ROWS[method], stock(family)
    model = tuned_model(family, row.settings)
    readout = sum(p.numel() for n, p in model.trained().items() if n.startswith("readout."))
    expected = row.count(bare)
    assert model.sizes()[0] - readout == expected
    assert sum(p.numel() for p in model.trained().values()) - readout == expected
    if row.identity:
        batch = batch_for(model.backbone)
        reference = tuned_model(family, ROWS["bitfit"].settings, attach=False)
        torch.testing.assert_close(
            logits_of(model, batch), logits_of(reference, batch), rtol=0, atol=1e-6
        )


@pytest.mark.parametrize(("method", "family"), UNFIT)
def test_unfit_backbone_is_refused_with_alternatives(method, family):
    with pytest.raises(RequestError, match=ROWS[method].refusal):
        tuned_model(family, ROWS[method].settings)


def test_a_method_that_opens_nothing_is_refused(monkeypatch):
    class Idle(Method):
        def attach(self, backbone, generator):
            pass

    monkeypatch.setitem(METHODS, "bitfit", Idle)
    with pytest.raises(
        RequestError, match="finds nothing to train in this bert; use method=prompt"
    ):
        tuned_model("bert", ROWS["bitfit"].settings)


@pytest.mark.parametrize("method", list(ROWS))
def test_seed_alone_decides(method):
    def start(seed, noise):
        torch.manual_seed(noise)
        state = torch.get_rng_state()
        backbone = fresh("bert")
        torch.set_rng_state(state)
        built = build_method(ROWS[method].settings, backbone, torch.Generator().manual_seed(seed))
        assert torch.equal(torch.get_rng_state(), state)
        opened = [p for p in backbone.parameters() if p.requires_grad]
        return [p.detach() for p in [*built.parameters(), *built.buffers(), *opened]]

    one, same, other = start(3, 0), start(3, 1), start(4, 0)
    assert all(torch.equal(a, b) for a, b in zip(one, same, strict=True))
    random = method in {"prompt", "frozen", "pfeiffer", "houlsby", "lora"}
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True)) != random


@pytest.mark.parametrize("method", list(ROWS))
def test_names_are_those_of_their_rooms_and_copies_are_separate(method):
    model = tuned_model("bert", ROWS[method].settings)
    rooms = ("method.", "readout.", "backbone.model.")
    assert all(name.startswith(rooms) for name in model.trained())
    twin, batch = copy.deepcopy(model), batch_for(model.backbone)
    before = logits_of(twin, batch)
    train_steps(model, batch)
    assert torch.equal(logits_of(twin, batch), before)


@pytest.mark.parametrize("method", ["prompt", "lora", "bitfit"])
def test_saved_tensors_must_be_exactly_the_trained_ones(method):
    model = tuned_model("bert", ROWS[method].settings)
    good = {name: p.detach().clone() for name, p in model.trained().items()}
    before = snapshot(model)
    name = next(iter(good))
    wrong = {
        "is missing": {n: t for n, t in good.items() if n != name},
        "is unexpected": {**good, "method.more": torch.zeros(1)},
        "not float32": {**good, name: good[name].double()},
        rf"is float32 \[\d+\], not float32 \[{good[name].shape[0]}": {
            **good,
            name: torch.zeros(good[name].numel() + 1),
        },
    }
    for message, tensors in wrong.items():
        changed = {n: t + 1 if n in good else t for n, t in tensors.items()}
        with pytest.raises(RunError, match=message):
            model.load_trained(changed)
    assert all(torch.equal(p, before[n]) for n, p in model.named_parameters())


@pytest.mark.slow
def test_one_fresh_process_reloads_all(tmp_path):
    expected = {}
    for case in FITTING:
        method, family = case.values
        model = tuned_model(family, ROWS[method].settings)
        batch = batch_for(model.backbone)
        train_steps(model, batch)
        folder = tmp_path / case.id
        folder.mkdir()
        trained = {name: p.detach().contiguous() for name, p in model.trained().items()}
        save_file(trained, folder / "method.safetensors")
        expected[case.id] = logits_of(model, batch)
    save_file(expected, tmp_path / "expected.safetensors")
    done = subprocess.run(
        [sys.executable, "-m", "tests.methods.reload", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == f"{len(FITTING)} equal"
