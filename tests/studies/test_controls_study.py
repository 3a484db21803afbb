"""The parts ``transfer`` and ``controls`` from a command to their report, on a tiny model."""

import json

import pandas as pd
import pytest
from tests.cli.helper_request import overrides

from brodmann.cli.analyze import analyze_one


@pytest.mark.slow
def test_a_tiny_study_rotates_ablates_and_tells_what_cannot_transfer(tmp_path):
    typed = [one for one in overrides(tmp_path) if not one.startswith("task=")]
    asked = [
        "experiment=skill_neurons", "task=[csv]", "seed=[0,1]", "parts=[transfer,controls]",
        "study.permutations=4", "study.null_orders=2", "study.rotations=3", "study.masks=9",
        "method=full", *typed, "optimizer.lr=1e-2", "training.epochs=20",
    ]  # fmt: skip
    result = analyze_one(asked)
    rows = json.loads((result.folder / "claims.json").read_text())
    found = {row["id"]: row for row in rows if row["scope"] == "pooled"}
    assert {"SN-10", "AB-1", "PB-1"} <= set(found)
    assert "source tasks" in found["SN-10"]["reason"]
    assert found["PB-1"]["effect"] is not None
    tables = result.folder / "tables"
    assert pd.read_csv(tables / "basis.csv")["rotations"].tolist() == [3]
    ablations = pd.read_csv(tables / "ablations.csv")
    assert ablations["ablation"].tolist() == ["noise", "zero", "mean", "resample"]
    controls = pd.read_csv(tables / "ablation_controls.csv")
    assert controls["largest logit change at 0"].tolist() == [0]
    assert (result.folder / "report.html").read_text().count("Not measured") == 0
    assert analyze_one(asked).reused
