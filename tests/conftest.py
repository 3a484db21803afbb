"""One thread per test process: tiny models gain nothing from more, and workers do not fight."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """Nothing is read from or left in the user's cache."""
    if "BRODMANN_CACHE" not in os.environ:
        os.environ["BRODMANN_CACHE"] = str(tmp_path_factory.mktemp("cache"))
