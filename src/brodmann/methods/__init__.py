"""What is trained on the frozen backbone: one method per file, behind one interface.

``check_method`` answers without torch; everything else is imported when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from brodmann.methods.check import check_method

if TYPE_CHECKING:
    from brodmann.methods.base import Method
    from brodmann.methods.registry import METHODS, build_method
    from brodmann.methods.subject import TunedSubject
    from brodmann.methods.tuned import TunedModel

__all__ = ["METHODS", "Method", "TunedModel", "TunedSubject", "build_method", "check_method"]

_LAZY = {
    "METHODS": "registry",
    "build_method": "registry",
    "Method": "base",
    "TunedModel": "tuned",
    "TunedSubject": "subject",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
