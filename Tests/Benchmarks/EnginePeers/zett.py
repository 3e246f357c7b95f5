#!/usr/bin/env python3
"""The ZeTT hypernetwork as its authors compute it (arXiv 2405.07883, bminixhofer/zett), in PyTorch: float32, every token padded
to `hn_surface_maxlen`.

    zett.py --check

compares it with every golden case in Tests/Golden. Modules are named so that a published checkpoint's tensors find their places.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

ROOT = Path(__file__).resolve().parents[3]
DEFAULT_MODEL = ROOT / "Sources/Generation/Resources/minilm"
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Configuration:
    """The keys of `config.json` that decide the forward pass, under shorter names."""

    embedding_size: int
    hidden_size: int
    intermediate_size: int
    layers: int
    heads: int
    maximum_length: int
    vocabulary_size: int
    fallback_rows: int
    padding_id: int
    separate_output: bool
    single_head: bool
    predicts_bias: bool
    rescales: bool
    languages: int | None
    language_codes: tuple[str, ...]

    @classmethod
    def read(cls, folder: Path) -> "Configuration":
        keys = json.loads((folder / "config.json").read_text())
        return cls(
            embedding_size=keys["n_embd"], hidden_size=keys["hn_hidden_size"], intermediate_size=keys["hn_intermediate_size"],
            layers=keys["hn_n_layers"], heads=keys.get("hn_num_attention_heads") or keys["hn_hidden_size"] // 64,
            maximum_length=keys["hn_surface_maxlen"], vocabulary_size=keys["original_vocab_size"],
            fallback_rows=max(keys["hn_n_extra_tokens"], 1), padding_id=keys["pad_token_id"],
            separate_output=keys["separate_out_embeddings"], single_head=keys["hn_single_head"],
            predicts_bias=keys["hn_predict_bias"], rescales=keys["hn_rescale_embeddings"],
            languages=keys["n_langs"] if keys["hn_embed_lang_id"] else None, language_codes=tuple(keys.get("langs") or ()))

    @property
    def source_width(self) -> int:
        """An input row, and an output row behind it where the base has both."""
        return self.embedding_size * (2 if self.separate_output else 1)


class Rows(NamedTuple):
    input: Tensor  # (tokens, embedding)
    output: Tensor | None  # (tokens, embedding)
    bias: Tensor | None  # (tokens)


class Rescaler(nn.Module):
    def __init__(self, size: int):
        super().__init__()
        self.w = nn.Parameter(torch.ones(1, size))
        self.b = nn.Parameter(torch.zeros(1, size))

    def forward(self, rows: Tensor) -> Tensor:
        return self.w * rows + self.b


class ProjectorBlock(nn.Module):
    def __init__(self, size: int, intermediate_size: int):
        super().__init__()
        self.dense1 = nn.Linear(size, intermediate_size)
        self.dense2 = nn.Linear(intermediate_size, size)
        self.ln = nn.LayerNorm(size, eps=1e-6)

    def forward(self, rows: Tensor) -> Tensor:
        intermediate = functional.gelu(self.dense1(rows), approximate="tanh")
        return self.ln(rows + functional.gelu(self.dense2(intermediate), approximate="tanh"))


class Attention(nn.Module):
    def __init__(self, configuration: Configuration):
        super().__init__()
        size = configuration.hidden_size
        self.heads = configuration.heads
        self.self = nn.ModuleDict({name: nn.Linear(size, size) for name in ["query", "key", "value"]})
        self.output = nn.ModuleDict({"dense": nn.Linear(size, size), "LayerNorm": nn.LayerNorm(size, eps=1e-5)})

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        query, key, value = (self.split(self.self[name](rows)) for name in ["query", "key", "value"])
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None, :])
        joined = attended.transpose(1, 2).flatten(2)
        return self.output["LayerNorm"](self.output["dense"](joined) + rows)

    def split(self, rows: Tensor) -> Tensor:
        """(tokens, positions, hidden) to (tokens, heads, positions, hidden / heads)"""
        return rows.unflatten(2, (self.heads, -1)).transpose(1, 2)


class EncoderLayer(nn.Module):
    def __init__(self, configuration: Configuration):
        super().__init__()
        size, intermediate_size = configuration.hidden_size, configuration.intermediate_size
        self.attention = Attention(configuration)
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(size, intermediate_size)})
        self.output = nn.ModuleDict(
            {"dense": nn.Linear(intermediate_size, size), "LayerNorm": nn.LayerNorm(size, eps=1e-5)})

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        attended = self.attention(rows, mask)
        intermediate = functional.gelu(self.intermediate["dense"](attended))
        return self.output["LayerNorm"](self.output["dense"](intermediate) + attended)


class Encoder(nn.Module):
    """RoBERTa without a table of words: its rows come from the input projection."""

    def __init__(self, configuration: Configuration):
        super().__init__()
        size = configuration.hidden_size
        self.embeddings = nn.ModuleDict({
            # 512 positions and two that RoBERTa leaves unused; ZeTT counts from 0.
            "position_embeddings": nn.Embedding(514, size), "token_type_embeddings": nn.Embedding(1, size),
            "LayerNorm": nn.LayerNorm(size, eps=1e-5),
        })
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(EncoderLayer(configuration) for _ in range(configuration.layers))})

    def forward(self, pieces: Tensor, language_row: Tensor | None, mask: Tensor) -> Tensor:
        positions = self.embeddings["position_embeddings"].weight[: pieces.shape[1]]
        rows = pieces + positions + self.embeddings["token_type_embeddings"].weight[0]
        if language_row is not None:
            rows = torch.cat([rows, language_row[:, None, :]], dim=1)
        rows = self.embeddings["LayerNorm"](rows)
        for layer in self.encoder["layer"]:
            rows = layer(rows, mask)
        return rows


class Hypernetwork(nn.Module):
    def __init__(self, configuration: Configuration, source_embeddings: Tensor):
        super().__init__()
        self.configuration = configuration
        hidden_size = configuration.hidden_size
        self.register_buffer("source_embeddings", source_embeddings, persistent=False)  # (vocabulary, source width)
        self.fallback_embeddings = nn.Embedding(configuration.fallback_rows, configuration.source_width)
        if configuration.languages:
            self.lang_embeddings = nn.Embedding(configuration.languages, hidden_size)
        self.input_projection = nn.Sequential(
            nn.Linear(configuration.source_width, hidden_size), ProjectorBlock(hidden_size, configuration.intermediate_size))
        self.model = Encoder(configuration)
        self.output_projection = self.head(
            configuration.source_width if configuration.single_head else configuration.embedding_size)
        if configuration.separate_output and not configuration.single_head:
            self.output_projection_out = self.head(configuration.embedding_size)
        if configuration.rescales:
            self.in_scaler = Rescaler(configuration.source_width)
            self.scaler = Rescaler(configuration.embedding_size)
            if configuration.separate_output:
                self.out_scaler = Rescaler(configuration.embedding_size)
        if configuration.predicts_bias:
            self.bias_projection = nn.Linear(hidden_size, 1)

    def head(self, width: int) -> nn.Sequential:
        size = self.configuration.hidden_size
        return nn.Sequential(ProjectorBlock(size, self.configuration.intermediate_size), nn.Linear(size, width))

    @classmethod
    def load(cls, folder: Path, source_embeddings: Tensor) -> "Hypernetwork":
        """Reads `config.json` and `model.safetensors`."""
        hypernetwork = cls(Configuration.read(folder), source_embeddings)
        tensors = load_file(folder / "model.safetensors")
        # Checkpoints carry the stub of RoBERTa's table of words.
        tensors.pop("model.embeddings.word_embeddings.weight", None)
        hypernetwork.load_state_dict(tensors)
        return hypernetwork.eval()

    def forward(self, surface_forms: Tensor, language: Tensor | None = None) -> Rows:
        """Surface forms are source ids, (tokens, maximum length), padded; `language` is a row of the language table for each."""
        pieces = self.input_projection(self.look_up(surface_forms))
        mask = surface_forms != self.configuration.padding_id
        language_row = None
        if self.configuration.languages:
            language_row = self.lang_embeddings(language)
            mask = functional.pad(mask, (0, 1), value=True)
        first = self.model(pieces, language_row, mask)[:, 0]
        return self.predict(first)

    def look_up(self, surface_forms: Tensor) -> Tensor:
        last = self.configuration.vocabulary_size - 1
        sources = functional.embedding(surface_forms.clamp(max=last), self.source_embeddings)
        if self.configuration.rescales:
            sources = self.in_scaler(sources)
        fallback = self.fallback_embeddings((surface_forms - last - 1).clamp(min=0))
        return torch.where((surface_forms > last)[..., None], fallback, sources)

    def predict(self, first: Tensor) -> Rows:
        predicted, output = self.output_projection(first), None
        if self.configuration.separate_output:
            if self.configuration.single_head:
                predicted, output = predicted.chunk(2, dim=-1)
            else:
                output = self.output_projection_out(first)
        if self.configuration.rescales:
            predicted = self.scaler(predicted)
            output = output if output is None else self.out_scaler(output)
        bias = self.bias_projection(first)[..., 0] if self.configuration.predicts_bias else None
        return Rows(predicted, output, bias)


def load(base: Path, hypernetwork: Path) -> Hypernetwork:
    """Loads a hypernetwork over a tied base folder."""
    tensors = load_file(base / "model.safetensors")
    (key,) = (key for key in tensors if key.endswith("embeddings.word_embeddings.weight"))
    return Hypernetwork.load(hypernetwork, tensors[key].float())


def check(folder: Path) -> float:
    """The largest difference, absolute or relative to the expected row's norm, from a golden case."""
    case = load_file(folder / "case.safetensors")
    if "source_embeddings" in case:
        hypernetwork = Hypernetwork.load(folder, case["source_embeddings"])
    else:
        hypernetwork = load(DEFAULT_MODEL / "base", DEFAULT_MODEL / "hypernetwork")
    surface_forms = case["target_surface_forms"].long()
    language = case["lang_index"].long().expand(len(surface_forms)) if "lang_index" in case else None
    with torch.inference_mode():
        rows = hypernetwork(surface_forms, language)
    worst = 0.0
    keys = ["expected_input_embeddings", "expected_output_embeddings", "expected_bias"]
    for found, key in zip(rows, keys):
        if key in case:
            difference = found - case[key]
            # A bias is compared as all tokens' together: a single one may be as good as 0.
            relative = (difference.norm(dim=-1) / case[key].norm(dim=-1)).max()
            worst = max(worst, difference.abs().max().item(), relative.item())
    return worst


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument(
        "--check", action="store_true", required=True, help="compare with the golden cases; status 1 past 1e-4")
    arguments.parse_args()
    failed = False
    for folder in sorted((ROOT / "Tests/Golden").iterdir()):
        difference = check(folder)
        failed |= not difference <= TOLERANCE
        print(f"{folder.name}: {difference:.1e}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
