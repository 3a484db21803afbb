"""No key and no secret in any file we write."""

from __future__ import annotations

import os
import re

_NAME = re.compile(r"(api[-_]?key|token|secret|password|passwd|credential)", re.IGNORECASE)
_SHAPE = re.compile(
    r"hf_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}"
    r"|wandb_v1_[A-Za-z0-9_]{16,}|\b[0-9a-f]{40}(?=@)|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)
HIDDEN = "<hidden>"
"""What stands in the place of a secret."""


def redact(text: str) -> str:
    """Replace what looks like a secret, and the values of secret environment variables.

    Args:
        text: A command, a configuration, a message.

    Example:
        >>> redact("WANDB_API_KEY=abcdef0123 python train.py seed=1")
        'WANDB_API_KEY=<hidden> python train.py seed=1'
        >>> redact("hf_abcdefghijklmnop0123")
        '<hidden>'
    """
    secrets = (value for name, value in os.environ.items() if _NAME.search(name))
    for value in sorted((v for v in secrets if len(v) >= 8), key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    text = re.sub(rf"(?i)(\S*{_NAME.pattern}\S*?)=(\S+)", rf"\1={HIDDEN}", text)
    return _SHAPE.sub(HIDDEN, text)
