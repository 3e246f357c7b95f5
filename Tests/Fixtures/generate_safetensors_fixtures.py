"""Writes Tests/Fixtures/safetensors with the real `safetensors` and `torch` packages (versions in ORIGIN.md).

python3 -m venv venv && venv/bin/pip install torch safetensors numpy
venv/bin/python Tests/Fixtures/generate_safetensors_fixtures.py
"""

import json
import pathlib

import torch
from safetensors.torch import save_file

folder = pathlib.Path(__file__).parent / "safetensors"
torch.manual_seed(7)

# Every 16th of the 16-bit patterns that are no NaN, and what torch widens it to.
patterns = torch.arange(0, 1 << 16, dtype=torch.int32).to(torch.int16)
types = {"half": torch.float16, "brain": torch.bfloat16}
single = {}
for name, dtype in types.items():
    values = patterns.view(dtype)
    values = values[~values.isnan()][::16]
    values = values[: len(values) // 4 * 4].reshape(-1, 4).contiguous()
    single[f"{name}.values"] = values
    single[f"{name}.expected"] = values.float()
single["numbers"] = torch.arange(-3, 9, dtype=torch.int32).reshape(3, 4)
single["flags"] = torch.tensor([True, False, True])
single["scalar"] = torch.tensor(2.5)
single["empty"] = torch.zeros(0, 4)
save_file(single, folder / "single" / "model.safetensors", metadata={"format": "pt", "naïve": "ü"})

shards = {
    "model-00001-of-00002.safetensors": {
        "model.embed_tokens.weight": torch.randn(6, 4),
        "model.norm.weight": torch.randn(4),
    },
    "model-00002-of-00002.safetensors": {"lm_head.weight": torch.randn(6, 4).to(torch.bfloat16)},
}
weight_map = {}
for file, tensors in shards.items():
    save_file(tensors, folder / "sharded" / file, metadata={"format": "pt"})
    weight_map |= {key: file for key in tensors}
index = {"metadata": {"total_size": 160}, "weight_map": weight_map}
(folder / "sharded" / "model.safetensors.index.json").write_text(json.dumps(index, indent=2))
expected = {key: tensor.float().flatten().tolist() for tensors in shards.values() for key, tensor in tensors.items()}
(folder / "sharded-expected.json").write_text(json.dumps(expected))
