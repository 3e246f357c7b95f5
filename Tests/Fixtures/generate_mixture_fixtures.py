"""Writes Tests/Fixtures/mixtures: a small donor for the embedded model's base, word vectors of a second language with a dictionary, and
what NumPy makes of new tokens by both: orthogonal matching pursuit, interpolation, and WECHSEL's alignment.

python3 -m venv venv && venv/bin/pip install numpy tokenizers safetensors gensim
venv/bin/python Tests/Fixtures/generate_mixture_fixtures.py
"""

import json
import pathlib
import re
import shutil

import numpy as np
from gensim.models import KeyedVectors
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer, normalizers

WIDTH = 32
ATOMS = 8
NEIGHBORS = 10

random = np.random.default_rng(20260308)
here = pathlib.Path(__file__).parent
folder = here / "mixtures"
(folder / "donor").mkdir(parents=True, exist_ok=True)
base_folder = here.parents[1] / "Sources/Generation/Resources/minilm/base"
base = next(iter(load_file(base_folder / "model.safetensors").values())).astype(np.float64)
base_tokenizer = Tokenizer.from_file(str(base_folder / "tokenizer.json"))
base_tokenizer.no_padding()
base_tokenizer.no_truncation()


def numbers(array):
    return [float(f"{value:.9g}") for value in array]


def mixture(ids, weights):
    return {"ids": [int(id) for id in ids], "weights": numbers(weights), "row": numbers(np.asarray(weights) @ base[ids])[:24]}


# ---------------------------------------------------------------- donor

shutil.copy(here / "base-tokenizers/gpt2.tokenizer.json", folder / "donor/tokenizer.json")
(folder / "donor/config.json").write_text('{"model_type": "gpt2"}\n')
document = json.loads((folder / "donor/tokenizer.json").read_text())
printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
alphabet = {chr(byte): byte for byte in printable}
alphabet |= {chr(0x100 + place): byte for place, byte in enumerate(byte for byte in range(256) if byte not in printable)}
donor_bytes = {id: bytes(alphabet[character] for character in entry) for entry, id in document["model"]["vocab"].items()
               if all(character in alphabet for character in entry)}
donor_bytes |= {token["id"]: token["content"].encode() for token in document["added_tokens"]}
special = {token["id"] for token in document["added_tokens"] if token["special"]}
rows = 1 + max(donor_bytes)
lowest = {}
for id in sorted(donor_bytes):
    if id not in special:
        lowest.setdefault(donor_bytes[id], id)


# As the base's own, but for case and accents: a Chinese character is a word of its own.
spaced = normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=True, strip_accents=False, lowercase=False)


def base_id(token):
    """Of an entry with these bytes; one that is a word of its own, behind any other, is spelled like one behind a space."""
    try:
        text = token.decode()
    except UnicodeDecodeError:
        return None
    if text.startswith(" "):
        return base_tokenizer.token_to_id(text[1:]) if len(text) > 1 else None
    words = [word for word, _ in base_tokenizer.pre_tokenizer.pre_tokenize_str(spaced.normalize_str("a" + text))]
    id = base_tokenizer.token_to_id(text) if words == ["a", text] else None
    return id if id is not None else base_tokenizer.token_to_id("##" + text)


shared = {id: base_id(token) for token, id in sorted(lowest.items(), key=lambda item: item[1]) if base_id(token) is not None}
donor = (random.normal(size=(rows, WIDTH)) * np.geomspace(3, 0.3, WIDTH) * random.uniform(0.5, 2, size=(rows, 1)))
donor = donor.astype(np.float16).astype(np.float64)
donor[:, -1] = 0
new = [id for token, id in sorted(lowest.items(), key=lambda item: item[1])
       if id not in shared and re.fullmatch(r" ?\w{2,}", token.decode(errors="replace"))]
unlike, empty = new[40], new[41]
# Orthogonal to all that is shared, and without a direction; a shared one without a direction is no atom.
donor[unlike] = 0
donor[unlike, -1] = 1
donor[empty] = 0
absent = list(shared)[5]
donor[absent] = 0
donor[new[0]] = 0.5 * donor[list(shared)[7]] - 1.25 * donor[list(shared)[90]]
donor = donor.astype(np.float16)
save_file({"wte.weight": donor}, folder / "donor/model.safetensors")
donor = donor.astype(np.float64)
atoms = np.array([id for id in shared if id != absent])
table = donor[atoms]
images = np.array([shared[id] for id in atoms])


def pursue(target):
    chosen, rest = [], target
    while len(chosen) < ATOMS and np.linalg.norm(rest) / np.linalg.norm(target) > 1e-6:
        scores = np.abs(table @ rest)
        scores[chosen] = -1
        chosen.append(int(np.argmax(scores)))
        weights = np.linalg.lstsq(table[chosen].T, target, rcond=None)[0]
        rest = target - weights @ table[chosen]
    gram = table[chosen] @ table[chosen].T
    ridge = 1e-6 * np.trace(gram) / len(chosen)
    weights = np.linalg.solve(gram + ridge * np.eye(len(chosen)), table[chosen] @ target)
    return mixture(images[chosen], weights)


def interpolate(target, metric, weighting):
    distances = np.linalg.norm(table - target, axis=1)
    cosines = table @ target / (np.linalg.norm(table, axis=1) * np.linalg.norm(target))
    nearest = np.argsort(distances if metric == "euclidean" else -cosines, kind="stable")[:NEIGHBORS]
    if weighting == "distance_proportional":
        weights = 1 / np.maximum(distances[nearest], 1e-6) if metric == "euclidean" else cosines[nearest]
        weights = weights / weights.sum()
    elif weighting == "barycentric":
        system = np.ones((NEIGHBORS + 1, NEIGHBORS + 1))
        system[:-1, :-1] = table[nearest] @ table[nearest].T
        system[-1, -1] = 0
        weights = np.linalg.lstsq(system, np.append(table[nearest] @ target, 1), rcond=None)[0][:-1]
    else:
        weights = np.linalg.lstsq(table[nearest].T, target, rcond=None)[0]
    return mixture(images[nearest], weights)


cases = [
    {"bytes": list(donor_bytes[id]), "donor_id": id, "omp": pursue(donor[id]), "interpolations": {
        f"{metric} {weighting}": interpolate(donor[id], metric, weighting)
        for metric in ["euclidean", "cosine"] for weighting in ["distance_proportional", "barycentric", "least_squares"]}}
    for id in new[:12]
]
donors = {
    "shared": [[int(id), int(shared[id])] for id in atoms], "tokens": cases,
    "unlike": list(donor_bytes[unlike]), "empty": list(donor_bytes[empty])}

# ---------------------------------------------------------------- a second language

keyed = KeyedVectors.load(str(here / "glove/glove.kv"))
words, vectors = keyed.index_to_key, keyed.vectors.astype(np.float64)
translated = [word for word in words if re.fullmatch("[a-z]{4,}", word)][:400]
# Stretched along its axes before it is turned: the transposed rotation is a bad one then.
dimension = vectors.shape[1]
turn = np.linalg.qr(random.normal(size=(dimension, dimension)))[0]
scales = np.geomspace(3, 0.3, dimension)
second = {}
for word in translated:
    name = word[::-1] + "o"
    vector = vectors[keyed.key_to_index[word]] * scales @ turn + 0.02 * random.normal(size=dimension)
    second[name] = np.round(vector, 4).astype(np.float32).astype(np.float64)
lines = [f"{len(second)} {dimension}"] + [f"{word} {' '.join(f'{value:.4f}' for value in vector)}" for word, vector in second.items()]
(folder / "second.vec").write_text("\n".join(lines) + "\n")
pairs = [(word, word[::-1] + "o") for word in translated[:300]]
pairs[3:3] = [("nobody-says-this", "ti"), (translated[5].title(), translated[5][::-1] + "o"), ("the", "absent")]
text = "# GloVe's words and those of a language made of them.\n\n" + "".join(f"{source}\t{target}\n" for source, target in pairs)
(folder / "dictionary.txt").write_text(text)


def variants(word, has):
    return [form for form in [word, word.lower(), word.title()] if form in has]


x, y = [], []
for source, target in pairs:
    for form in variants(source, keyed.key_to_index):
        for other in variants(target, second):
            x.append(vectors[keyed.key_to_index[form]])
            y.append(second[other])
u, _, vt = np.linalg.svd(np.array(x).T @ np.array(y))
rotation = u @ vt

owned = [[] for _ in range(len(base))]
for id, word in enumerate(words):
    title = word[0].title()
    capitalized = (title if len(title) == 1 else word[0]) + word[1:]
    for form in [word, " " + word, capitalized, " " + capitalized]:
        for token in set(base_tokenizer.encode(form, add_special_tokens=False).ids):
            owned[token].append(id)
names = {id: token for id, token in base_tokenizer.get_added_tokens_decoder().items() if token.special}
usable = [token for token, ids in enumerate(owned) if ids and token not in names and np.any(vectors[ids].mean(axis=0))]
directions = np.array([vectors[owned[token]].mean(axis=0) for token in usable])
directions /= np.linalg.norm(directions, axis=1)[:, None]
cases = []
for token in [" noit", " gni", " ynap", "nrevo", "emit", " zzzz"]:
    ids = [id for id, word in enumerate(second) if (word.startswith(token[1:]) if token[0] == " " else token in word[1:])]
    case = {"token": token, "words": ids}
    if ids:
        vector = rotation @ np.array(list(second.values()))[ids].mean(axis=0)
        similarities = (directions * (vector / np.linalg.norm(vector))).sum(axis=1)
        order = np.lexsort((usable, -similarities))[:11]
        assert similarities[order[9]] - similarities[order[10]] > 1e-6
        powers = np.exp((similarities[order[:10]] - similarities[order[0]]) / 0.1)
        case["softmax"] = mixture(np.array(usable)[order[:10]], powers / powers.sum())
        print(token, len(ids), [base_tokenizer.id_to_token(id) for id in case["softmax"]["ids"]])
    cases.append(case)
(folder / "expected.json").write_text(json.dumps(
    {"donors": donors, "translations": {"pairs": len(pairs), "alignedPairs": len(x), "tokens": cases}}, separators=(",", ":")) + "\n")
(folder / "donor/model.safetensors").chmod(0o644)
print(len(atoms), "shared tokens;", len(new), "new ones;", len(x), "pairs of vectors")
