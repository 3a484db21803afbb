"""Run in a fresh process: rebuild every saved case and compare its logits bit by bit."""

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from tests.methods.building import batch_for, logits_of, tuned_model
from tests.methods.rows import ROWS


def main(folder: Path) -> str:
    """Reload every case of a folder; the cases' names are ``<method>-<family>``."""
    expected = load_file(folder / "expected.safetensors")
    for case, logits in expected.items():
        method, family = case.split("-", 1)
        model = tuned_model(family, ROWS[method].settings)
        model.load_trained(load_file(folder / case / "method.safetensors"))
        got = logits_of(model, batch_for(model.backbone))
        assert torch.equal(got, logits), f"{case} differs by {(got - logits).abs().max()}"
    return f"{len(expected)} equal"


if __name__ == "__main__":
    sys.stdout.write(main(Path(sys.argv[1])) + "\n")
