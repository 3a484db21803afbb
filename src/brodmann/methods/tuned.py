"""Backbone, method and read-out as one model, and the tensors that are trained in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import torch
from torch import nn

from brodmann.backbones.assembling import assemble
from brodmann.backbones.backbone import Backbone
from brodmann.backbones.inputs import Inputs
from brodmann.errors import RunError
from brodmann.methods.base import Method
from brodmann.methods.check import refuse_untrained_head


class TunedModel(nn.Module):
    """What is trained and tested: ``batch -> logits``.

    The trained tensors are those that the method opened, its own, and the read-out's own. They
    are kept as a set of names, since ``method.clip_scope=all`` lets frozen weights have gradients
    as well.

    Args:
        backbone: The backbone that ``method`` was attached to.
        method: An attached method.
        readout: A row of ``READOUTS``, built on the same backbone.

    Raises:
        RequestError: Nothing is trained, but the read-out has weights of its own.
    """

    def __init__(self, backbone: Backbone, method: Method, readout: nn.Module) -> None:
        super().__init__()
        self.backbone, self.method, self.readout = backbone, method, readout
        self._open_readout()
        self._trained = frozenset(
            name for name, parameter in self.named_parameters() if parameter.requires_grad
        )
        if method.settings.clip_scope == "all" and self._trained:
            for parameter in backbone.parameters():
                parameter.requires_grad_(parameter.is_floating_point())
        self.train()

    def _open_readout(self) -> None:
        of_backbone = {id(parameter) for parameter in self.backbone.parameters()}
        own = [p for p in self.readout.parameters() if id(p) not in of_backbone]
        trained = self.method.trains_readout
        if own and not trained and not getattr(self.method.settings, "random_head", False):
            refuse_untrained_head()
        for parameter in own:
            parameter.requires_grad_(trained)

    def forward(self, batch: Mapping[str, Any]) -> torch.Tensor:
        """Predict.

        Args:
            batch: ``input_ids`` and ``attention_mask`` ``[B, T]``, or ``pixel_values``
                ``[B, C, H, W]``.

        Returns:
            Logits, float ``[B, C]``.
        """
        return self.predict(self.assemble(batch))

    def assemble(self, batch: Mapping[str, Any]) -> Inputs:
        """Put prompts and [MASK] beside a batch's texts."""
        return assemble(
            self.backbone,
            batch,
            self.method.prompts(),
            self.method.settings.layout,
            bool(self.readout.with_mask),
        )

    def predict(self, inputs: Inputs) -> torch.Tensor:
        """Logits, float ``[B, C]``, of what ``assemble`` made.

        Where the blocks were made to go on with ``A`` arms of each example, ``[A * B, C]``.
        """
        hidden = self.backbone.hidden(inputs)
        return self.readout(hidden, inputs.repeat(len(hidden) // len(inputs.embeds)))

    def train(self, mode: bool = True) -> Self:
        """Switch method and read-out; the backbone follows only under ``backbone_mode=train``."""
        super().train(mode)
        self.backbone.train(mode and self.method.settings.backbone_mode == "train")
        self.method.train(mode)
        return self

    def trained(self) -> dict[str, nn.Parameter]:
        """The trained tensors by name, each tied one once.

        Returns:
            Names such as ``method.soft``, ``readout.head.weight`` or
            ``backbone.model.bert.encoder.layer.0.output.dense.bias``, in the order of the model.
        """
        return {n: p for n, p in self.named_parameters() if n in self._trained}

    def groups(self) -> list[dict[str, Any]]:
        """The trained tensors as the optimizer's groups, in the order of the model.

        Returns:
            One group; two where the method trains vectors without weight decay.
        """
        trained = list(self.trained().values())
        if not self.method.spares_vectors:
            return [{"params": trained}]
        matrices = [one for one in trained if one.ndim > 1]
        vectors = [one for one in trained if one.ndim <= 1]
        return [{"params": matrices}, {"params": vectors, "weight_decay": 0.0}]

    def clip_parameters(self) -> list[nn.Parameter]:
        """The tensors whose gradients make up the norm that is clipped.

        Returns:
            The trained tensors; under ``method.clip_scope=all`` the frozen ones as well. Those
            gather gradients that no optimizer clears: call ``zero_grad`` of this model, not of
            the optimizer, after each step.
        """
        return [parameter for parameter in self.parameters() if parameter.requires_grad]

    def sizes(self) -> tuple[int, int]:
        """Number of trained and of all parameters, each tied tensor counted once."""
        trained = sum(parameter.numel() for parameter in self.trained().values())
        return trained, sum(parameter.numel() for parameter in self.parameters())

    @torch.no_grad()
    def load_trained(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Put saved tensors in place of the trained ones; nothing is loaded unless all fit.

        Args:
            tensors: As ``trained()``: the same names, shapes and dtypes.

        Raises:
            RunError: A trained tensor is missing, a name is unexpected, or a shape or dtype
                differs.
        """
        trained = self.trained()
        problems = [f"{name} is missing" for name in trained if name not in tensors]
        problems += [f"{name} is unexpected" for name in tensors if name not in trained]
        problems += [
            f"{name} is {_kind(tensors[name])}, not {_kind(parameter)}"
            for name, parameter in trained.items()
            if name in tensors and _kind(tensors[name]) != _kind(parameter)
        ]
        if problems:
            shown = "; ".join(problems[:3]) + ("; ..." if len(problems) > 3 else "")
            raise RunError(f"the saved tensors are not this model's ({len(problems)}): {shown}")
        for name, parameter in trained.items():
            parameter.copy_(tensors[name])


def _kind(tensor: torch.Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}"
