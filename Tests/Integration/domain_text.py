"""A domain to move a model to, documentation of software, and vocabularies that are trained on it."""

import random
import re
import sysconfig
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers


def paragraphs(megabytes=2.5):
    """What torch, transformers and Python's library say of themselves, in the same order every time."""
    found, size = {}, 0
    for folder in [Path(torch.__file__).parent, Path(transformers.__file__).parent, Path(sysconfig.get_path("stdlib"))]:
        for path in sorted(folder.rglob("*.py")):
            # Not by a parser: that takes minutes.
            for docstring in re.findall(r'"""(.*?)"""', path.read_text(errors="ignore"), re.DOTALL):
                for paragraph in re.split(r"\n\s*\n", docstring):
                    paragraph = " ".join(paragraph.split())
                    size += len(paragraph) if paragraph not in found else 0
                    found[paragraph] = None
            if size > megabytes * 1e6:
                return list(found)
    return list(found)


def sentences(paragraphs, count):
    """Sentences of mostly words, drawn by a fixed seed."""
    found = dict.fromkeys(
        sentence for paragraph in paragraphs for sentence in re.split(r"(?<=[.!?]) ", paragraph)
        if 40 <= len(sentence) <= 200 and sentence[0].isupper() and sentence[-1] == "."
        and sum(letter.isalpha() or letter == " " for letter in sentence) > 0.9 * len(sentence))
    return random.Random(6).sample(list(found), count)


def around(tokenizer, begin, end):
    """Puts the two special tokens around a text."""
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", pair=f"{begin} $A {end} $B:1 {end}:1",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in (begin, end)])
    return tokenizer


def word_piece(text, size):
    specials = ["[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(text, trainers.WordPieceTrainer(vocab_size=size, special_tokens=specials, show_progress=False))
    return around(tokenizer, "[CLS]", "[SEP]")


def byte_level(text, size):
    """Of lower case, as the base is; cased, capitals are what the base knows nothing of."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(text, trainer)
    return around(tokenizer, "<s>", "</s>")


def unigram(text, size):
    """As SentencePiece makes them: `▁` begins a word, the unknown token has a score too."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=size, special_tokens=["<unk>", "<s>", "</s>", "<mask>", "<pad>"], unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(text, trainer)
    return around(tokenizer, "<s>", "</s>")
