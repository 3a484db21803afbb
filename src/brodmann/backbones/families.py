"""The table of architectures: where each family keeps its blocks, its neurons and its LM head.

Paths are those of transformers 5.17 and later and of timm 1.0.20 and later. To support another
architecture, add one row to ``FAMILIES`` and one row to ``tests/tiny.py``; ``Backbone`` checks
every path of the row when a model is built. Nothing here imports torch.

Conventions: a *neuron* is one coordinate of the input of ``ffn_out``, for every family. Paths in
a block are relative to the block, ``blocks`` is relative to the body, ``head`` and ``decoder`` are
relative to the language model. For encoder-decoders the blocks are those of the encoder.
"""

from __future__ import annotations

from brodmann.backbones.family import SITES, Family
from brodmann.errors import RequestError, nearest

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
