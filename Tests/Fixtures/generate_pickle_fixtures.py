"""Writes Tests/Fixtures/pickles: checkpoints that torch.save wrote, word vectors that gensim wrote, and what torch and NumPy
themselves read from them.

python3 -m venv venv && venv/bin/pip install torch gensim
venv/bin/python Tests/Fixtures/generate_pickle_fixtures.py

Either half is left out where its package is not installed.
"""

import argparse
import collections
import json
import pathlib
import struct

import numpy as np

folder = pathlib.Path(__file__).parent / "pickles"


def torch_files():
    import torch

    torch.manual_seed(20261126)
    base = torch.randn(4, 6)
    deep = torch.randn(2, 3, 4)
    doubles = torch.randn(3, 2, dtype=torch.float64)
    state = collections.OrderedDict()
    state["model.weight"] = base
    state["model.transposed"] = base.t()
    state["model.column"] = base[:, 2]
    state["model.block"] = base[1:3, 2:5]
    state["model.rows"] = base[2:]
    state["model.permuted"] = deep.permute(2, 0, 1)
    state["model.half"] = torch.randn(5).half()
    state["model.brain"] = torch.randn(5).bfloat16()
    state["model.double"] = doubles
    state["model.double_transposed"] = doubles.t()
    state["model.scalar"] = torch.tensor(2.5)
    state["model.empty"] = torch.empty(0, 3)
    state["model.long"] = torch.tensor([-(2**40), 7])
    state["model.int"] = torch.tensor([[-3, 4]], dtype=torch.int32)
    state["model.short"] = torch.tensor([-300], dtype=torch.int16)
    state["model.char"] = torch.tensor([-100, 100], dtype=torch.int8)
    state["model.byte"] = torch.tensor([200], dtype=torch.uint8)
    state["model.bool"] = torch.tensor([True, False, True])
    state["model.parameter"] = torch.nn.Parameter(torch.randn(2, 2))
    state["model.extra_state"] = {"kept": [1, 2]}
    # As nn.Module.state_dict does.
    state._metadata = collections.OrderedDict([("", {"version": 1})])

    layer = torch.nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(layer.parameters(), lr=1e-3)
    layer(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    checkpoint = {
        "epoch": 3, "global_step": 10, "pytorch-lightning_version": "2.4.0", "state_dict": state,
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 1}}}},
        "callbacks": {
            "ModelCheckpoint{'monitor': 'loss'}": {
                "best_model_score": torch.tensor(0.5), "dirpath": pathlib.PurePosixPath("a/b"), "best_k_models": {},
                "score": np.float64(0.25), "array": np.arange(3),
            }
        },
        "optimizer_states": [optimizer.state_dict()], "lr_schedulers": [{"base_lrs": [1e-3], "_last_lr": [1e-3]}],
        "hparams_name": "kwargs",
        "hyper_parameters": {
            "num_layers": 2, "dropout": 0.25, "name": "größe", "nothing": None, "bidirectional": True, "sizes": (1, 2, 3),
            "large": 2**62, "negative": -(2**40), "size": torch.Size([3, 4]), "names": {"a"}, "frozen": frozenset(["b"]),
            "type": torch.float32, "device": torch.device("cpu"), "bytes": b"\x00\xff",
            "arguments": argparse.Namespace(hidden_dim=48, path=pathlib.PosixPath("/x")),
            "defaults": collections.defaultdict(list, {"k": [1]}),
        },
    }
    torch.save(checkpoint, folder / "torch" / "lightning.ckpt")
    torch.save(state, folder / "torch" / "bare.pt")
    torch.save({"w": base}, folder / "torch" / "protocol-4.pt", pickle_protocol=4)
    torch.save({"w": base}, folder / "torch" / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save({"w": torch.zeros(1).expand(1000, 1000)}, folder / "torch" / "expanded.pt")
    torch.save({"w": torch.nn.Linear(1, 1)}, folder / "torch" / "module.pt")
    torch.save({"w": torch.tensor([1e300], dtype=torch.float64)}, folder / "torch" / "too-large.pt")

    read = torch.load(folder / "torch" / "lightning.ckpt", weights_only=False)["state_dict"]
    expected = {
        key: {"shape": list(tensor.shape), "strides": list(tensor.stride()), "values": tensor.flatten().tolist()}
        for key, tensor in read.items()
        if isinstance(tensor, torch.Tensor)
    }
    (folder / "torch" / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")

    # The golden checkpoints of HyperOFA, by the bits of their elements: what torch reads from them.
    for name in ["hyperofa-bilstm-2-layers", "hyperofa-setformer"]:
        path = pathlib.Path("/work/shared/golden") / name / "model.ckpt"
        if path.exists():
            state = torch.load(path, weights_only=False)["state_dict"]
            golden = {
                key: {
                    "shape": list(tensor.shape),
                    "sum": int(tensor.contiguous().view(torch.int32).flatten().to(torch.int64).remainder(2**32).sum()),
                }
                for key, tensor in state.items()
            }
            (folder / "torch" / f"{name}.json").write_text(json.dumps(golden, indent=1) + "\n")


def gensim_files():
    from gensim.models import FastText, KeyedVectors

    words = ["eng:a", "fra:bé", "$x", "日本"]
    rows = np.arange(12, dtype=np.float32).reshape(4, 3) / 7
    for name, dtype, options in [
        ("inside.kv", np.float32, {}), ("beside.kv", np.float32, {"sep_limit": 1}),
        ("half.kv", np.float16, {"sep_limit": 1}), ("double.kv", np.float64, {"sep_limit": 1}),
        ("protocol-2.kv", np.float32, {"pickle_protocol": 2}), ("protocol-5.kv", np.float32, {"pickle_protocol": 5}),
    ]:
        vectors = KeyedVectors(3, dtype=dtype)
        vectors.add_vectors(words, rows.astype(dtype))
        vectors.save(str(folder / "gensim" / name), **options)

    model = FastText([["ab", "bc"], ["bc", "cd"]], vector_size=2, min_count=1, epochs=1, bucket=8, seed=1, workers=1)
    model.wv.save(str(folder / "gensim" / "fasttext.kv"))
    with open(folder / "gensim" / "version-2.npy", "wb") as file:
        np.lib.format.write_array(file, rows, version=(2, 0))
    np.save(folder / "gensim" / "fortran.npy", np.asfortranarray(rows))
    np.save(folder / "gensim" / "big-endian.npy", rows.astype(">f4"))
    np.save(folder / "gensim" / "flags.npy", np.array([True, False]))


def wide_zip():
    """A ZIP64 file of two entries whose sizes and places all stand in the wide fields (APPNOTE 6.3, 4.3.14 and 4.5.3), which
    Python's zipfile reads but writes only beyond 4 GiB."""
    import io
    import zipfile

    data, directory = b"", b""
    for name, content in [(b"w/a", b"first"), (b"w/b", b"second")]:
        crc = zipfile.crc32(content)
        extra = struct.pack("<HHQQ", 1, 16, len(content), len(content))
        place = len(data)
        data += struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0, 0, 0, 0, crc, 2**32 - 1, 2**32 - 1, len(name), len(extra))
        data += name + extra + content
        extra = struct.pack("<HHQQQ", 1, 24, len(content), len(content), place)
        directory += struct.pack(
            "<IHHHHHHIIIHHHHHII", 0x02014B50, 45, 45, 0, 0, 0, 0, crc, 2**32 - 1, 2**32 - 1, len(name), len(extra), 0, 0, 0, 0,
            2**32 - 1)
        directory += name + extra
    end = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 2, 2, len(directory), len(data))
    end += struct.pack("<IIQI", 0x07064B50, 0, len(data) + len(directory), 1)
    end += struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    (folder / "zip64.zip").write_bytes(data + directory + end)
    with zipfile.ZipFile(io.BytesIO(data + directory + end)) as archive:
        assert archive.read("w/a") == b"first" and archive.read("w/b") == b"second"


wide_zip()
for write in [torch_files, gensim_files]:
    try:
        write()
    except ModuleNotFoundError as error:
        print(f"left out: {error}")
