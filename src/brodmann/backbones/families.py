"""The table of architectures: where each family keeps its blocks, its neurons and its LM head.

Paths are those of transformers 5.17 and later and of timm 1.0.20 and later. To support another
architecture, add one row to ``FAMILIES`` and one row to ``tests/tiny.py``; ``Backbone`` checks
every path of the row when a model is built. Nothing here imports torch.

Conventions: a *neuron* is one coordinate of the input of ``ffn_out``, for every family. Paths in
a block are relative to the block, ``blocks`` is relative to the body, ``head`` and ``decoder`` are
relative to the language model. For encoder-decoders the blocks are those of the encoder.
"""

from __future__ import annotations

from dataclasses import dataclass

from brodmann.errors import RequestError, nearest

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
            >>> FAMILIES["llama"].site("ffn_out", 0, body="model")
            'model.layers.0.mlp.down_proj'
        """
        return f"{self.block(index, body=body)}.{getattr(self, name)}"


_BERT_BLOCK = {
    "blocks": "encoder.layer.{}",
    "ffn_in": "intermediate.dense",
    "ffn_out": "output.dense",
    "attention_out": "attention.output.dense",
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
}
_LLAMA = {
    "kind": "decoder",
    "body": "model",
    "blocks": "layers.{}",
    "ffn_in": "mlp.up_proj",
    "gate": "mlp.gate_proj",
    "ffn_out": "mlp.down_proj",
    "attention_out": "self_attn.o_proj",
    "query": "self_attn.q_proj",
    "key": "self_attn.k_proj",
    "value": "self_attn.v_proj",
    "decoder": "lm_head",
    "gated": True,
    "specials": 1,
}
_T5 = {
    "kind": "encoder_decoder",
    "body": "",
    "blocks": "encoder.block.{}",
    "ffn_out": "layer.1.DenseReluDense.wo",
    "attention_out": "layer.0.SelfAttention.o",
    "query": "layer.0.SelfAttention.q",
    "key": "layer.0.SelfAttention.k",
    "value": "layer.0.SelfAttention.v",
    "head": ("t5_scale()",),
    "decoder": "lm_head",
    "positions": ("n_positions",),
    "ffn_width": "",
    "takes_positions": False,
    "specials": 1,
}

_ROWS: tuple[dict[str, object], ...] = (
    {
        **_BERT_BLOCK,
        "name": "bert",
        "kind": "encoder",
        "body": "bert",
        "head": ("cls.predictions.transform",),
        "decoder": "cls.predictions.decoder",
        "takes_types": True,
        "pooler": True,
    },
    {
        **_BERT_BLOCK,
        "name": "roberta",
        "kind": "encoder",
        "body": "roberta",
        "head": ("lm_head.dense", "gelu()", "lm_head.layer_norm"),
        "decoder": "lm_head.decoder",
        "reserved": 1,
        "after_padding": True,
        "pooler": True,
    },
    {
        **_BERT_BLOCK,
        "name": "electra",
        "kind": "encoder",
        "body": "electra",
        "head": ("generator_predictions",),
        "decoder": "generator_lm_head",
        "takes_types": True,
    },
    {
        **_BERT_BLOCK,
        "name": "deberta-v2",
        "kind": "encoder",
        "body": "deberta",
        "query": "attention.self.query_proj",
        "key": "attention.self.key_proj",
        "value": "attention.self.value_proj",
        "head": ("cls.predictions.transform",),
        "decoder": "cls.predictions.decoder",
        "takes_types": True,
    },
    {
        "name": "modernbert",
        "kind": "encoder",
        "body": "model",
        "blocks": "layers.{}",
        "ffn_in": "mlp.Wi",
        "ffn_out": "mlp.Wo",
        "attention_out": "attn.Wo",
        "query": "attn.Wqkv",
        "key": "attn.Wqkv",
        "value": "attn.Wqkv",
        "head": ("head",),
        "decoder": "decoder",
        "gated": True,
    },
    {
        "name": "gpt2",
        "kind": "decoder",
        "body": "transformer",
        "blocks": "h.{}",
        "ffn_in": "mlp.c_fc",
        "ffn_out": "mlp.c_proj",
        "attention_out": "attn.c_proj",
        "query": "attn.c_attn",
        "key": "attn.c_attn",
        "value": "attn.c_attn",
        "decoder": "lm_head",
        "positions": ("n_positions", "max_position_embeddings"),
        "ffn_width": "n_inner",
        "specials": 0,
    },
    {
        "name": "opt",
        "kind": "decoder",
        "body": "model",
        "blocks": "decoder.layers.{}",
        "ffn_in": "fc1",
        "ffn_out": "fc2",
        "ffn_width": "ffn_dim",
        "attention_out": "self_attn.out_proj",
        "query": "self_attn.q_proj",
        "key": "self_attn.k_proj",
        "value": "self_attn.v_proj",
        "decoder": "lm_head",
        "specials": 1,
    },
    {
        "name": "gpt_neox",
        "kind": "decoder",
        "body": "gpt_neox",
        "blocks": "layers.{}",
        "ffn_in": "mlp.dense_h_to_4h",
        "ffn_out": "mlp.dense_4h_to_h",
        "attention_out": "attention.dense",
        "query": "attention.query_key_value",
        "key": "attention.query_key_value",
        "value": "attention.query_key_value",
        "decoder": "lm_head",
        "specials": 0,
    },
    {**_LLAMA, "name": "llama"},
    {**_LLAMA, "name": "mistral"},
    {**_LLAMA, "name": "qwen3", "specials": 0},
    {**_LLAMA, "name": "gemma"},
    {**_T5, "name": "t5", "ffn_in": "layer.1.DenseReluDense.wi"},
    {
        **_T5,
        "name": "t5_gated",
        "ffn_in": "layer.1.DenseReluDense.wi_1",
        "gate": "layer.1.DenseReluDense.wi_0",
        "gated": True,
    },
    {
        "name": "vit",
        "kind": "vision",
        "body": "",
        "blocks": "layers.{}",
        "ffn_in": "mlp.fc1",
        "ffn_out": "mlp.fc2",
        "attention_out": "attention.o_proj",
        "query": "attention.q_proj",
        "key": "attention.k_proj",
        "value": "attention.v_proj",
        "positions": (),
        "pooler": True,
    },
    {
        "name": "timm_vit",
        "kind": "vision",
        "body": "",
        "blocks": "blocks.{}",
        "ffn_in": "mlp.fc1",
        "ffn_out": "mlp.fc2",
        "attention_out": "attn.proj",
        "query": "attn.qkv",
        "key": "attn.qkv",
        "value": "attn.qkv",
        "positions": (),
        "ffn_width": "",
    },
)

FAMILIES: dict[str, Family] = {str(row["name"]): Family(**row) for row in _ROWS}  # type: ignore[arg-type]
"""Families by name; the name is the ``model_type`` of the checkpoint's config where it has one."""


def detect_family(config: dict[str, object]) -> str | None:
    """The family that a checkpoint's ``config.json`` tells of.

    Args:
        config: The file's content, of transformers (``model_type``) or timm (``architecture``).

    Returns:
        A key of ``FAMILIES``, or ``None``.

    Example:
        >>> detect_family({"model_type": "t5", "feed_forward_proj": "gated-gelu"})
        't5_gated'
        >>> detect_family({"architecture": "deit_small_patch16_224"})
        'timm_vit'
    """
    model_type = str(config.get("model_type", ""))
    if model_type == "t5" and str(config.get("feed_forward_proj", "")).startswith("gated"):
        return "t5_gated"
    if "architecture" in config and str(config["architecture"]).startswith(("vit_", "deit")):
        return "timm_vit"
    return model_type if model_type in FAMILIES else None


def choose_family(config: dict[str, object], wanted: str | None) -> Family:
    """The row for a checkpoint: found from its config, or named for one that is not listed.

    Args:
        config: The checkpoint's ``config.json``.
        wanted: ``model.family`` of the settings.

    Raises:
        RequestError: When the architecture is unknown, or is not the one that was named.
    """
    found = detect_family(config)
    kind = str(config.get("model_type") or config.get("architecture") or "?")
    if wanted is not None and wanted not in FAMILIES:
        raise RequestError("model.family", wanted, "there is no such family",
                           nearest(wanted, FAMILIES))  # fmt: skip
    if found is None and wanted is None:
        raise RequestError(
            "model.family", "null", f"architecture {kind} is not listed",
            "name a listed one with the same modules by model.family=, or add a row to "
            f"brodmann.backbones.families that names body, blocks, {', '.join(SITES)}, head and "
            f"decoder; known: {', '.join(FAMILIES)}",
        )  # fmt: skip
    related = {found, str(config.get("model_type"))}
    if found is not None and wanted is not None and wanted not in related:
        raise RequestError("model.family", wanted, f"the checkpoint is of family {found}",
                           "type model=hf (or model=timm) for your own checkpoint")  # fmt: skip
    return FAMILIES[found or str(wanted)]
