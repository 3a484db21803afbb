"""Tiny random checkpoints of every family: the twins that stand in for models of the hub."""

import atexit
import functools
import json
import shutil
import tempfile
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from brodmann.backbones.backbone import Backbone, load_backbone
from brodmann.backbones.readouts import build_readout
from brodmann.backbones.source import ModelSource, resolve_model
from brodmann.config.schema import ModelConfig, ReadoutConfig, TextTask
from brodmann.playground.world import vocabulary

WORDS = (
    *("negative", "neutral", "positive", "good", "bad", "yes", "no", "the", "a", "film", "was"),
    *("not", "very", "and", "but", "dull", "great", "fine", "poor", "cat", "dog", "river"),
)
SPECIALS = ["<pad>", "<s>", "</s>", "<unk>", "<mask>"]
VOCABULARY = [*SPECIALS, *WORDS, *(f"w{i}" for i in range(80))]
SHAPE = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
}
IDS = {"vocab_size": len(VOCABULARY), "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
TEXT = {**SHAPE, **IDS, "max_position_embeddings": 96}
GATED = {**TEXT, "num_key_value_heads": 2, "head_dim": 8}
T5 = {
    **IDS, "d_model": 32, "d_ff": 64, "d_kv": 8, "num_layers": 2, "num_heads": 4,
    "decoder_start_token_id": 0,
}  # fmt: skip
T = transformers
HF = {
    "bert": lambda: T.BertForMaskedLM(T.BertConfig(**TEXT)),
    "roberta": lambda: T.RobertaForMaskedLM(T.RobertaConfig(**TEXT)),
    "electra": lambda: T.ElectraForMaskedLM(T.ElectraConfig(**TEXT, embedding_size=16)),
    "deberta-v2": lambda: T.DebertaV2ForMaskedLM(
        T.DebertaV2Config(**TEXT, relative_attention=True, pos_att_type=["p2c", "c2p"])
    ),
    "modernbert": lambda: T.ModernBertForMaskedLM(
        T.ModernBertConfig(**TEXT, cls_token_id=1, sep_token_id=2)
    ),
    "gpt2": lambda: T.GPT2LMHeadModel(
        T.GPT2Config(**IDS, n_embd=32, n_layer=2, n_head=4, n_positions=96)
    ),
    "opt": lambda: T.OPTForCausalLM(
        T.OPTConfig(**IDS, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, ffn_dim=64,
                    word_embed_proj_dim=32, max_position_embeddings=96)
    ),
    "gpt_neox": lambda: T.GPTNeoXForCausalLM(T.GPTNeoXConfig(**TEXT)),
    "llama": lambda: T.LlamaForCausalLM(T.LlamaConfig(**GATED)),
    "mistral": lambda: T.MistralForCausalLM(T.MistralConfig(**GATED)),
    "qwen3": lambda: T.Qwen3ForCausalLM(T.Qwen3Config(**GATED)),
    "gemma": lambda: T.GemmaForCausalLM(T.GemmaConfig(**GATED)),
    "t5": lambda: T.T5ForConditionalGeneration(T.T5Config(**T5)),
    "t5_gated": lambda: T.T5ForConditionalGeneration(
        T.T5Config(**T5, feed_forward_proj="gated-gelu", tie_word_embeddings=False)
    ),
    "vit": lambda: T.ViTModel(T.ViTConfig(**SHAPE, image_size=16, patch_size=8)),
}  # fmt: skip
"""Family -> a stock model with random weights."""
FAMILY_NAMES = [*HF, "timm_vit"]
TIMM = {
    "architecture": "vit_tiny_patch16_224",
    "model_args": {"img_size": 16, "patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 4},
    "pretrained_cfg": {"input_size": [3, 16, 16], "mean": [0.5] * 3, "std": [0.5] * 3},
}
LABEL_WORDS = ["negative", "positive"]


def tokenizer(words=()):
    """A word-level tokenizer that puts ``<s> ... </s>`` around a text; more words may be given."""
    known = {w: i for i, w in enumerate(dict.fromkeys((*VOCABULARY, *words)))}
    core = Tokenizer(models.WordLevel(known, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    ends = [("<s>", 1), ("</s>", 2)]
    core.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=ends
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="<pad>", bos_token="<s>", eos_token="</s>",
        unk_token="<unk>", mask_token="<mask>", cls_token="<s>", sep_token="</s>",
        model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


@functools.cache
def root():
    """Where the checkpoints of this process lie."""
    folder = Path(tempfile.mkdtemp(prefix="brodmann-tiny-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def checkpoint(family: str, dtype: str = "float32") -> Path:
    """The folder of a tiny checkpoint; the same weights whenever it is made."""
    folder = root() / f"{family}-{dtype}"
    with torch.random.fork_rng():
        torch.manual_seed(0)
        if family == "timm_vit":
            import timm

            model = timm.create_model(TIMM["architecture"], num_classes=0, **TIMM["model_args"])
            folder.mkdir(exist_ok=True)
            save_file(model.state_dict(), folder / "model.safetensors")
            (folder / "config.json").write_text(json.dumps(TIMM))
        else:
            _with_noise(HF[family]()).to(getattr(torch, dtype)).save_pretrained(folder)
            tokenizer().save_pretrained(folder)
    return folder


@functools.cache
def worldly(family: str) -> Path:
    """A tiny checkpoint of a text model that knows the words of the playground's world."""
    folder = shutil.copytree(checkpoint(family), root() / f"{family}-worldly")
    words = tokenizer(vocabulary())
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = getattr(T, json.loads((folder / "config.json").read_text())["architectures"][0])
        model = model.from_pretrained(folder)
        model.resize_token_embeddings(len(words), mean_resizing=False)
        model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


@torch.no_grad()
def _with_noise(model):
    """Biases and norms that are not zero and one, so that a forgotten one is seen."""
    for parameter in model.parameters():
        parameter.add_(torch.randn_like(parameter) * 0.05)
    return model


def source(family: str, dtype: str = "float32", **settings) -> ModelSource:
    """The resolved tiny checkpoint."""
    return resolve_model(
        ModelConfig(name=family, path=str(checkpoint(family, dtype)), **settings), None
    )


def tiny_backbone(family: str, dtype: str = "float32") -> Backbone:
    """A freshly loaded tiny backbone with its default read-out's head."""
    config = ModelConfig(name=family, path=str(checkpoint(family)), dtype=dtype)
    found = resolve_model(config, None)
    return load_backbone(found, config, found.readouts[0])


def readout_of(backbone: Backbone, words=LABEL_WORDS):
    """The default read-out of a backbone, on two classes."""
    names = {"encoder": "label_words", "decoder": "next_token", "encoder_decoder": "decoder_token"}
    return build_readout(
        names.get(backbone.kind, "classifier"), backbone, ReadoutConfig(),
        TextTask(name="t", label_words=list(words)), list(words), torch.Generator().manual_seed(0),
    )  # fmt: skip
