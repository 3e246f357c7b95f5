"""Computation alone: no HTTP, no JSON, tokens that are source ids already."""

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import hyperembed
from measurement import Measurement, better, row
from models import Model

BATCHES = [1, 8, 64, 1024]
THREADS = [1, 2]
OURS = "hyperembed"


def parse(line: str, setting: str = "") -> Measurement:
    """Reads what `hyperembed bench engine --json` and torch_engine.py print."""
    result = json.loads(line)
    return Measurement(result["tokens_per_second"], result["latency_p50_ms"], result["latency_p99_ms"], setting)


class Engine(Protocol):
    # Of engines with one name the best counts.
    name: str

    def measure(self, batch: int, seconds: float) -> Measurement: ...


class HyperembedEngine:
    name = OURS

    def __init__(self, model: Model, tokens: Path):
        self.model = model
        self.tokens = tokens

    def measure(self, batch: int, seconds: float) -> Measurement:
        command = hyperembed.bench_command(self.model, self.tokens, batch, seconds)
        return parse(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


class TorchEngine:
    """A process of torch_engine.py that runs until the end of a `with`."""

    def __init__(self, name: str, model: Model, tokens: Path, threads: int, options: list[str]):
        self.name = name
        self.setting = "1 thread" if threads == 1 else f"{threads} threads"
        self.command = [
            sys.executable, Path(__file__).with_name("torch_engine.py"), *hyperembed.folders(model), "--tokens", tokens,
            "--threads", str(threads), *options,
        ]

    def __enter__(self) -> "TorchEngine":
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.read_line()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

    def measure(self, batch: int, seconds: float) -> Measurement:
        self.process.stdin.write(f"{batch} {seconds}\n")
        self.process.stdin.flush()
        return parse(self.read_line(), self.setting)

    def read_line(self) -> str:
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} ended with status {self.process.wait()}")
        return line


def compare(model: Model, tokens: Path, seconds: float, repeats: int) -> None:
    best: dict[tuple[int, str], Measurement] = {}
    with ExitStack() as stack:
        engines: list[Engine] = [HyperembedEngine(model, tokens)]
        for name, options in [("PyTorch", []), ("torch.compile", ["--compile"])]:
            engines += [stack.enter_context(TorchEngine(name, model, tokens, threads, options)) for threads in THREADS]
        for repeat in range(repeats):
            for batch in BATCHES:
                for engine in engines:
                    result = engine.measure(batch, seconds)
                    key = batch, engine.name
                    best[key] = better(best.get(key), result)
                    print(
                        f"round {repeat + 1}: {model.name}, batches of {batch}: {engine.name} {result.setting}"
                        f" {result.tokens_per_second:.0f}/s",
                        file=sys.stderr)

    print(f"\n**Computation alone, {model.name}**: best of {repeats} runs of {seconds:g} s\n")
    print(f"| tokens in a batch | engine | tokens/s | p50 | p99 | {OURS} is |")
    print("|--:|---|--:|--:|--:|--:|")
    for (batch, name), result in best.items():
        print(f"| {batch:,} {row(name, result, ours=best[batch, OURS])}")
