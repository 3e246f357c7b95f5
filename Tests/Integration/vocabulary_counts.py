"""What becomes of each id of a new vocabulary, counted anew with the `tokenizers` library."""

import json
from dataclasses import dataclass

from tokenizers import Tokenizer
from transformers.convert_slow_tokenizer import bytes_to_unicode

GENERATED, COPIED, FALLBACK = 0, 1, 2
CHARACTERS = bytes_to_unicode()
BYTES = {character: byte for byte, character in CHARACTERS.items()}
ROLES = [
    ["[CLS]", "<s>"], ["[SEP]", "</s>"], ["[PAD]", "<pad>"], ["[UNK]", "<unk>"], ["[MASK]", "<mask>"],
]


def spelled(piece, kind):
    """The bytes that an entry stands for; a leading space begins a word."""
    if kind == "word_piece":
        return (piece[2:] if piece.startswith("##") else " " + piece).encode()
    if kind == "byte_level":
        return bytes(BYTES[character] for character in piece)
    return piece.replace("▁", " ").encode()


@dataclass
class Row:
    status: int
    # The row of the base that it is a copy of.
    copy_of: int | None = None
    pieces: int = 0
    fallback_pieces: int = 0


class Counter:
    def __init__(self, base, hypernetwork):
        """`base` is a WordPiece tokenizer, as BERT's."""
        self.base = Tokenizer.from_file(str(base / "tokenizer.json"))
        self.specials = {token.content: index for index, token in self.base.get_added_tokens_decoder().items() if token.special}
        self.ids = {spelled(piece, "word_piece"): index for piece, index in self.base.get_vocab().items() if piece not in self.specials}
        configuration = json.loads((hypernetwork / "config.json").read_text())
        self.length, self.rows = configuration["hn_surface_maxlen"], configuration["original_vocab_size"]
        self.splitter = Tokenizer.from_file(str(hypernetwork / "tokenizer.json"))

    def plan(self, tokenizer, kind):
        """A `Row` for each id."""
        specials = {index: token.content for index, token in tokenizer.get_added_tokens_decoder().items() if token.special}
        return [
            self.special(specials[index]) if index in specials else self.token(spelled(tokenizer.id_to_token(index), kind))
            for index in range(tokenizer.get_vocab_size())
        ]

    def special(self, content):
        names = next((role for role in ROLES if content in role), [])
        copy_of = next((self.specials[name] for name in [content, *names] if name in self.specials), None)
        return Row(FALLBACK if copy_of is None else COPIED, copy_of)

    def base_id(self, spelling):
        """The base's entry for an entry: punctuation is cut off from words, so `##,` is nothing that the base has learnt."""
        words = self.base.pre_tokenizer.pre_tokenize_str(self.base.normalizer.normalize_str("x" + spelling.decode(errors="replace")))
        if len(words) == 2 and words[0][0] == "x" and not spelling.startswith(b" "):
            return self.ids.get(b" " + spelling, self.ids.get(spelling))
        return self.ids.get(spelling)

    def token(self, spelling):
        if (copy_of := self.base_id(spelling)) is not None:
            return Row(COPIED, copy_of)
        pieces = self.splitter.model.tokenize("".join(CHARACTERS[byte] for byte in spelling)) if spelling else []
        unknown = self.splitter.token_to_id("[UNK]")
        if not pieces or any(piece.id == unknown for piece in pieces):
            return Row(FALLBACK)
        seen = pieces[: self.length]
        return Row(GENERATED, None, len(pieces), sum(piece.id >= self.rows for piece in seen))

    def summary(self, rows):
        """The counts of the safetensors file's metadata."""
        return {
            "rows": len(rows),
            "generated": sum(row.status == GENERATED for row in rows),
            "copied": sum(row.status == COPIED for row in rows),
            "fallback": sum(row.status == FALLBACK for row in rows),
            "truncated": sum(row.pieces > self.length for row in rows),
            "with_fallback_pieces": sum(row.fallback_pieces > 0 for row in rows),
        }
