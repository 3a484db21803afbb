"""What is clustered: weights of neurons, whatever the family calls and stacks them."""

import pytest
import torch
from tests.tiny import FAMILY_NAMES, tiny_backbone

from brodmann.backbones.widths import find_ffns
from brodmann.errors import RequestError, RunError
from brodmann.neurons.partition.rows import ROWS, neuron_rows
from brodmann.neurons.pruning import Ffn, widths


def ffns_of(backbone):
    return find_ffns(backbone.model, backbone.family, backbone._body_path)


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_every_neuron_has_a_row_of_length_one(family):
    backbone = tiny_backbone(family)
    for ffn in ffns_of(backbone):
        units = widths(backbone.model, [ffn])[ffn.site]
        for which in ("up", "output", *(("gate", "both") if backbone.family.gated else ())):
            rows = neuron_rows(backbone.model, ffn, which)
            assert len(rows) == units
            length = 2**0.5 if which == "both" else 1.0
            assert rows.norm(dim=1).numpy() == pytest.approx(length, abs=1e-5)


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_silencing_what_a_row_reads_silences_its_neuron(family):
    """Inputs orthogonal to a neuron's rows leave its linear parts at the bias alone."""
    backbone = tiny_backbone(family)
    ffn = ffns_of(backbone)[0]
    layers = [backbone.model.get_submodule(path) for path in ffn.into]
    rows = {which: neuron_rows(backbone.model, ffn, which)[5]
            for which in ("up", "gate")[: 1 + bool(backbone.family.gated)]}  # fmt: skip
    basis, _ = torch.linalg.qr(torch.stack(list(rows.values())).t())
    probe = torch.randn(len(basis), generator=torch.Generator().manual_seed(0))
    probe = probe - basis @ (basis.t() @ probe)
    units = widths(backbone.model, [ffn])[ffn.site]
    with torch.no_grad():
        for layer in layers:
            change = layer(probe[None])[0] - layer(torch.zeros_like(probe)[None])[0]
            assert change[5::units].abs().max() < 1e-4
            assert change.abs().max() > 1e-3


def test_what_is_not_there_is_refused():
    backbone = tiny_backbone("bert")
    ffn = ffns_of(backbone)[0]
    with pytest.raises(RequestError, match="no gate"):
        neuron_rows(backbone.model, ffn, "gate")
    with pytest.raises(RequestError, match="not known"):
        neuron_rows(backbone.model, ffn, "middle")
    with pytest.raises(RunError, match="no matrix"):
        neuron_rows(backbone.model, Ffn(ffn.site, (ffn.into[0].rpartition(".")[0],), ffn.out))
    assert set(ROWS) == {"up", "gate", "both", "output"}
