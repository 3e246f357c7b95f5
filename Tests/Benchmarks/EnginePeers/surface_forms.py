"""From a token's text to the source ids that a hypernetwork reads, as the authors do it with the `tokenizers` library."""

import json
from pathlib import Path

from tokenizers import Tokenizer


def spellings() -> dict[int, str]:
    """GPT-2's printable character for each byte."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(0x100 + index) for index, byte in enumerate(others)}


SPELLINGS = spellings()


def byte_level(text: str) -> str:
    return text.encode().decode("latin-1").translate(SPELLINGS)


class SurfaceForms:
    def __init__(self, base: Path, hypernetwork: Path):
        self.normalizer = Tokenizer.from_file(str(base / "tokenizer.json")).normalizer
        # The model alone: a token is one word already, and has no special tokens around it.
        self.tokenizer = Tokenizer(Tokenizer.from_file(str(hypernetwork / "tokenizer.json")).model)
        configuration = json.loads((hypernetwork / "config.json").read_text())
        self.maximum_length = configuration["hn_surface_maxlen"]
        self.padding_id = configuration["pad_token_id"]

    def encode(self, tokens: list[str]) -> list[list[int]]:
        normalized = [byte_level(self.normalizer.normalize_str(token)) for token in tokens]
        encodings = self.tokenizer.encode_batch_fast(normalized, add_special_tokens=False)
        return [encoding.ids[: self.maximum_length] for encoding in encodings]

    def pad(self, source_ids: list[list[int]]) -> list[list[int]]:
        return [ids + [self.padding_id] * (self.maximum_length - len(ids)) for ids in source_ids]
