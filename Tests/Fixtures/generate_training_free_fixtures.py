"""Writes Tests/Fixtures/training-free: a small made-up base and what NumPy makes of it by the formulas, in float64.

python3 -m venv venv && venv/bin/pip install numpy
venv/bin/python Tests/Fixtures/generate_training_free_fixtures.py
"""

import json
import math
import pathlib

import numpy as np

folder = pathlib.Path(__file__).parent / "training-free"
rows, width = 300, 16
mask = (1 << 64) - 1


# Random numbers: FNV-1a, SplitMix64 and the Box-Muller transform, written from their papers.


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return z ^ (z >> 31)


def token_seed(seed, token):
    value = 0xCBF29CE484222325
    for byte in token:
        value = ((value ^ byte) * 0x100000001B3) & mask
    return mix(value ^ mix(seed))


def normals(seed, count):
    numbers, state = [], seed
    while len(numbers) < count:
        state = (state + 0x9E3779B97F4A7C15) & mask
        first = mix(state) >> 11
        state = (state + 0x9E3779B97F4A7C15) & mask
        second = mix(state) >> 11
        radius = math.sqrt(-2 * math.log((first + 1) / 2**53))
        angle = 2 * math.pi * (second / 2**53)
        numbers += [radius * math.cos(angle), radius * math.sin(angle)]
    return np.array(numbers[:count])


# Files.


def to_bfloat16(x):
    bits = x.astype(np.float32).view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def from_bfloat16(x):
    return (x.astype(np.uint32) << 16).view(np.float32)


def write_safetensors(path, tensors, dtype):
    header, data = {}, b""
    for key, tensor in tensors.items():
        content = tensor.tobytes()
        header[key] = {"dtype": dtype, "shape": tensor.shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


# The base: rows around a common mean, of unequal spread, with two zero rows, a duplicate and rows that stand for no token.

random = np.random.default_rng(20240607)
mixing = np.eye(width) + random.normal(size=(width, width)) / 8
scale = np.exp(random.normal(size=(rows, 1)) / 3)
base = {
    "input": (random.normal(size=width) / 2 + scale * (random.normal(size=(rows, width)) @ mixing)).astype(np.float32),
    "output": (random.normal(size=width) / 3 + random.normal(size=(rows, width)) / 5).astype(np.float32),
    "bias": (random.normal(size=rows) - 1).astype(np.float32),
}
base["input"][[11, 12]] = 0
base["output"][12] = 0
base["input"][200] = base["input"][100]
base["input"][201] = base["input"][100]
base["input"][5] = 40
reserved = [0, 1, 2, 3, 5, 299]
classes = [None if row in reserved else [["Latn", "Cyrl", "Hani"][row * row % 3], row % 2 == 0] for row in range(rows)]
classes[17] = ["Thai", True]  # alone in its class
pieces = [[7], [20, 21], [30, 31, 32, 31], [100, 50, 60, 70, 80, 90, 110]]
explicit = [
    [[40, 1.0]],
    [[40, 2.0], [41, 3.0], [42, 5.0]],
    [[40, 2.0], [41, -0.5], [42, 0.0]],
    [[40, -1e300], [41, -3e300]],
]
tokens = ["token", " token", "\u00fc", ""]


def centred_cosines(table, mean, row):
    a, b = table - mean, row - mean
    return (a @ b) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b))


class Table:
    def __init__(self, elements):
        self.elements = elements.astype(np.float64)
        self.norms = np.linalg.norm(self.elements, axis=1)
        self.valid = np.array([row for row in range(rows) if row not in reserved and self.norms[row] > 0])
        chosen = self.elements[self.valid]
        self.mean, self.std = chosen.mean(axis=0), chosen.std(axis=0)
        self.covariance = (chosen - self.mean).T @ (chosen - self.mean) / len(chosen)
        self.valid_norms = self.norms[self.valid]

    def combine(self, ids, weights):
        return np.asarray(weights) @ self.elements[ids]

    def class_moments(self, script_class):
        members = [row for row in self.valid if classes[row] == script_class]
        if len(members) < 2:
            return self.mean, self.std
        return self.elements[members].mean(axis=0), self.elements[members].std(axis=0)

    def multivariate(self, factor, z, c):
        return self.mean + math.sqrt(c) * factor @ z

    def nearest(self, row, count=5):
        cosines = centred_cosines(self.elements[self.valid], self.mean, row)
        order = sorted(range(len(self.valid)), key=lambda i: (-round(cosines[i], 12), self.valid[i]))[:count]
        return [[int(self.valid[i]), cosines[i]] for i in order]

    def factor_of_policy(self, policy, row):
        norm = np.linalg.norm(row)
        match policy:
            case "none":
                return 1.0
            case "match_mean":
                return self.valid_norms.mean() / norm
            case "match_neighbors":
                return self.norms[[id for id, _ in self.nearest(row)]].mean() / norm
            case "clip":
                low, high = np.quantile(self.valid_norms, [0.01, 0.99])
                return np.clip(norm, low, high) / norm

    def diagnostics(self, row, ids):
        def cosine(a, b):
            return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))

        norm = np.linalg.norm(row)
        same = [id for id in range(rows) if np.array_equal(self.elements[id].astype(np.float32), row.astype(np.float32))]
        return {
            "norm": norm,
            "normRatio": norm / self.valid_norms.mean(),
            "normPercentile": 100 * np.mean(self.valid_norms <= norm),
            "cosineToMean": cosine(row, self.mean),
            "cosineToPieces": cosine(row, self.elements[ids].mean(axis=0)),
            "nearest": self.nearest(row),
            "duplicateOf": same[0] if same else None,
        }


def piece_weights(weighting, ids):
    """The rows that are summed, and their weights for the input and for the output table."""
    n = len(ids)
    i = np.arange(1, n + 1)
    one = np.eye(n)
    match weighting:
        case "exponential":
            return np.exp(2 * i) / np.exp(2 * i).sum(), np.exp(-2 * i) / np.exp(-2 * i).sum()
        case "linear":
            return i / i.sum(), i / i.sum()
        case "first_last":
            return one[-1], one[0]
        case "first":
            return one[0], one[0]
        case "last":
            return one[-1], one[-1]
        case "sum":
            return np.ones(n), np.ones(n)
        case "mean":
            return np.ones(n) / n, np.ones(n) / n


def principal_axes(table):
    chosen = table.elements[table.valid] - table.mean
    _, deviations, axes = np.linalg.svd(chosen, full_matrices=False)
    for axis in axes:
        if axis[np.abs(axis).argmax()] < 0:
            axis *= -1
    variances = deviations**2
    return {
        "axes": axes[:2].tolist(), "shares": (variances[:2] / variances.sum()).tolist(),
        "positions": (chosen[:5] @ axes[:2].T).tolist(),
    }


def expected(elements):
    tables = {key: Table(elements[key]) for key in ["input", "output"]}
    bias = elements["bias"].astype(np.float64)
    chosen_bias = bias[tables["output"].valid]

    def combined(ids, input_weights, output_weights):
        return {
            "input": tables["input"].combine(ids, input_weights).tolist(),
            "output": tables["output"].combine(ids, output_weights).tolist(),
            "bias": float(np.dot(output_weights, bias[ids])),
        }

    combinations = []
    for weighting in ["mean", "exponential", "linear", "first_last", "first", "last", "sum"]:
        for ids in pieces:
            input_weights, output_weights = piece_weights(weighting, ids)
            combinations.append({
                "weighting": weighting, "pieces": ids, **combined(ids, input_weights, output_weights),
                "effectiveRows": float(input_weights.sum() ** 2 / (input_weights**2).sum()),
            })
    for sources in explicit:
        ids, weights = [row for row, _ in sources], np.array([weight for _, weight in sources])
        weights = weights / np.abs(weights).max()
        weights = weights / weights.sum()
        combinations.append({
            "sources": sources, **combined(ids, weights, weights),
            "effectiveRows": float(1 / (weights**2).sum()), "weightMagnitude": float(np.abs(weights).sum()),
        })

    samples = []
    for number, token in enumerate(tokens):
        seed = token_seed(number, token.encode())
        z = normals(seed, 2 * width + 1)
        parts = {"input": z[:width], "output": z[width : 2 * width]}
        sample = {"request": number, "token": token, "seed": str(seed), "normal": {}, "multivariate": {}, "script": []}
        for key, table in tables.items():
            sample["normal"][key] = (table.mean + table.std * parts[key]).tolist()
            ridge = 1e-6 * np.trace(table.covariance) / width
            factor = np.linalg.cholesky(table.covariance + ridge * np.eye(width))
            sample["multivariate"][key] = table.multivariate(factor, parts[key], 0.25).tolist()
        sample["normal"]["bias"] = float(chosen_bias.mean() + chosen_bias.std() * z[-1])
        sample["multivariate"]["bias"] = float(chosen_bias.mean() + 0.5 * chosen_bias.std() * z[-1])
        for script_class in [["Latn", True], ["Cyrl", False], ["Thai", True], ["Grek", False]]:
            row = {"class": script_class, "bias": sample["normal"]["bias"]}
            for key, table in tables.items():
                mean, std = table.class_moments(script_class)
                row[key] = (mean + std * parts[key]).tolist()
            sample["script"].append(row)
        samples.append(sample)

    # Rows that come from elsewhere: means, copies, a huge and a tiny one.
    queries = {}
    for key, table in tables.items():
        given = np.stack(
            [table.combine(ids, np.ones(len(ids)) / len(ids)) for ids in pieces]
            + [table.elements[201], 30 * table.elements[77], table.elements[78] / 30, table.elements[3]])
        queries[key] = given.astype(np.float32)
    query_pieces = pieces + [[201], [77, 78], [78], [3]]
    judged = []
    for index, ids in enumerate(query_pieces):
        judged.append({"pieces": ids})
        for key, table in tables.items():
            row = queries[key][index]
            judged[-1][key] = {
                "row": row.tolist(),
                "diagnostics": table.diagnostics(row.astype(np.float64), ids),
                "factors": {
                    policy: float(table.factor_of_policy(policy, row.astype(np.float64)))
                    for policy in ["none", "match_mean", "match_neighbors", "clip"]
                },
            }
    return {
        "reserved": reserved, "classes": classes, "combinations": combinations, "samples": samples, "judged": judged,
        "statistics": {
            key: {
                "mean": table.mean.tolist(), "std": table.std.tolist(), "meanNorm": float(table.valid_norms.mean()),
                "condition": float(np.linalg.cond(table.covariance)), "validRows": table.valid.tolist(), "quantiles": np.quantile(table.valid_norms, [0, 0.01, 0.5, 0.99, 1]).tolist(),
                "principalAxes": principal_axes(table),
            }
            for key, table in tables.items()
        },
    }


folder.mkdir(exist_ok=True)
halves = {key: to_bfloat16(tensor) for key, tensor in base.items()}
write_safetensors(folder / "base-float32.safetensors", base, "F32")
write_safetensors(folder / "base-bfloat16.safetensors", halves, "BF16")
for name, elements in {"float32": base, "bfloat16": {key: from_bfloat16(half) for key, half in halves.items()}}.items():
    (folder / f"expected-{name}.json").write_text(json.dumps(expected(elements)) + "\n")
(folder / "ORIGIN.md").write_text(
    f"Written by `../generate_training_free_fixtures.py` with NumPy {np.__version__}; the numbers are made up. `scripts.json` is from"
    " `../generate_script_ranges.py`.\n")
