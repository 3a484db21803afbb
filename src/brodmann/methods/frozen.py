"""Nothing is trained: the backbone is read through random or hand-written prompts.

The controls of Wang et al. 2022, section 5 and Table 3 ("random prompt", "hard prompt"); with
``model.init=random`` also their "random model". The paper gives no text of its hard prompts.
"""

from __future__ import annotations

import torch

from brodmann.backbones.backbone import Backbone
from brodmann.errors import RequestError
from brodmann.methods.base import Method
from brodmann.methods.prompt import random_prompts


class Frozen(Method):
    """Prompts that stay as they are.

    Attributes:
        fixed: The prompts, float ``[P, width]``; a buffer, which is not saved with a run.
    """

    trains_readout = False
    fixed: torch.Tensor

    def attach(self, backbone: Backbone, generator: torch.Generator) -> None:
        """Draw random prompts, or embed the hand-written one."""
        text, settings = self.settings.text, self.settings
        fixed = (
            random_prompts(settings.length, backbone.width, settings.init_std, generator)
            if text is None
            else written_prompts(backbone, text)
        )
        self.register_buffer("fixed", fixed, persistent=False)
        kind = "random prompts" if text is None else "tokens of a written prompt"
        self.description = f"nothing; {len(fixed)} {kind}"

    def prompts(self) -> torch.Tensor:
        """The fixed prompts, float ``[P, width]``."""
        return self.fixed


def written_prompts(backbone: Backbone, text: str) -> torch.Tensor:
    """Embeddings of a text's tokens, without special tokens.

    Args:
        backbone: A text backbone.
        text: The hand-written prompt.

    Returns:
        Float ``[tokens, width]``.

    Raises:
        RequestError: The backbone reads images, or the text has no tokens.
    """
    if backbone.modality != "text":
        raise RequestError("method.text", text, "this backbone reads images",
                           "leave method.text out for random prompts")  # fmt: skip
    ids = backbone.tokenizer(text, add_special_tokens=False)["input_ids"]
    if not ids:
        raise RequestError("method.text", text, "no token is left of it", "type some words")
    with torch.no_grad():
        return backbone.embed(torch.tensor([ids], device=backbone.device))[0].clone()
