"""Writes Tests/Fixtures/token-vectors: what the `tokenizers` library's `encode` makes of texts, and from that and the words of
Tests/Fixtures/word-vectors, vectors of the tokens of every family of Tests/Fixtures/base-tokenizers as OFA has them, by NumPy.

python3 -m venv venv && venv/bin/pip install tokenizers numpy
venv/bin/python Tests/Fixtures/generate_token_vector_fixtures.py
"""

import base64
import json
import pathlib

import numpy as np
from tokenizers import Tokenizer

here = pathlib.Path(__file__).parent
folder = here / "token-vectors"
folder.mkdir(exist_ok=True)
table = json.loads((here / "word-vectors/expected.json").read_text())
words = table["words"]
vectors = np.frombuffer(base64.b64decode(table["vec"]), "<f4").reshape(len(words), -1).astype(np.float64)
families = ["gpt2", "roberta", "llama3", "clip", "llama2", "gemma", "metaspace-first", "t5", "affixes", "minilm"]


def forms(word):
    title = word[0].title()
    capitalized = (title if len(title) == 1 else word[0]) + word[1:]
    return [word, " " + word, capitalized, " " + capitalized]


def tokenizer(family):
    own = here / f"base-tokenizers/{family}.tokenizer.json"
    shipped = here.parents[1] / "Sources/Generation/Resources/minilm/base/tokenizer.json"
    found = Tokenizer.from_file(str(shipped if family == "minilm" else own))
    found.no_padding()
    found.no_truncation()
    return found


def write(name, value):
    (folder / name).write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


# Texts with spaces, several words, code and noise, and with the tokens that were added to some of the families.
texts = [text for text, _ in json.loads((here / "base-tokenizers/gpt2.expected.json").read_text())["pieces"]][::5]
texts += [form for word in words[::9] for form in forms(word)]
texts += [
    form for token in ["newword", "    ", " lead", "\n\n", "<table>", "</s>", "<unk>", "<|endoftext|>", "[CLS]", "<extra_id_0>"]
    for form in [token, f"a{token}b", f"a {token} b", f" {token}", f"{token}{token}", f"{token} word{token}word"]]
texts = list(dict.fromkeys(texts))

encodings, expected = {}, {}
for family in families:
    library = tokenizer(family)
    encode = lambda text: library.encode(text, add_special_tokens=False).ids
    encodings[family] = [encode(text) for text in texts]
    rows = library.get_vocab_size()
    owned = [[] for _ in range(rows)]
    for id, word in enumerate(words):
        for form in forms(word):
            for token in set(encode(form)):
                owned[token].append(id)
    expected[family] = {
        "rows": rows,
        "vectors": {token: [float(f"{value:.9g}") for value in vectors[ids].mean(axis=0)] for token, ids in enumerate(owned) if ids}}
    print(f"{family}: {len(expected[family]['vectors'])} of {rows} tokens stand in a word")
write("encodings.json", {"texts": texts, "ids": encodings})
write("expected.json", expected)
