"""An architecture: where it keeps its blocks, its neurons and its LM head."""

from __future__ import annotations

from dataclasses import dataclass

SITES = ("ffn_in", "ffn_out", "attention_out", "query", "key", "value")
"""Fields of ``Family`` that name a module of every block."""


@dataclass(frozen=True)
class Family:
    """One architecture, as paths of modules.

    Attributes:
        name: Key of the row in ``FAMILIES``.
        kind: ``encoder``, ``decoder``, ``encoder_decoder`` or ``vision``.
        body: The body's path in the language model (``""``: the model itself); a model without
            an LM head is its own body.
        blocks: Path of block ``{}`` in the body.
        ffn_in: First matrix of the FFN (the up projection where it is gated; fused with the gate
            in ModernBERT).
        ffn_out: Second matrix of the FFN; its input are the neurons.
        attention_out: Output projection of self-attention.
        query: Query projection; equal to ``key`` and ``value`` where the three are fused.
        key: Key projection.
        value: Value projection.
        head: What is applied in turn to hidden states before ``decoder``: paths of modules, and
            names of functions, written with ``()``, from ``readouts.FUNCTIONS``.
        decoder: Linear layer whose rows are the vocabulary's words (``""``: no LM head).
        positions: Config keys that may hold the number of positions (``()``: no such limit).
        reserved: How many of these positions no token can take, besides ``pad_token_id``.
        after_padding: Whether positions are counted from ``pad_token_id + 1`` (RoBERTa).
        takes_positions: Whether the body accepts ``position_ids``.
        takes_types: Whether the body accepts ``token_type_ids``.
        gated: Whether the FFN is gated, so that a neuron is act(gate) x up.
        gate: Gate projection of a gated FFN (``""``: none, or in one matrix with ``ffn_in``).
        ffn_width: Config key of the FFNs' width (``""``: it cannot be told of these blocks alone).
        pooler: Whether the headless model would add a pooler, which nothing here reads.
        specials: Special tokens that the tokenizer adds around one text.
    """

    name: str
    kind: str
    body: str
    blocks: str
    ffn_in: str
    ffn_out: str
    attention_out: str
    query: str
    key: str
    value: str
    head: tuple[str, ...] = ()
    decoder: str = ""
    positions: tuple[str, ...] = ("max_position_embeddings",)
    reserved: int = 0
    after_padding: bool = False
    takes_positions: bool = True
    takes_types: bool = False
    gated: bool = False
    gate: str = ""
    ffn_width: str = "intermediate_size"
    pooler: bool = False
    specials: int = 2

    @property
    def stack(self) -> str:
        """First part of its sites' names: ``decoder``, or ``encoder`` for all other kinds."""
        return "decoder" if self.kind == "decoder" else "encoder"

    @property
    def fused(self) -> bool:
        """Whether query, key and value are one matrix (so that LoRA and IA3 act on all three)."""
        return self.query == self.key == self.value

    def block(self, index: int, *, body: str = "") -> str:
        """Path of a block.

        Args:
            index: Which block, from 0.
            body: Path of the body in the model at hand: ``family.body`` when it carries its LM
                head, ``""`` when it does not.

        Example:
            >>> from brodmann.backbones.families import FAMILIES
            >>> FAMILIES["bert"].block(3, body="bert")
            'bert.encoder.layer.3'
        """
        path = self.blocks.format(index)
        return f"{body}.{path}" if body else path

    def site(self, name: str, index: int, *, body: str = "") -> str:
        """Path of a module of a block.

        Args:
            name: One of ``SITES``.
            index: Which block, from 0.
            body: As for ``block``.

        Example:
            >>> from brodmann.backbones.families import FAMILIES
            >>> FAMILIES["llama"].site("ffn_out", 0, body="model")
            'model.layers.0.mlp.down_proj'
        """
        return f"{self.block(index, body=body)}.{getattr(self, name)}"
