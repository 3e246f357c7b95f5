#!/usr/bin/env python3
"""The forward pass in PyTorch by itself: measures one batch size for each line `BATCH SECONDS` on standard input.

    torch_engine.py --base DIR --hypernetwork DIR --tokens FILE --threads N [--compile]

answers with a line of JSON as `hyperembed bench engine --json` prints it. The process lives as long as its input, so that what
torch.compile has made is made once.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import numpy
import torch
from torch import Tensor

import zett
from surface_forms import SurfaceForms


def batches(surface_forms: Tensor, size: int) -> Iterator[Tensor]:
    """All tokens over and over, always `size` at once."""
    return cycle(surface_forms[: len(surface_forms) // size * size].split(size))


def measure(forward: Callable[[Tensor], object], inputs: Iterator[Tensor], size: int, seconds: float) -> dict[str, float]:
    # The first pass may compile, the second allocates what the others use again.
    for _ in range(2):
        forward(next(inputs))
    latencies = []
    start = now = time.perf_counter()
    while now < start + seconds:
        forward(next(inputs))
        before, now = now, time.perf_counter()
        latencies.append(now - before)
    p50, p99 = numpy.percentile(latencies, [50, 99]) * 1000
    return {"tokens_per_second": size * len(latencies) / (now - start), "latency_p50_ms": p50, "latency_p99_ms": p99}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--base", type=Path, required=True)
    arguments.add_argument("--hypernetwork", type=Path, required=True)
    arguments.add_argument("--tokens", type=Path, required=True, help="a word a line")
    arguments.add_argument("--threads", type=int, required=True)
    arguments.add_argument("--compile", action="store_true")
    options = arguments.parse_args()

    torch.set_num_threads(options.threads)
    encoder = SurfaceForms(options.base, options.hypernetwork)
    surface_forms = torch.tensor(encoder.pad(encoder.encode(options.tokens.read_text().splitlines())))
    model = zett.load(options.base, options.hypernetwork).requires_grad_(False)
    if options.compile:
        # Constant weights may be laid out anew, and kernels are chosen by timing them.
        model.compile(dynamic=False, options={"freezing": True, "max_autotune": True})

    def forward(batch: Tensor) -> object:
        language = torch.zeros(len(batch), dtype=torch.long) if model.configuration.languages else None
        return model(batch, language)

    # Until now it took processor time from whoever is being measured.
    print("ready", flush=True)
    with torch.inference_mode():
        for line in sys.stdin:
            size, seconds = line.split()
            result = measure(forward, batches(surface_forms, int(size)), int(size), float(seconds))
            print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
