"""The table of tests: methods, families, and what should be trained where, counted by hand."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from brodmann.config.schema import (
    AdapterConfig,
    BitfitConfig,
    FrozenConfig,
    FullConfig,
    Ia3Config,
    LoraConfig,
    MethodConfig,
    PretrainConfig,
    PromptConfig,
)

NO_BIASES = {"llama", "mistral", "qwen3", "gemma", "t5", "t5_gated", "modernbert"}
"""Families whose tiny twins have no bias in any block."""

CLASSIFIED = {"vit", "timm_vit"}
"""Families that are read through a classifier head."""

DECODERS = {"t5", "t5_gated"}
"""Families with a second stack of blocks."""

QUERY_VALUE = re.compile(
    r"\.(query|value|query_proj|value_proj|q_proj|v_proj|q|v|Wqkv|c_attn|query_key_value|qkv)\.weight$"
)
KEY_VALUE = re.compile(
    r"\.(key|value|key_proj|value_proj|k_proj|v_proj|k|v|Wqkv|c_attn|query_key_value|qkv)\.weight$"
)
FFN_OUT = re.compile(
    r"(?<!attention)\.(output\.dense|mlp\.Wo|mlp\.c_proj|fc2|dense_4h_to_h|down_proj|wo)\.weight$"
)


@dataclass(frozen=True)
class Stock:
    """A backbone before any method: what the formulas need."""

    family: str
    width: int
    hidden: int
    blocks: int
    weights: dict[str, tuple[int, ...]]
    storages: dict[str, int]

    def matching(self, pattern: re.Pattern[str]) -> list[tuple[int, ...]]:
        """Shapes ``(in, out)`` of the matrices whose names match."""
        return [
            shape if self.family == "gpt2" else shape[::-1]
            for name, shape in self.weights.items()
            if pattern.search(name)
        ]


@dataclass(frozen=True)
class Row:
    """A method under test.

    Attributes:
        settings: What it is built from.
        count: Trained numbers, read-out excluded, by the paper's formula.
        unfit: Families that it refuses.
        refusal: What the refusal says.
        identity: Whether it leaves the backbone's logits as they were before training.
    """

    settings: MethodConfig
    count: Callable[[Stock], int]
    unfit: frozenset[str] = frozenset()
    refusal: str = ""
    identity: bool = False


def adapters(stock: Stock, in_encoder: int, in_decoder: int) -> int:
    d = stock.hidden
    b = d // 8
    sites = stock.blocks * (in_encoder + (in_decoder if stock.family in DECODERS else 0))
    return sites * (2 * d * b + b + d)


def bias_numbers(stock: Stock) -> int:
    """Sizes by storage: a tied bias has one storage."""
    sizes = {
        stock.storages[name]: shape[0]
        for name, shape in stock.weights.items()
        if len(shape) == 1 and re.search(r"bias$", name)
    }
    return sum(sizes.values())


def all_numbers(stock: Stock) -> int:
    def product(shape):
        return shape[0] * product(shape[1:]) if shape else 1

    return sum({stock.storages[n]: product(s) for n, s in stock.weights.items()}.values())


ROWS = {
    "prompt": Row(PromptConfig(length=4), lambda s: 4 * s.width),
    "frozen": Row(
        FrozenConfig(length=4),
        lambda s: 0,
        unfit=frozenset(CLASSIFIED),
        refusal="method=frozen: a classifier head .* predicts at random; .*method=prompt",
    ),
    "pfeiffer": Row(
        AdapterConfig(variant="pfeiffer", reduction=8), lambda s: adapters(s, 1, 1), identity=True
    ),
    "houlsby": Row(
        AdapterConfig(variant="houlsby", reduction=8), lambda s: adapters(s, 2, 3), identity=True
    ),
    "bitfit": Row(
        BitfitConfig(),
        bias_numbers,
        unfit=frozenset(NO_BIASES),
        refusal="method=bitfit: .* no biases; use method=lora.*method=prompt",
        identity=True,
    ),
    "lora": Row(
        LoraConfig(rank=2, dropout=0.1),
        lambda s: sum(2 * (fan_in + out) for fan_in, out in s.matching(QUERY_VALUE)),
        identity=True,
    ),
    "ia3": Row(
        Ia3Config(),
        lambda s: (
            sum(out for _, out in s.matching(KEY_VALUE))
            + sum(fan_in for fan_in, _ in s.matching(FFN_OUT))
        ),
        identity=True,
    ),
    "full": Row(FullConfig(), all_numbers, identity=True),
    "pretrain": Row(PretrainConfig(backbone_mode="eval"), all_numbers, identity=True),
}
"""One row per method (and variant); a new method gets the whole common suite by a row."""
