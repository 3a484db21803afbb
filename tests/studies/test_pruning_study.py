"""The part ``pruning`` from a command to its report, on a tiny model."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml
from tests.cli.helper_request import overrides

from brodmann.cli.analyze import analyze_one


@pytest.mark.slow
def test_a_tiny_study_prunes_trains_and_tells(tmp_path):
    typed = [one for one in overrides(tmp_path) if not one.startswith("task=")]
    asked = [
        "experiment=skill_neurons", "task=[csv]", "seed=[0,1]", "parts=[pruning]",
        "study.keep=0.1", "study.permutations=4", "study.retune_epochs=15", "study.retune_from=new",
        "method=full", *typed,
        "optimizer.lr=1e-2", "training.epochs=20",
    ]  # fmt: skip
    result = analyze_one(asked)
    rows = json.loads((result.folder / "claims.json").read_text())
    ran = {row["id"] for row in rows if "was not run" not in row["reason"]}
    assert ran == {"SN-9a", "SN-9b"}
    assert len({row["id"] for row in rows}) == 15
    table = pd.read_csv(result.folder / "tables" / "pruning.csv")
    assert list(table["kept neurons"]) == ["skill", "random", "magnitude", "activation"]
    assert table["after"].nunique() == 1
    removed = 2 * (64 - 6) * (2 * 32 + 1)
    assert (table["parameters"] - table["after"]).tolist() == [removed] * 4
    assert np.isfinite(table["share kept"]).all()
    times = pd.read_csv(result.folder / "tables" / "pruning_latency.csv")
    assert len(times) == 4
    runs = list((tmp_path / "runs" / "train").glob("csv-*"))
    assert len(runs) == 2 + 2 * 4
    trained = [yaml.safe_load((r / "config.yaml").read_text()) for r in runs]
    assert sorted(one["training"]["epochs"] for one in trained) == [15] * 8 + [20] * 2
    assert sum(one["model"]["pruned"] is None for one in trained) == 2
    assert analyze_one(asked).reused
