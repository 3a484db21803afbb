"""A classifier head that is never trained: refused, or let stand where neurons are looked at."""

import pytest

from brodmann.config.schema import FrozenConfig, TrainConfig
from brodmann.errors import RequestError
from brodmann.lab.key import settings_that_count
from brodmann.methods.check import check_method


def test_it_is_refused_unless_it_is_asked_for():
    with pytest.raises(RequestError, match="predicts at random.*method.random_head=true"):
        check_method(FrozenConfig(), "classifier")
    check_method(FrozenConfig(random_head=True), "classifier")
    check_method(FrozenConfig(), "label_words")


def test_it_is_no_part_of_what_determines_a_run(monkeypatch):
    monkeypatch.setattr("brodmann.lab.key.accelerator_of", lambda _: "cpu")
    kept = [
        settings_that_count(TrainConfig(method=FrozenConfig(random_head=head)))["method"]
        for head in (False, True)
    ]
    assert kept[0] == kept[1]
    assert kept[0]["length"] == FrozenConfig().length
