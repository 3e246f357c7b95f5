"""Writes Tests/Fixtures/folders with the real `transformers`, `tokenizers` and `torch` packages (versions in ORIGIN.md).

python3 -m venv venv && venv/bin/pip install torch transformers safetensors numpy
venv/bin/python Tests/Fixtures/generate_model_folder_fixtures.py
"""

import json
import pathlib
import shutil

import tokenizers
import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

here = pathlib.Path(__file__).parent / "folders"
shutil.rmtree(here, ignore_errors=True)
torch.manual_seed(11)

# A masked language model in float16 whose file has the tied matrix and bias twice, as old checkpoints do.
folder = here / "bert"
words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "chain", "block", "##chain", "the", "café"]
tokenizer = Tokenizer(models.WordPiece({word: index for index, word in enumerate(words)}, unk_token="[UNK]"))
tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=False)
tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
tokenizer.decoder = decoders.WordPiece()
tokenizer.add_special_tokens(words[:5])
roles = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **roles).save_pretrained(folder)
config = transformers.BertConfig(
    vocab_size=len(words), hidden_size=4, num_hidden_layers=1, num_attention_heads=1, intermediate_size=4,
    max_position_embeddings=8, pad_token_id=0)
model = transformers.BertForMaskedLM(config).half()
model.save_pretrained(folder)
state = {key: value.clone().contiguous() for key, value in model.state_dict().items()}
state["cls.predictions.bias"].copy_(torch.randn(len(words)))
state["cls.predictions.decoder.bias"] = state["cls.predictions.bias"].clone()
save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
configuration = json.loads((folder / "tokenizer_config.json").read_text())
configuration["added_tokens_decoder"] = {
    str(index): {"content": word, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}
    for index, word in enumerate(words[:5])}
(folder / "tokenizer_config.json").write_text(json.dumps(configuration, indent=2))
(folder / "vocab.txt").write_text("\n".join(words) + "\n")
(folder / "pytorch_model.bin").write_bytes(b"the old vocabulary")

# An untied decoder in bfloat16, in shards, with six rows of padding behind the 260 ids of its byte-level tokenizer.
folder = here / "llama"
alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
vocabulary = {character: index for index, character in enumerate(alphabet)}
vocabulary["Ġt"], vocabulary["Ġth"] = 256, 257
tokenizer = Tokenizer(models.BPE(vocabulary, [("Ġ", "t"), ("Ġt", "h")]))
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.add_special_tokens(["<|begin_of_text|>", "<|end_of_text|>"])
transformers.PreTrainedTokenizerFast(
    tokenizer_object=tokenizer, bos_token="<|begin_of_text|>", eos_token="<|end_of_text|>").save_pretrained(folder)
config = transformers.LlamaConfig(
    vocab_size=266, hidden_size=4, num_hidden_layers=1, num_attention_heads=1, intermediate_size=4, max_position_embeddings=16,
    bos_token_id=258, eos_token_id=259)
model = transformers.LlamaForCausalLM(config).to(torch.bfloat16)
model.generation_config.bos_token_id, model.generation_config.eos_token_id = 258, [259, 258]
model.save_pretrained(folder, max_shard_size=2500)

# Numbers to be rounded: halfway between neighbours of either format, subnormal, and ordinary ones.
ties = [1 + 2**-11, 1 + 3 * 2**-11, 1 + 2**-8, 1 + 3 * 2**-8, -(1 + 2**-11), 2**-25, 3 * 2**-25, 65519.0]
rows = torch.cat([torch.tensor(ties).reshape(2, 4), torch.randn(2, 4)])
save_file({"rows": rows, "half": rows.half(), "brain": rows.bfloat16()}, here / "rounding.safetensors")

(here / "ORIGIN.md").write_text(
    "Written by ../generate_model_folder_fixtures.py with "
    f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}, torch {torch.__version__}.\n")
