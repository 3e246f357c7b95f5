"""Writes Tests/Fixtures/word-methods: what the packages wechsel and deepfocus (FOCUS), NumPy and SciPy make of small inputs.

python3 -m venv venv
venv/bin/pip install numpy scipy scikit-learn tqdm torch transformers entmax fastdist numba print-on-steroids safetensors requests
venv/bin/pip install --no-deps wechsel==0.0.4 deepfocus==1.0.1
venv/bin/python Tests/Fixtures/generate_word_method_fixtures.py

Their code that is called here is the published one. What it imports beside that, to train and download word vectors, is replaced
by empty modules: fasttext, gensim, nltk and datasets.
"""

import json
import pathlib
import sys
import types

import numpy as np

for name, attributes in {
    "fasttext": ["util"], "fasttext.util": [], "datasets": ["load_dataset"], "datasets.fingerprint": ["Hasher"],
    "datasets.load": ["load_dataset"], "nltk": [], "gensim": [], "gensim.models": ["Word2Vec"],
}.items():
    module = types.ModuleType(name)
    for attribute in attributes:
        setattr(module, attribute, None)
    sys.modules[name] = module

import torch
import wechsel
from deepfocus.focus import focus_additional_token_initialization
from deepfocus.vocab_helper import NewToken, OverlappingToken, TokenClass
from safetensors.numpy import save_file

folder = pathlib.Path(__file__).parent / "word-methods"
folder.mkdir(exist_ok=True)
random = np.random.default_rng(20240611)


def write(name, value):
    (folder / name).write_text(json.dumps(value) + "\n")


def numbers(array):
    return np.asarray(array, dtype=np.float64).tolist()


class Tokenizer:
    """As much of a tokenizer as wechsel asks for."""

    special_tokens_map = {}

    def __init__(self, prefix, count):
        self.vocab = {f"{prefix}{id}": id for id in range(count)}
        self.names = list(self.vocab)

    def __len__(self):
        return len(self.vocab)

    def convert_ids_to_tokens(self, ids):
        return [self.names[id] for id in ids] if np.ndim(ids) else self.names[ids]


def weightings(name, table, vectors, base):
    usable = [id for id in range(len(table)) if np.any(table[id])]
    expected = {"wechsel": [], "focus": [], "proportional": []}

    rows, missing, sources = wechsel.create_target_embeddings(
        table, vectors, Tokenizer("s", len(table)), Tokenizer("t", len(vectors)), base, verbose=False)
    for index in range(len(vectors)):
        if f"t{index}" in missing:
            expected["wechsel"].append(None)
            continue
        tokens, weights, _ = sources[f"t{index}"]
        expected["wechsel"].append({
            "rows": [int(token[1:]) for token in tokens], "weights": numbers(weights), "result": numbers(rows[index])})

    def token(id):
        return TokenClass(f"t{id}", id, "", "", "", "", False)

    covered = [index for index in range(len(vectors)) if np.any(vectors[index])]
    overlap = {
        f"s{id}": OverlappingToken([], token(id), torch.from_numpy(base[id]), table[id]) for id in usable}
    new = {f"t{index}": NewToken(token(place), vectors[index]) for place, index in enumerate(covered)}
    rows = focus_additional_token_initialization(
        overlap, new, torch.zeros((len(covered), base.shape[1]), dtype=torch.float64), "cpu").numpy()
    similarities = vectors[covered].astype(np.float64) @ table[usable].T.astype(np.float64)
    similarities /= np.linalg.norm(vectors[covered], axis=1)[:, None] * np.linalg.norm(table[usable], axis=1)
    for index in range(len(vectors)):
        if index not in covered:
            expected["focus"].append(None)
            expected["proportional"].append(None)
            continue
        place = covered.index(index)
        expected["focus"].append({"result": numbers(rows[place])})
        z = similarities[place]
        weights = z / z.sum()
        expected["proportional"].append({
            "rows": usable, "weights": numbers(weights), "result": numbers(weights @ base[usable])})
    write(name, {"table": numbers(table), "vectors": numbers(vectors), "base": numbers(base), **expected})


table = random.normal(size=(300, 16)).astype(np.float32)
table[[0, 17, 299]] = 0
vectors = random.normal(size=(12, 16)).astype(np.float32)
vectors[3] = table[40] * 2
vectors[5] = 0
weightings("weightings.json", table, vectors, random.normal(size=(300, 8)))
# Similarities so alike that sparsemax leaves more rows a weight than 512.
direction = random.normal(size=4)
table = (direction + 1e-3 * random.normal(size=(700, 4))).astype(np.float32)
vectors = (direction + 1e-3 * random.normal(size=(3, 4))).astype(np.float32)
weightings("weightings-flat.json", table, vectors, random.normal(size=(700, 4)))


class Words:
    """As much of word vectors as wechsel asks for."""

    def __init__(self, vectors):
        self.words = list(vectors)
        self.vectors = vectors

    def get_word_id(self, word):
        return self.words.index(word) if word in self.vectors else -1

    def get_word_vector(self, word):
        return self.vectors[word]


# The second language is the first one stretched along its axes before it is turned: the transposed rotation is a bad one then.
width = 8
turn = np.linalg.qr(random.normal(size=(width, width)))[0]
scales = np.geomspace(4, 0.2, width)
dictionary, first, second = [], {}, {}
for index in range(40):
    vector = random.normal(size=width).astype(np.float32)
    source, target = f"wOrd{'abcdefghij'[index % 10]}{'xyzv'[index // 10]}", f"wort-{'abcdefghij'[index % 10]}{'xyzv'[index // 10]}"
    dictionary.append([source, target])
    form = [source, source.lower(), source.title()][index % 3]
    first[form] = vector
    second[[target, target.title()][index % 2]] = (
        (vector * scales) @ turn + 0.05 * random.normal(size=width)).astype(np.float32)
    if index % 4 == 0:
        first[source.title()] = random.normal(size=width).astype(np.float32)
dictionary += [["absent", "fehlt"], ["worda", "fehlt"]]
rotation = wechsel.WECHSEL._compute_align_matrix_from_dictionary(None, Words(first), Words(second), dictionary)
write("alignment.json", {
    "dictionary": dictionary, "source": {word: numbers(vector) for word, vector in first.items()},
    "target": {word: numbers(vector) for word, vector in second.items()}, "rotation": numbers(rotation)})

low = random.normal(size=(6, 3)) @ random.normal(size=(3, 6))
cases = {
    "tall": random.normal(size=(9, 5)), "wide": random.normal(size=(4, 7)), "square": random.normal(size=(12, 12)),
    "rank 3 of 6": low, "one row": random.normal(size=(1, 5)), "zeros": np.zeros((4, 3)),
    "graded": random.normal(size=(8, 8)) * np.geomspace(1, 1e-12, 8),
    "hilbert": 1 / (np.arange(10)[:, None] + np.arange(10) + 1.0),
    "anisotropic": (random.normal(size=(50, width)) * scales).T @ random.normal(size=(50, width)),
    "huge": random.normal(size=(5, 4)) * 1e200, "twins": np.repeat(random.normal(size=(5, 2)), 2, axis=1),
}
write("decompositions.json", [
    {
        "name": name, "rows": matrix.shape[0], "columns": matrix.shape[1], "elements": numbers(matrix.ravel()),
        "values": numbers(np.linalg.svd(matrix, compute_uv=False)), "rank": int(np.linalg.matrix_rank(matrix)),
        "target": numbers(target := random.normal(size=matrix.shape[0])),
        "solution": numbers(np.linalg.lstsq(matrix, target, rcond=None)[0]),
        "eigenvalues": numbers(np.linalg.eigvalsh((matrix + matrix.T) / 2)[::-1]) if matrix.shape[0] == matrix.shape[1] else None,
    }
    for name, matrix in cases.items()
])

left = np.linalg.qr(random.normal(size=(240, 40)))[0]
right = np.linalg.qr(random.normal(size=(40, 40)))[0]
tensors = {}
for name, matrix in {
    "decaying": left * np.geomspace(30, 0.01, 40) @ right.T, "flat": left * np.linspace(1.2, 0.8, 40) @ right.T,
    "random": random.normal(size=(240, 40)), "low": left[:, :7] * np.geomspace(10, 1, 7) @ right[:, :7].T,
}.items():
    matrix = matrix.astype(np.float32)
    tensors[name] = matrix
    u, s, vt = np.linalg.svd(matrix.astype(np.float64), full_matrices=False)
    tensors[f"{name}.values"] = s.astype(np.float32)
    for rank in [10, 40]:
        tensors[f"{name}.{rank}"] = (u[:, :rank] * s[:rank] @ vt[:rank]).astype(np.float32)
save_file(tensors, folder / "matrices.safetensors")
(folder / "matrices.safetensors").chmod(0o644)

donor = random.normal(size=(200, 32)).astype(np.float32)
donor *= random.uniform(0.5, 2, size=(200, 1)).astype(np.float32)
base = random.normal(size=(180, 8))
shared = [[donor_id, 179 - donor_id] for donor_id in range(180)]
targets = donor[180:186].copy()
targets[1] = donor[7] * 0.5 + donor[90] * -1.25
targets[2] = donor[33] + 0.05 * targets[2]
atoms = donor[:180].astype(np.float64)


def pursue(target, count):
    chosen, rest = [], target
    while len(chosen) < count and np.linalg.norm(rest) / np.linalg.norm(target) > 1e-6:
        scores = np.abs(atoms @ rest)
        scores[chosen] = -1
        chosen.append(int(scores.argmax()))
        a = atoms[chosen].T
        rest = target - a @ np.linalg.lstsq(a, target, rcond=None)[0]
    ridge = 1e-6 * np.mean(np.sum(a * a, axis=0))
    return chosen, np.linalg.solve(a.T @ a + ridge * np.eye(len(chosen)), a.T @ target)


def interpolate(target, count, metric, weighting):
    cosines = atoms @ target / np.linalg.norm(atoms, axis=1) / np.linalg.norm(target)
    distances = np.linalg.norm(atoms - target, axis=1)
    order = np.argsort(-cosines if metric == "cosine" else distances, kind="stable")[:count]
    p = atoms[order]
    if weighting == "distance_proportional":
        weights = cosines[order] if metric == "cosine" else 1 / np.maximum(distances[order], 1e-6)
        weights = weights / weights.sum()
    elif weighting == "barycentric":
        system = np.block([[p @ p.T, np.ones((count, 1))], [np.ones((1, count)), np.zeros((1, 1))]])
        weights = np.linalg.solve(system, np.append(p @ target, 1))[:-1]
    else:
        weights = np.linalg.lstsq(p.T, target, rcond=None)[0]
    return order.tolist(), weights


def combined(positions, weights):
    rows = [179 - position for position in positions]
    return {"rows": rows, "weights": numbers(weights), "result": numbers(weights @ base[rows])}


expected = {"omp": [combined(*pursue(target.astype(np.float64), 8)) for target in targets]}
for metric in ["euclidean", "cosine"]:
    for weighting in ["distance_proportional", "barycentric", "least_squares"]:
        expected[f"{metric} {weighting}"] = [
            combined(*interpolate(target.astype(np.float64), 10, metric, weighting)) for target in targets]
write("donors.json", {
    "donor": numbers(donor), "base": numbers(base), "shared": shared, "targets": numbers(targets), "expected": expected})

(folder / "ORIGIN.md").write_text("Made by ../generate_word_method_fixtures.py, which names the packages and their versions.\n")
