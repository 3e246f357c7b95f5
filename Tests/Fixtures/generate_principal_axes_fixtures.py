"""Writes Tests/Fixtures/principal-axes: what NumPy makes of the default model's rows, in float64.

python3 -m venv venv && venv/bin/pip install numpy
venv/bin/python Tests/Fixtures/generate_principal_axes_fixtures.py
"""

import json
import pathlib

import numpy as np

here = pathlib.Path(__file__).parent
base = here / "../../Sources/Generation/Resources/minilm/base"

content = (base / "model.safetensors").read_bytes()
length = int.from_bytes(content[:8], "little")
tensor = json.loads(content[8 : 8 + length])["embeddings.word_embeddings.weight"]
start, end = tensor["data_offsets"]
rows = np.frombuffer(content[8 + length :][start:end], "<f2").reshape(tensor["shape"]).astype(np.float64)

vocabulary = json.loads((base / "tokenizer.json").read_bytes())["model"]["vocab"]
unused = {id for token, id in vocabulary.items() if token.startswith("[unused") or token == "[PAD]"}
valid = [id for id in range(len(rows)) if id not in unused]
centred = rows[valid] - rows[valid].mean(axis=0)
variances, axes = np.linalg.eigh(centred.T @ centred / len(centred))
axes = axes[:, [-1, -2]].T
for axis in axes:
    if axis[np.abs(axis).argmax()] < 0:
        axis *= -1

(here / "principal-axes").mkdir(exist_ok=True)
(here / "principal-axes/minilm.json").write_text(json.dumps({
    "rows": len(valid), "axes": axes.tolist(), "shares": (variances[[-1, -2]] / variances.sum()).tolist(),
    "positions": {valid[place]: (centred[place] @ axes.T).tolist() for place in [0, 1000, 29000]},
}) + "\n")
