"""The two shapes that are measured: folders as `hyperembed serve --base DIR --hypernetwork DIR` reads them.

`default` is the embedded model. `xlmr` has the shape in which benjamin/zett-hypernetwork-xlm-roberta-base was trained
(configs/zeroshot/v7:xlmr:multilingual_long:lw=0.5_26l.json of bminixhofer/zett) over the 250,002 rows of XLM-RoBERTa, with random
weights and a Unigram trained here: what a forward pass costs does not depend on the numbers in it.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
import wordfreq
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from surface_forms import byte_level
from zett import DEFAULT_MODEL, Configuration, Hypernetwork, Rescaler

CACHE = Path(__file__).resolve().parent / ".cache"
ROWS = 250_002
SPECIAL_TOKENS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
LANGUAGES = "en ru de es fr it pt el ko fi id tr ar vi bg ca hi et bn ta ur sw te eu ht qu".split()
XLMR_BASE = {"model_type": "xlm-roberta", "hidden_size": 768, "vocab_size": ROWS, "tie_word_embeddings": True}
XLMR_HYPERNETWORK = {
    "model_type": "zett_hypernetwork", "hn_model_type": "roberta", "hn_model_name_or_path": "roberta-base",
    "hn_surface_maxlen": 7, "hn_n_layers": 3, "n_embd": 768, "hn_hidden_size": 768, "hn_intermediate_size": 1536,
    "hn_num_attention_heads": None, "hn_rescale_embeddings": True, "hn_embed_using_source_embeddings": True,
    "hn_concat_last_hidden_state": False, "hn_single_head": False, "hn_predict_bias": True, "hn_embed_lang_id": True,
    "n_langs": len(LANGUAGES), "langs": LANGUAGES, "hn_add_inter_token_attention": False, "hn_embed_target_priors": False,
    "separate_out_embeddings": False, "original_vocab_size": ROWS, "hn_n_extra_tokens": 0,
    "pad_token_id": SPECIAL_TOKENS.index("<pad>"),
}


@dataclass(frozen=True)
class Model:
    name: str
    base: Path
    hypernetwork: Path
    # What requests say, for a hypernetwork that looks at it.
    language: str | None


def all_models() -> list[Model]:
    """Makes what is not there yet."""
    folder = CACHE / "xlmr"
    xlmr = Model("xlmr", folder / "base", folder / "hypernetwork", "en")
    # Written last.
    if not (xlmr.base / "model.safetensors").exists():
        make_xlmr(xlmr)
    return [Model("default", DEFAULT_MODEL / "base", DEFAULT_MODEL / "hypernetwork", None), xlmr]


def make_xlmr(model: Model) -> None:
    for folder, configuration in [(model.base, XLMR_BASE), (model.hypernetwork, XLMR_HYPERNETWORK)]:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(configuration, indent=2))
    tokenizer = train_tokenizer()
    tokenizer.save(str(model.hypernetwork / "tokenizer.json"))
    # XLM-RoBERTa's own character map is NFKC but for a few characters.
    tokenizer.normalizer = normalizers.NFKC()
    # By which hyperembed tells how its entries are spelled.
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.save(str(model.base / "tokenizer.json"))

    torch.manual_seed(1)
    embeddings = torch.randn(ROWS, XLMR_HYPERNETWORK["n_embd"]) * 0.2
    hypernetwork = Hypernetwork(Configuration.read(model.hypernetwork), embeddings)
    for module in hypernetwork.modules():
        if isinstance(module, Rescaler):
            torch.nn.init.uniform_(module.w, 0.5, 1.5)
            torch.nn.init.normal_(module.b)
    save_file(hypernetwork.state_dict(), model.hypernetwork / "model.safetensors")
    save_file({"roberta.embeddings.word_embeddings.weight": embeddings}, model.base / "model.safetensors")


def train_tokenizer() -> Tokenizer:
    """A byte-level Unigram of frequent words: like XLM-RoBERTa's it splits a rarer English word into about 2.5 pieces."""
    spoken = wordfreq.available_languages("best")
    words = (byte_level(" " + word) for code in LANGUAGES if code in spoken for word in wordfreq.top_n_list(code, 30_000))
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.train_from_iterator(words, trainers.UnigramTrainer(
        vocab_size=ROWS, special_tokens=SPECIAL_TOKENS, unk_token="<unk>", max_piece_length=32, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer
