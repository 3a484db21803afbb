"""Activations on disk: written whole, resumed, replayed, within the limit."""

import shutil

import pytest
import torch
from tests.neurons.examining import LENGTHS, batch, subject

from brodmann.errors import RequestError, RunError
from brodmann.neurons.scores.columns import Columns
from brodmann.neurons.scores.moments import Baseline
from brodmann.neurons.scores.predictivity import Predictivity
from brodmann.neurons.sites import Site
from brodmann.neurons.store import Store, read_index, replay, shards
from brodmann.neurons.stream import stream
from brodmann.neurons.tokens import Reading

SITES = [Site(f"encoder.{i}.ffn", i, "ffn", "out", "input", 3) for i in range(2)]
VALUES = torch.randn(20, 1, 3, generator=torch.Generator().manual_seed(0))
READING = Reading("content", "max")


def store(folder, **settings):
    return Store(folder, READING, SITES, 20, **{"limit": 10**6, "shard": 6, **settings})


def hear(listener, rows):
    for part in rows.split(4):
        for factor, site in enumerate(SITES, 1):
            listener.update(site.name, factor * VALUES[part], part)


def stored(folder, site=1):
    found = torch.zeros_like(VALUES)
    for rows, values in shards(folder, SITES[site].name):
        found[rows] = torch.from_numpy(values.copy()).float()
    return found


def test_what_was_heard_is_on_disk_in_shards(tmp_path):
    kept = store(tmp_path)
    hear(kept, torch.randperm(20, generator=torch.Generator().manual_seed(1)))
    kept.finish()
    assert torch.equal(stored(tmp_path), 2 * VALUES)
    assert read_index(tmp_path)["shards"] == ["00000", "00001", "00002"]
    arrays = [p for p in tmp_path.glob("*.npy") if ".rows." not in p.name]
    headers = 128 * len(arrays)
    assert sum(p.stat().st_size for p in arrays) == kept.size + headers
    assert not list(tmp_path.glob("*.part"))


def test_a_store_that_was_cut_off_goes_on(tmp_path):
    first = store(tmp_path)
    hear(first, torch.arange(10))  # 8 rows make a shard, 2 are lost with the process
    again = store(tmp_path)
    assert again.missing().tolist() == list(range(8, 20))
    hear(again, torch.arange(20))
    again.finish()
    assert torch.equal(stored(tmp_path), 2 * VALUES)
    assert sum(len(rows) for rows, _ in shards(tmp_path, SITES[0].name)) == 20
    assert len(store(tmp_path).missing()) == 0


def test_a_shard_without_its_index_entry_does_not_count(tmp_path):
    whole = store(tmp_path)
    hear(whole, torch.arange(8))
    shutil.copy(tmp_path / "00000.rows.npy", tmp_path / "00001.rows.npy")
    assert store(tmp_path).missing().tolist() == list(range(8, 20))


def test_half_precision_is_what_it_says(tmp_path):
    kept = store(tmp_path, dtype="float16")
    hear(kept, torch.arange(20))
    kept.finish()
    assert torch.equal(stored(tmp_path, 0), VALUES.half().float())
    assert kept.size == 20 * 3 * 2 * 2


def test_a_replay_gives_the_scores_of_the_model(tmp_path):
    examined, rows = subject("bert"), len(LENGTHS)
    texts, reading = batch(examined), Reading("prompt")
    texts["index"] = torch.arange(rows)
    names = [site.name for site in examined.sites]
    kept = Store(tmp_path, reading, examined.sites, rows, 10**7, positions=3)
    live = Baseline(reading, names)
    stream(examined, [texts], [kept, live])
    kept.finish()
    means = live.compute().mean
    columns = Columns(("x",), (torch.arange(rows) % 2 == 0)[:, None])
    scores = [Predictivity(reading, names, columns, means) for _ in range(2)]
    stream(examined, [texts], scores[:1])
    replay(tmp_path, scores[1:])
    for name in names:
        assert torch.equal(scores[0].compute().of(name), scores[1].compute().of(name))
    with pytest.raises(RunError, match="was read with"):
        replay(tmp_path, [Baseline(READING, names)])


def test_what_would_not_fit_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(RunError, match="would take 0.0 MB, above the limit"):
        store(tmp_path / "s", limit=479)
    assert not (tmp_path / "s").exists()
    assert store(tmp_path / "s", limit=480).size == 480
    many = [Site("a", 0, "ffn", "out", "input", 10**9)]
    with pytest.raises(RunError, match="MB left"):
        Store(tmp_path, READING, many, 10**9, limit=10**30)


def test_other_settings_and_unknown_sites_are_refused(tmp_path):
    hear(store(tmp_path), torch.arange(8))
    with pytest.raises(RunError, match="other dtype, bytes"):
        store(tmp_path, dtype="float16")
    with pytest.raises(RunError, match="other made_from"):
        store(tmp_path, made_from={"backbone": "another"})
    with pytest.raises(RunError, match="no site x"):
        list(shards(tmp_path, "x"))
    with pytest.raises(RunError, match="no activation store"):
        read_index(tmp_path / "nowhere")
    with pytest.raises(RequestError, match="float32"):
        store(tmp_path, dtype="float64")


def test_rows_and_values_that_do_not_fit_are_refused(tmp_path):
    kept = store(tmp_path)
    with pytest.raises(RunError, match="up to row 20"):
        kept.update(SITES[0].name, VALUES[:1], torch.tensor([20]))
    with pytest.raises(RunError, match="too large for float16"):
        store(tmp_path, dtype="float16").update(SITES[0].name, VALUES * 1e6, torch.arange(20))
    hear(kept, torch.arange(8))
    with pytest.raises(RunError, match="12 of 20 rows were never heard, among them 8"):
        kept.finish()
