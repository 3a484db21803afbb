"""The one interface of all methods."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from brodmann.backbones.backbone import Backbone
from brodmann.config.schema import MethodConfig


class Method(nn.Module):
    """What is trained on a backbone.

    A subclass implements ``attach``: it creates its own parameters, or says by
    ``requires_grad_`` which of the backbone's are trained. The backbone is frozen when ``attach``
    is called, and it is not kept: only hooks and injected layers stay behind.

    Args:
        settings: The method's own settings.
        backbone: A freshly loaded backbone; altered by methods that put layers into it.
        generator: The run's source of random numbers, on the CPU.

    Attributes:
        settings: The method's own settings.
        description: What is trained, in a few words, for the run's header.
        trains_readout: Whether the read-out's own weights (a classifier head) are trained.
        spares_vectors: Whether vectors (biases, norms) are trained without weight decay.
    """

    trains_readout: ClassVar[bool] = True
    spares_vectors: ClassVar[bool] = False

    def __init__(
        self, settings: MethodConfig, backbone: Backbone, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.settings: Any = settings
        self.description = ""
        self._handles: list[RemovableHandle] = []
        backbone.requires_grad_(False)
        self.attach(backbone, generator)

    def attach(self, backbone: Backbone, generator: torch.Generator) -> None:
        """Create what is trained, and connect it with the backbone.

        Args:
            backbone: The frozen backbone.
            generator: Source of every random number drawn.

        Raises:
            RequestError: The method does not apply to this backbone.
        """
        raise NotImplementedError

    def prompts(self) -> torch.Tensor | None:
        """Vectors put before (decoders: after) the text: float ``[P, width]``, or ``None``."""
        return None

    def detach(self) -> None:
        """Remove the method's own hooks from the backbone; injected layers stay."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
