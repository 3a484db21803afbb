import dataclasses

import pytest

from brodmann.config import schema, studies
from brodmann.config.groups import default_conf
from brodmann.config.overview import overview, study_overview
from brodmann.studies import STUDIES

PAGE = (default_conf().parent / "docs" / "configuration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("tables", [overview, study_overview])
def test_the_page_holds_what_the_schema_says(tables):
    assert tables() in PAGE, "put the output of python -m brodmann.config.overview into the page"


@pytest.mark.parametrize("module", [schema, studies])
def test_no_key_is_left_out_and_none_is_without_a_meaning(module):
    told = overview() + study_overview()
    for node in vars(module).values():
        if dataclasses.is_dataclass(node) and node not in (schema.TrainConfig, studies.StudyConfig):
            for one in dataclasses.fields(node):
                assert f".{one.name}` |" in told, (node, one.name)
    assert "|  |" not in told
    assert (
        "| `seed` | list of whole numbers | `[0,1,2,3,4]` | Seeds of the training runs. |" in told
    )
    assert "| `method.rank` | whole number | `8` | Rank of each update. |" in told


def test_the_page_names_every_experiment_and_part():
    for study in STUDIES.values():
        assert f"experiment={study.name}" in PAGE
        assert all(f"`{part}`" in PAGE for part in study.parts)
