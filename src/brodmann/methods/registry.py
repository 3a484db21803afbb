"""The table of methods."""

from __future__ import annotations

import torch

from brodmann.backbones.backbone import Backbone
from brodmann.config.schema import MethodConfig
from brodmann.errors import RequestError, nearest
from brodmann.methods.adapter import Adapter
from brodmann.methods.base import Method
from brodmann.methods.bitfit import Bitfit
from brodmann.methods.check import check_method
from brodmann.methods.frozen import Frozen
from brodmann.methods.full import Full
from brodmann.methods.ia3 import Ia3
from brodmann.methods.lora import Lora
from brodmann.methods.pretrain import Pretrain
from brodmann.methods.prompt import Prompt

METHODS: dict[str, type[Method]] = {
    "prompt": Prompt,
    "adapter": Adapter,
    "bitfit": Bitfit,
    "lora": Lora,
    "ia3": Ia3,
    "full": Full,
    "pretrain": Pretrain,
    "frozen": Frozen,
}
"""Methods by the name that is typed after ``method=``."""


def build_method(settings: MethodConfig, backbone: Backbone, generator: torch.Generator) -> Method:
    """Attach the chosen method to a backbone.

    Args:
        settings: The method's own settings.
        backbone: A freshly loaded backbone; it is frozen first, then altered in place.
        generator: The run's source of random numbers, on the CPU.

    Raises:
        RequestError: An unknown method, a setting out of range, or a backbone without what the
            method trains.
    """
    if settings.name not in METHODS:
        raise RequestError("method", settings.name, "there is no such method",
                           nearest(settings.name, METHODS))  # fmt: skip
    check_method(settings)
    method = METHODS[settings.name](settings, backbone, generator)
    opened = any(p.requires_grad for part in (method, backbone) for p in part.parameters())
    if method.trains_readout and not opened:
        raise RequestError("method", settings.name,
                           f"it finds nothing to train in this {backbone.family.name}",
                           "use method=prompt, method=adapter or method=lora")  # fmt: skip
    return method
