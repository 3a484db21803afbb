"""A classifier head that is never trained: refused, or let stand where neurons are looked at."""

from pathlib import Path

import pytest

from brodmann.config.compose import compose_train
from brodmann.config.schema import FrozenConfig
from brodmann.errors import RequestError
from brodmann.lab.key import settings_that_count
from brodmann.methods.check import check_method

CONF = Path(__file__).parents[2] / "conf"


def test_it_is_refused_unless_it_is_asked_for():
    with pytest.raises(RequestError, match="predicts at random.*method.random_head=true"):
        check_method(FrozenConfig(), "classifier")
    check_method(FrozenConfig(random_head=True), "classifier")
    check_method(FrozenConfig(), "label_words")


def test_it_is_no_part_of_what_determines_a_run():
    kept = [
        settings_that_count(compose_train(["method=frozen", f"method.random_head={head}"], [CONF]))
        for head in ("false", "true")
    ]
    assert kept[0] == kept[1]
    assert kept[0]["method"]["name"] == "frozen"
