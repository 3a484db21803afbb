import pytest

from brodmann.cli.analyze import analyze_one, main
from brodmann.errors import RequestError


def test_it_says_that_there_is_nothing_yet(capsys):
    assert main([]) == 0
    assert "no experiments" in capsys.readouterr().out


@pytest.mark.parametrize("override", ["experiment=skill", "lr=3"])
def test_unknown_requests(override):
    with pytest.raises(RequestError):
        analyze_one([override])
