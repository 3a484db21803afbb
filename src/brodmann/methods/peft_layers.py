"""PEFT's layers inside the real model, without PEFT's wrapper around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from brodmann.backbones.backbone import Backbone
from brodmann.methods.sites import is_conv1d

if TYPE_CHECKING:
    from peft import PeftConfig


def inject(backbone: Backbone, config: PeftConfig, generator: torch.Generator) -> list[nn.Module]:
    """Replace the targeted projections by PEFT's layers around them.

    The injected weights are fp32 whatever the backbone's dtype, and drawn from ``generator``: the
    process's own random state is as before.

    Args:
        backbone: Altered in place: ``<path>`` becomes the layer, ``<path>.base_layer`` the
            projection.
        config: A ``LoraConfig`` or ``IA3Config`` with explicit target paths.
        generator: The run's source of random numbers.

    Returns:
        The injected layers.
    """
    from peft import inject_adapter_in_model
    from peft.tuners.tuners_utils import BaseTunerLayer

    seed = int(torch.randint(2**62, (1,), generator=generator))
    with torch.random.fork_rng(devices=()):
        torch.default_generator.manual_seed(seed)
        inject_adapter_in_model(config, backbone.model)
    for parameter in backbone.model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    return [m for m in backbone.model.modules() if isinstance(m, BaseTunerLayer)]


def fan_in_fan_out(backbone: Backbone, paths: list[str]) -> bool:
    """Whether the targeted projections keep their weights as ``[in, out]``."""
    return all(is_conv1d(backbone.model.get_submodule(path)) for path in paths)
