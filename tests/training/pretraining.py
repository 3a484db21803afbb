"""Small pre-training runs on a tiny model and a made-up corpus, as a person would type them."""

import random

from tests.tiny import checkpoint

WORDS = ("good", "great", "fine", "bad", "dull", "poor")


def write_corpus(path, documents=240):
    """A corpus that can be learnt: each word is followed by its neighbour in a cycle of twenty."""
    draw, texts = random.Random(0), []
    for _ in range(documents):
        start, length = draw.randrange(20), draw.randrange(6, 30)
        texts.append(" ".join(f"w{(start + place) % 20}" for place in range(length)))
    path.write_text("\n\n".join(texts) + "\n")
    return path


def pretraining(folder, *more, family="bert"):
    """Overrides of a small pre-training below ``folder``."""
    corpus = folder / "corpus.txt"
    if not corpus.is_file():
        folder.mkdir(exist_ok=True)
        write_corpus(corpus)
    return [
        "task=corpus/text", "method=pretrain", f"data.path={corpus}", "model=hf", "seed=3",
        f"model.path={checkpoint(family)}", "preset=quick", "trainer=cpu", "trainer.threads=1",
        "logger=none", f"runs_dir={folder / 'runs'}", "data.max_length=16", "training.batch_size=8",
        "task.val_share=0.1", "task.test_share=0.1", "training.max_steps=12",
        "training.eval_every=5", *more,
    ]  # fmt: skip
