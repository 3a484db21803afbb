"""``experiment=moefication`` from a command to its report, on tiny models."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.cli.helper_request import overrides
from tests.tiny import checkpoint

from brodmann.cli.analyze import analyze_one
from brodmann.config.analysis import compose_study
from brodmann.config.groups import default_conf
from brodmann.errors import RequestError

SMALL = (
    "study.expert_size=8", "study.random_partitions=2", "study.shares=[0.25,1]", "study.at=0.25",
    "study.train_rows=40", "study.dev_rows=20", "study.test_rows=60", "study.router_epochs=2",
)  # fmt: skip


def asked(folder, *more):
    typed = [one for one in overrides(folder) if not one.startswith("task=")]
    return ["experiment=moefication", "task=[csv]", *SMALL, *typed, *more]


@pytest.mark.slow
def test_a_tiny_study_routes_judges_and_tells(tmp_path):
    request = asked(tmp_path, "seed=[0,1]", "method=full", "optimizer.lr=1e-2",
                    "training.epochs=20")  # fmt: skip
    result = analyze_one(request)
    rows = json.loads((result.folder / "claims.json").read_text())
    pooled = {row["id"]: row for row in rows if row["scope"] == "pooled"}
    assert set(pooled) == {"MF-1", "MF-2"}
    assert all("2 seeds, 5 are needed" in row["reason"] for row in pooled.values())
    table = pd.read_csv(result.folder / "tables" / "moefication.csv")
    assert len(table) == 4 * 3 * 2
    whole = table[table["experts"] == "8 of 8"]
    assert (whole["accuracy"] == whole["dense"]).all()
    assert whole["captured"].to_numpy() == pytest.approx(1)
    some = table[table["experts"] == "2 of 8"]
    assert len(some) == len(whole) == 4 * 3
    assert (some[some["router"] == "oracle"]["recall"] == 1).all()
    assert (some["captured"] < 1).all()
    by_router = some.set_index(["partition", "router"])["captured"]
    for kind in ("clustering", "coactivation", "random", "contiguous"):
        assert by_router[kind, "oracle"] >= by_router[kind, "mlp"] - 1e-9
    best = pd.read_csv(result.folder / "tables" / "moefication_routers.csv")
    assert (best["best epoch"] >= best["before training"]).all()
    times = pd.read_csv(result.folder / "tables" / "moefication_speed.csv")
    assert times["tokens"].iloc[0] == 1
    assert np.isfinite(times["sparse over dense"]).all()
    page = (result.folder / "report.html").read_text()
    assert "no ReLU" in page
    assert analyze_one(request).reused


@pytest.mark.slow
@pytest.mark.parametrize(("family", "said"), [("opt", "have ReLU"), ("llama", "act(gate)")])
def test_other_activations_are_told_as_what_they_are(family, said, tmp_path):
    request = asked(
        tmp_path, "seed=[0]", "method=lora", f"model.path={checkpoint(family)}",
        "study.partitions=[clustering,random]", "study.routers=[oracle,mlp]", "optimizer.lr=1e-2",
        "training.epochs=20",
    )  # fmt: skip
    request = [one for one in request if one != f"model.path={checkpoint('bert')}"]
    result = analyze_one([one for one in request if not one.startswith("method.layout")])
    page = (result.folder / "report.html").read_text()
    assert said in page or "solves none of the tasks" in page


def test_experts_that_do_not_divide_the_width_are_refused_before_anything_trains(tmp_path):
    with pytest.raises(RequestError, match=r"study\.expert_size=7: 64 neurons .* such as 2, 4, 8"):
        analyze_one(asked(tmp_path, "seed=[0]", "study.expert_size=7"))
    assert not list((tmp_path / "runs").rglob("method.safetensors"))


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("study.partitions=[]", "study.partitions"),
        ("study.partitions=[clusters]", "study.partitions"),
        ("study.partitions=[random,random]", "study.partitions"),
        ("study.routers=[mpl]", "study.routers"),
        ("study.shares=[0.2,0.1]", "study.shares"),
        ("study.shares=[0,0.2]", "study.shares"),
        ("study.shares=[]", "study.shares"),
        ("study.at=0.25", "study.at"),
        ("study.share=squares", "study.share"),
        ("study.rows=in", "study.rows"),
        *((f"study.{key}=0", f"study.{key}") for key in (
            "expert_size", "random_partitions", "partition_seeds", "router_epochs", "router_lr",
            "router_batch", "buffer_mib", "train_rows", "dev_rows", "test_rows",
        )),
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused(typed, key):
    with pytest.raises(RequestError) as error:
        compose_study(["experiment=moefication", typed], [default_conf()])
    assert error.value.key == key
    assert error.value.hint


@pytest.mark.parametrize("preset", ["quick", "standard", "faithful"])
def test_every_preset_composes(preset):
    config = compose_study(["experiment=moefication", f"preset={preset}"], [default_conf()])
    assert config.study.at in config.study.shares
