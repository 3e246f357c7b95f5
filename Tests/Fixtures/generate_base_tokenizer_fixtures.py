"""Writes Tests/Fixtures/base-tokenizers: small tokenizers of every family trained on text.txt, each with the bytes of its ids and
the ids that the `tokenizers` library's `encode` gives for tokens; and what the library's pre-tokenizers make of strings.

python3 -m venv venv && venv/bin/pip install tokenizers
venv/bin/python Tests/Fixtures/generate_base_tokenizer_fixtures.py
"""

import json
import pathlib
import random
import unicodedata

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

root = pathlib.Path(__file__).parents[2]
folder = root / "Tests" / "Fixtures" / "base-tokenizers"
text = (folder / "text.txt").read_text()
lines = text.splitlines()
random.seed(20260202)

# ---------------------------------------------------------------- strings

RANGES = [
    (0x20, 0x7E), (0x21, 0x40), (0xA0, 0xFF), (0x100, 0x17F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x45F), (0x5D0, 0x5EA),
    (0x620, 0x64A), (0x905, 0x939), (0xE01, 0xE3A), (0x2010, 0x2027), (0x2190, 0x21FF), (0x3041, 0x3096), (0x30A1, 0x30FA),
    (0x4E00, 0x9FA5), (0xAC00, 0xD7A3), (0xFF01, 0xFF5E), (0x1F600, 0x1F64F),
]
WHITE = [" ", "  ", "   ", "\t", "\n", "\n\n", "\r\n", " \n", "\n ", "\u00a0", "\u3000", "\x85", "\x0b"]


def characters(count):
    low, high = random.choice(RANGES)
    return "".join(chr(random.randint(low, high)) for _ in range(count))


def strings(count, extra=()):
    """At least `count` distinct tokens: words with and without a leading space, several words, spaces anywhere, code, noise."""
    words = list(dict.fromkeys(text.split()))
    found = dict.fromkeys(extra)
    for word in words:
        found[" " + word] = None
    for word in words[::4]:
        found[word] = None
        found[" " + word.upper()] = None
        found[" " + word.capitalize() + "s"] = None
    for word in words[::3]:
        found[" " + unicodedata.normalize("NFD", word)] = None
    for line in lines:
        found[line] = None
        found[" " + line.strip()] = None
    for line in lines:
        for _ in range(4):
            start = random.randrange(max(1, len(line) - 8))
            found[line[start : start + random.randint(2, 24)]] = None
    for white in WHITE:
        found[white] = None
        found[f" house{white}word"] = None
        found[f"{white}house"] = None
        found[f" house{white}"] = None
    while len(found) < count:
        found[" " + random.choice(words) + random.choice(words)] = None
        found[" " + " ".join(random.choices(words, k=random.randint(2, 4)))] = None
        found[" " * random.randint(0, 2) + characters(random.randint(1, 8))] = None
        found[random.choice(words) + characters(random.randint(1, 3)) + random.choice(words)] = None
    return [token for token in found if token and is_old(token)]


def is_old(token):
    """The library's tables of categories are older than Swift's: nothing that Unicode 3.2 does not know."""
    return all(unicodedata.ucd_3_2_0.category(character) != "Cn" for character in token)


# ---------------------------------------------------------------- how entries spell bytes

PRINTS = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
BYTE_OF = {chr(byte): byte for byte in PRINTS}
BYTE_OF |= {chr(0x100 + extra): byte for extra, byte in enumerate(byte for byte in range(256) if byte not in PRINTS)}


def byte_level(entry):
    known = all(character in BYTE_OF for character in entry)
    return bytes(BYTE_OF[character] for character in entry) if known else entry.encode()


def sentencepiece(entry):
    if len(entry) == 6 and entry.startswith("<0x") and entry.endswith(">"):
        return bytes([int(entry[3:5], 16)])
    return entry.replace("▁", " ").encode()


def continuing(entry):
    return entry[2:].encode() if entry.startswith("##") else b" " + entry.encode()


def suffixed(entry):
    return byte_level(entry[:-4]) + b" " if entry.endswith("</w>") else byte_level(entry)


# ---------------------------------------------------------------- tokenizers


def bpe(vocab_size=900, alphabet=(), specials=("<unk>",), **options):
    affixes = {key: options[key] for key in ("continuing_subword_prefix", "end_of_word_suffix") if key in options}
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, special_tokens=list(specials), initial_alphabet=list(alphabet), show_progress=False, **affixes)
    return Tokenizer(models.BPE(**options)), trainer


def train(tokenizer, trainer):
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer


def gpt2():
    tokenizer, trainer = bpe(alphabet=BYTE_OF, specials=("<|endoftext|>",))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    train(tokenizer, trainer).add_tokens(["    ", AddedToken("newword", single_word=True), " lead", "\n\n"])
    return tokenizer


def roberta():
    tokenizer, trainer = bpe(alphabet=BYTE_OF, specials=("<s>", "</s>", "<unk>"), unk_token="<unk>")
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    train(tokenizer, trainer).add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    return tokenizer


LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def llama3():
    tokenizer, trainer = bpe(alphabet=BYTE_OF, specials=(), ignore_merges=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA3), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    train(tokenizer, trainer).add_special_tokens(["<|begin_of_text|>", "<|eot_id|>"])
    return tokenizer


def clip():
    tokenizer, trainer = bpe(
        alphabet=[*BYTE_OF, *(character + "</w>" for character in BYTE_OF)], specials=("<|endoftext|>",), end_of_word_suffix="</w>",
        unk_token="<|endoftext|>")
    words = r"<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(words), "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.BPEDecoder("</w>")
    return train(tokenizer, trainer)


FALLBACK = [f"<0x{byte:02X}>" for byte in range(256)]


def llama2():
    tokenizer, trainer = bpe(
        vocab_size=1_100, specials=["<unk>", "<s>", "</s>", *FALLBACK], unk_token="<unk>", byte_fallback=True, fuse_unk=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    train(tokenizer, trainer)
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    return with_ordinary(remove_pre_tokenizer(tokenizer), FALLBACK)


def gemma():
    tokenizer, trainer = bpe(
        vocab_size=1_100, specials=["<pad>", "<unk>", *FALLBACK], unk_token="<unk>", byte_fallback=True, fuse_unk=True)
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    train(tokenizer, trainer)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer = with_ordinary(tokenizer, FALLBACK)
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in ("\n\n", "\t\t", "<table>")])
    return tokenizer


def metaspace_first():
    tokenizer, trainer = bpe(
        vocab_size=1_100, specials=["<unk>", "<s>", *FALLBACK], unk_token="<unk>", byte_fallback=True, fuse_unk=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    train(tokenizer, trainer)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return with_ordinary(tokenizer, FALLBACK)


def t5():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=900, special_tokens=["<pad>", "<unk>"], unk_token="<unk>", show_progress=False)
    train(tokenizer, trainer).add_special_tokens(["<extra_id_0>"])
    return tokenizer


def affixes():
    tokenizer, trainer = bpe(continuing_subword_prefix="##", unk_token="<unk>")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Whitespace(), pre_tokenizers.Punctuation(), pre_tokenizers.Digits(individual_digits=True)])
    return train(tokenizer, trainer)


def remove_pre_tokenizer(tokenizer):
    return Tokenizer.from_str(json.dumps(json.loads(tokenizer.to_str()) | {"pre_tokenizer": None}))


def with_ordinary(tokenizer, entries):
    """Entries that the trainer must be told are special, but are not."""
    value = json.loads(tokenizer.to_str())
    value["added_tokens"] = [token for token in value["added_tokens"] if token["content"] not in entries]
    return Tokenizer.from_str(json.dumps(value))


# ---------------------------------------------------------------- what the library answers


def listing(tokenizer, spelling):
    added = tokenizer.get_added_tokens_decoder()
    model = tokenizer.get_vocab(with_added_tokens=False)
    entries = []
    for index in range(max(tokenizer.get_vocab().values()) + 1):
        entry = tokenizer.id_to_token(index)
        if entry is None:
            entries.append(None)
        elif index in added and added[index].special:
            entries.append(["special", entry.encode().hex()])
        elif index in added and entry not in model:
            entries.append(["token", entry.encode().hex()])
        else:
            entries.append(["token", spelling(entry).hex()])
    return entries


def pieces(tokenizer, entries, token, marks_words):
    """The ids that the library puts in the token's place, or None where they do not spell it."""
    wanted = token.encode()

    def spells(ids):
        spelled = b"".join(bytes.fromhex(entries[index][1]) for index in ids)
        return spelled.replace(b" ", b"") == wanted.replace(b" ", b"") if marks_words else spelled == wanted

    encode = lambda string: tokenizer.encode(string, add_special_tokens=False).ids
    if marks_words == "beginnings" and not token.startswith(" "):
        # A token inside a word, seen behind a letter that is not merged with it.
        ids = encode("x" + token)
        letter = tokenizer.token_to_id("x")
        candidates = [ids[1:]] if letter is not None and ids[:1] == [letter] else []
    else:
        # Where the library always puts a space first, the token's own is left to it.
        candidates = [encode(token)] + ([encode(token[1:])] if token.startswith(" ") else [])
    return next((ids for ids in candidates if ids and spells(ids)), None)


def write(name, value):
    (folder / name).write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def trained(name, train_family):
    """Training is not repeatable to the last merge, so a tokenizer that is there already is kept."""
    path = folder / f"{name}.tokenizer.json"
    if not path.exists():
        write(path.name, json.loads(train_family().to_str()))
    return Tokenizer.from_file(str(path))


def write_family(name, tokenizer, spelling, marks_words=None, normalizer=None):
    entries = listing(tokenizer, spelling)
    specials = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
    extra = [form for token in specials[:8] for form in (token, f" a{token}b", f" house {token} word")]
    tokens = strings(1_000, [*extra, " a newword b", " anewword", " newwords", " newword", "a    b", "x lead"])
    if normalizer:
        tokens = [token for token in dict.fromkeys(map(normalizer.normalize_str, tokens)) if token]
    cases = [[token, pieces(tokenizer, entries, token, marks_words)] for token in tokens]
    write(f"{name}.expected.json", {"listing": entries, "pieces": cases})
    print(f"{name}: {len(entries)} ids, {len(cases)} tokens, {sum(ids is not None for _, ids in cases)} of them spelled by encode")


write_family("gpt2", trained("gpt2", gpt2), byte_level)
write_family("roberta", trained("roberta", roberta), byte_level, normalizer=normalizers.NFC())
write_family("llama3", trained("llama3", llama3), byte_level)
write_family("clip", trained("clip", clip), suffixed, marks_words="ends")
write_family("llama2", trained("llama2", llama2), sentencepiece)
write_family("gemma", trained("gemma", gemma), sentencepiece)
write_family("metaspace-first", trained("metaspace-first", metaspace_first), sentencepiece)
write_family("t5", trained("t5", t5), sentencepiece)
write_family("affixes", trained("affixes", affixes), continuing, marks_words="beginnings")
minilm = Tokenizer.from_file(str(root / "Sources/Generation/Resources/minilm/base/tokenizer.json"))
# BERT's spacing of CJK characters is no change of the token.
bert = normalizers.BertNormalizer(handle_chinese_chars=False)
write_family("minilm", minilm, continuing, marks_words="beginnings", normalizer=bert)

# ---------------------------------------------------------------- pre-tokenizers

split = lambda pattern, behavior, invert=False: dict(type="Split", pattern=pattern, behavior=behavior, invert=invert)
BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
metaspace = dict(type="Metaspace", replacement="▁", prepend_scheme="always", split=True)
byte_level_step = dict(type="ByteLevel", add_prefix_space=True, trim_offsets=True, use_regex=True)
GPT4O = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
DEEPSEEK = [
    split({"Regex": r"\p{N}{1,3}"}, "Isolated"), split({"Regex": "[一-龥぀-ゟ゠-ヿ]+"}, "Isolated"),
    split({"Regex": (
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|"
        "\\s*[\r\n]+|\\s+(?!\\S)|\\s+")}, "Isolated"),
    {**byte_level_step, "add_prefix_space": False, "use_regex": False},
]
PRE_TOKENIZERS = [
    {"type": "BertPreTokenizer"}, {"type": "Whitespace"}, {"type": "WhitespaceSplit"},
    *({"type": "Punctuation", "behavior": behavior} for behavior in BEHAVIORS),
    {"type": "Digits", "individual_digits": True}, {"type": "Digits", "individual_digits": False},
    {"type": "CharDelimiterSplit", "delimiter": "e"},
    *(split({"String": " "}, behavior) for behavior in BEHAVIORS), *(split({"String": "--"}, behavior, True) for behavior in BEHAVIORS),
    *(split({"Regex": r"\s+|\d"}, behavior) for behavior in BEHAVIORS), *(split({"Regex": r"\p{L}|\d"}, behavior, True) for behavior in BEHAVIORS),
    split({"Regex": LLAMA3}, "Isolated"), split({"Regex": GPT4O}, "Removed", True),
    byte_level_step, {**byte_level_step, "add_prefix_space": False}, {**byte_level_step, "use_regex": False},
    metaspace, {**metaspace, "split": False}, {**metaspace, "prepend_scheme": "first"}, {**metaspace, "prepend_scheme": "never"},
    {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace]},
    {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {**metaspace, "prepend_scheme": "first"}]},
    {"type": "Sequence", "pretokenizers": [{"type": "Whitespace"}, {"type": "Digits", "individual_digits": True}, byte_level_step]},
    {"type": "Sequence", "pretokenizers": DEEPSEEK},
]


def words(description, samples):
    tokenizer = Tokenizer.from_str(json.dumps(json.loads(Tokenizer(models.BPE()).to_str()) | {"pre_tokenizer": description}))
    return [[word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(sample)] for sample in samples]


samples = strings(500, [" ", "a--b--", "--", "1 2  3", "don't x's"])[:500] + ["", "a", "▁a b", "ſ's 'S"]
descriptions = [{"description": description, "words": words(description, samples)} for description in PRE_TOKENIZERS]
write("pre-tokenizers.expected.json", {"samples": samples, "preTokenizers": descriptions})
print(len(PRE_TOKENIZERS), "pre-tokenizers", len(samples), "strings each")
