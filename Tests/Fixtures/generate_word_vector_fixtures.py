"""Writes Tests/Fixtures/word-vectors: small files of word vectors as gensim writes them, what gensim reads from them, and which words
hold which tokens, found by trying every word.

python3 -m venv venv && venv/bin/pip install gensim numpy
venv/bin/python Tests/Fixtures/generate_word_vector_fixtures.py
"""

import base64
import json
import pathlib
import random

import numpy as np
from gensim.models import KeyedVectors

here = pathlib.Path(__file__).parent / "word-vectors"
here.mkdir(exist_ok=True)
random.seed(8)
generator = np.random.default_rng(8)

stems = ["house", "token", "embed", "word", "ingest", "ring", "sing", "sting", "banana", "essence", "light", "network", "vector"]
endings = ["", "s", "ing", "ed", "er", "ers", "less", "like", "'s", "-made", "ization"]
others = """</s> Ring McDonald apple Apple élan Élan éclair naïve Straße straße ßeta Öl öl übermut дом домашний Дом привет ярлык Ярмарка ελλάς ςigma σῖτος
日本語 日本 東京都 東京 本 नमस्ते नमक 안녕하세요 😀 👩‍👩‍👧 ﬁne ǆem ǅem e ee eee a . ,, 1984 0x10 5$5 eng:house --""".split()
words = [stem + ending for stem in stems for ending in endings] + others
random.shuffle(words)
vectors = generator.standard_normal((len(words), 6)).astype(np.float32)
vectors[0] = [0, -0.0, 1e-38, -3.4e38, 1.17549435e-38, 1e-45]
vectors[1] = [16777217, 0.1, 0.3, 1 / 3, 123456.789, -1e-7]

keyed = KeyedVectors(6)
keyed.add_vectors(words, vectors)
keyed.save_word2vec_format(here / "words.vec")
keyed.save_word2vec_format(here / "words.bin", binary=True)
keyed.save(str(here / "words.kv"), separately=["vectors"])
# As word2vec.c writes it, with a line feed behind every vector.
lines = b"".join(word.encode() + b" " + row.tobytes() + b"\n" for word, row in zip(words, vectors))
(here / "original.bin").write_bytes(f"{len(words)} 6\n".encode() + lines)
# As fastText writes it, with a space at the end of lines; five digits, as GloVe has them and no header.
rounded = "".join(word + "".join(f" {value:.5g}" for value in row) + "\n" for word, row in zip(words, vectors))
(here / "glove.txt").write_text(rounded)
(here / "fasttext.vec").write_text(f"{len(words)} 6\n" + rounded.replace("\n", " \n"))


def read(**arguments):
    read = KeyedVectors.load_word2vec_format(**arguments)
    assert read.index_to_key == words
    return base64.b64encode(read.vectors.astype("<f4").tobytes()).decode()


languages = ["eng", "deu", "rus"]
keys = [f"{random.choice(languages)}:{random.choice(['$', ''])}{word}{random.choice(['$', ''])}" for word in words]
multilingual = KeyedVectors(6)
multilingual.add_vectors(keys, vectors)
multilingual.save_word2vec_format(here / "multilingual.vec")


def capitalized(word):
    """`Word`: the first character in title case, where that is one character."""
    title = word[0].title()
    return (title if len(title) == 1 else word[0]) + word[1:]


def holders(token, place):
    def holds(word):
        first, rest = word.encode(), word[1:].encode()
        begins = first.startswith(token) or capitalized(word).encode().startswith(token)
        inside = token in first[1:]
        return begins if place == "beginning" else inside if place == "inside" else begins or inside

    return [id for id, word in enumerate(words) if holds(word)]


tokens = {word[start : start + length] for word in words + [capitalized(word) for word in words] for start in range(3) for length in (1, 2, 3, 5)}
tokens = sorted(random.sample(sorted(tokens - {""}), 120)) + ["S", "SS", "Ss", "s", "É", "é", "ǅ", "Σ", "zzz", "bananas and"]
tokens = [token.encode() for token in tokens] + ["日".encode()[1:], "本語".encode()[2:5]]
cases = [
    {"token": base64.b64encode(token).decode(), "place": place, "words": holders(token, place)}
    for token in tokens for place in ["beginning", "inside", "anywhere"]
]
expected = {
    "words": words, "keys": keys,
    "vec": read(fname=here / "words.vec"), "bin": read(fname=here / "words.bin", binary=True),
    "original": read(fname=here / "original.bin", binary=True),
    "glove": read(fname=here / "glove.txt", no_header=True), "fasttext": read(fname=here / "fasttext.vec"),
}
(here / "expected.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n")
(here / "holders.json").write_text(json.dumps(cases) + "\n")
