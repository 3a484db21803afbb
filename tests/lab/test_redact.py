import pytest

from brodmann.lab.redact import redact


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("WANDB_API_KEY=0123456789abcdef", "0123456789abcdef"),
        ("--token=abcd1234", "abcd1234"),
        ("model.path=https://me:pa55word@host/x", "pa55word"),
        ("data.path=hf_ABCDEFGHIJKLMNOPQRSTUVWXYZ", "hf_ABCDEFGHIJKL"),
        ("my_password=x1", "x1"),
    ],
)
def test_secrets_are_hidden(text, gone):
    assert gone not in redact(text)


def test_values_of_secret_variables_are_hidden(monkeypatch):
    monkeypatch.setenv("MY_SECRET", "swordfish-77")
    assert "swordfish" not in redact("command with swordfish-77 in it")


def test_ordinary_commands_are_left_alone():
    text = "train.py -m task=sst2,mnli method=prompt optimizer.lr=0.1"
    assert redact(text) == text
