"""Partitions of several sites, and their files."""

import pytest
import torch
from safetensors import safe_open

from brodmann.errors import RequestError, RunError
from brodmann.neurons.files import MadeFrom, load_selection
from brodmann.neurons.partition.build import as_built, at_random, by_clustering, by_coactivation
from brodmann.neurons.partition.clustering import inertia
from brodmann.neurons.partition.files import load_partition, save_partition
from brodmann.neurons.partition.partition import agreement

UNITS = {"encoder.0.ffn": 24, "encoder.1.ffn": 24}
HERE = MadeFrom("weights", "words")


def rows(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return {site: torch.randn(count, 5, generator=generator) for site, count in UNITS.items()}


def test_clusters_say_where_they_came_from():
    values = rows()
    found = by_clustering(values, 4, seeds=(0, 1, 2))
    for site, one in values.items():
        assert found.info[f"inertia/{site}"] == pytest.approx(
            inertia(one, found.expert_of[site], 4), rel=1e-5
        )
        assert found.info[f"start/{site}"] in (0, 1, 2)


def test_a_good_start_is_kept_and_more_starts_do_no_harm():
    values = rows()
    best = by_clustering(values, 4, seeds=range(6))
    again = by_clustering(values, 4, seeds=(5,), start=best)
    site = "encoder.0.ffn"
    assert again.info[f"inertia/{site}"] <= best.info[f"inertia/{site}"] * (1 + 1e-6)
    one = by_clustering(values, 4, seeds=(0,))
    assert best.info[f"inertia/{site}"] <= one.info[f"inertia/{site}"]


def test_every_way_deals_all_neurons_out_evenly():
    graphs = {site: values @ values.t() for site, values in rows().items()}
    made = [at_random(UNITS, 6, 1), as_built(UNITS, 6), by_coactivation(graphs, 6)]
    for one in made:
        for site in UNITS:
            assert torch.bincount(one.expert_of[site]).tolist() == [4] * 6
    assert [one.info["method"] for one in made] == ["random", "native", "coactivation"]


def test_random_sites_differ_and_seeds_too():
    one, other = at_random(UNITS, 6, 0), at_random(UNITS, 6, 1)
    assert not torch.equal(*one.expert_of.values())
    assert max(agreement(one, other).values()) < 0.6


def test_what_was_written_is_read_and_equal_contents_give_equal_bytes(tmp_path):
    one = by_clustering(rows(), 4)
    for name in ("a", "b"):
        save_partition(tmp_path / name, one, HERE)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    found = load_partition(tmp_path / "a", HERE, UNITS)
    assert (found.experts, found.info) == (one.experts, one.info)
    assert all(torch.equal(found.expert_of[site], one.expert_of[site]) for site in UNITS)
    with safe_open(tmp_path / "a", "pt") as file:
        assert list(file.metadata()) == ["brodmann"]


def test_files_of_something_else_are_refused(tmp_path):
    save_partition(tmp_path / "p", at_random(UNITS, 6), HERE)
    with pytest.raises(RunError, match="made from backbone"):
        load_partition(tmp_path / "p", MadeFrom("others", "words"))
    with pytest.raises(RunError, match="24 neurons of encoder.1.ffn, which has 12"):
        load_partition(tmp_path / "p", HERE, {**UNITS, "encoder.1.ffn": 12})
    with pytest.raises(RunError, match="holds partition, not selection"):
        load_selection(tmp_path / "p", HERE)
    with pytest.raises(RunError, match="cannot be read"):
        load_partition(tmp_path / "nothing", HERE)


def test_experts_must_divide_every_width():
    with pytest.raises(RequestError, match="evenly"):
        by_clustering({**rows(), "encoder.2.ffn": torch.randn(10, 5)}, 4)
