"""Measures HyperOFA's BiLSTM beside PyTorch's: the same weights and the same 256 tokens of 1 to 256 words.

PyTorch may take the batch as it comes, or sorted by length and cut into smaller ones, which pad less; and on several cores it may
share out every operation or the tokens, as hyperembed does. The fastest way counts. Before anything is timed the coordinates of
both must agree, and their largest errors are printed. Then every round asks both, one after the other, so that a noisy minute hits both alike; the table has the medians
of the rounds and of their ratios. It goes to standard output, what is going on to standard error.

Time is that of the clock, and that of the processors: other work on the machine changes the second less, except for PyTorch's
own threads, which wait for each other in a loop.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch
from torch import Tensor

from bilstm import BiLSTM, random_batch, save

TOKENS = 256
FOLDER = Path(__file__).parent / ".cache" / "bilstm"
HYPEREMBED = Path(__file__).parents[3] / ".build" / "release" / "hyperembed"


@dataclass(frozen=True)
class Rates:
    """Tokens a second of the clock and of the processors."""

    clock: float
    processors: float

    def __str__(self) -> str:
        return f"{self.clock:.1f} tokens/s, {self.processors:.1f} per processor second"


@dataclass(frozen=True)
class Setting:
    """A way to run a batch in PyTorch: `workers` share its tokens, each with so many threads, and cut them into batches."""

    workers: int
    threads: int
    batch: int

    @property
    def cores(self) -> int:
        return self.workers * self.threads

    def __str__(self) -> str:
        cores = f"{self.workers} workers" if self.workers > 1 else f"{self.threads} threads" if self.threads > 1 else "1 thread"
        return f"{cores}, " + ("as it comes" if self.batch == TOKENS else f"sorted batches of {self.batch}")


def settings(cores: int) -> list[Setting]:
    """The likely fastest first."""
    ways = [Setting(1, cores, batch) for batch in (128, TOKENS, 64)]
    return ways if cores == 1 else [Setting(cores, 1, batch) for batch in (128, 64)] + ways


class Torch:
    def __init__(self, model: BiLSTM, words: Tensor, lengths: Tensor) -> None:
        self.model, self.words, self.lengths = model, words, lengths

    def run(self, setting: Setting) -> Rates:
        torch.set_num_threads(setting.threads)
        order = torch.arange(TOKENS) if setting.batch == TOKENS else torch.argsort(self.lengths, descending=True)
        shares = [order[worker :: setting.workers] for worker in range(setting.workers)]
        clock, processors = time.perf_counter(), time.process_time()
        if setting.workers == 1:
            self.run_share(order, setting.batch)
        else:
            with ThreadPoolExecutor(setting.workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
                list(pool.map(lambda share: self.run_share(share, setting.batch), shares))
        return Rates(TOKENS / (time.perf_counter() - clock), TOKENS / (time.process_time() - processors))

    @torch.inference_mode()
    def run_share(self, tokens: Tensor, batch: int) -> None:
        for some in tokens.split(batch):
            lengths = self.lengths[some]
            self.model(self.words[some, : lengths.max()], lengths)

    def fastest(self, ways: list[Setting]) -> Setting:
        """After a run that touches all memory. Where one core has other work too, only its own time tells."""
        self.run(ways[0])
        rates = {}
        for setting in ways:
            rates[setting] = self.run(setting)
            print(f"PyTorch, {setting}: {rates[setting]}", file=sys.stderr, flush=True)
        return max(ways, key=lambda way: rates[way].processors if way.cores == 1 else rates[way].clock)


def run_hyperembed(threads: int) -> Rates:
    command = [HYPEREMBED, "bench", "hyperofa", "--hypernetwork", FOLDER, "--case", FOLDER / "case.safetensors"]
    output = subprocess.run(
        [*command, "--threads", str(threads), "--seconds", "0", "--json"], check=True, stdout=subprocess.PIPE).stdout
    line = json.loads(output)
    return Rates(line["tokens_per_second"], line["tokens_per_processor_second"])


def main() -> None:
    arguments = argparse.ArgumentParser(prog="run", description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=5, help="of which the medians count (%(default)s)")
    arguments.add_argument(
        "--cores", type=int, nargs="+", default=sorted({1, len(os.sched_getaffinity(0))}), help="1 and all by default")
    options = arguments.parse_args()

    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = BiLSTM().eval()
    words, lengths = random_batch(TOKENS)
    with torch.inference_mode():
        save(model, words, model(words, lengths), FOLDER)
    verify = [HYPEREMBED, "verify", "--hypernetwork", FOLDER, "--case", FOLDER / "case.safetensors", "--tolerance", "1e-5"]
    if subprocess.run(verify, stdout=sys.stderr).returncode != 0:
        sys.exit("hyperembed and PyTorch do not agree")

    peer = Torch(model, words, lengths)
    fastest = {cores: peer.fastest(settings(cores)) for cores in options.cores}
    rounds: dict[int, list[tuple[Rates, Rates]]] = {cores: [] for cores in options.cores}
    for _ in range(options.rounds):
        for cores in options.cores:
            theirs, ours = peer.run(fastest[cores]), run_hyperembed(cores)
            rounds[cores].append((theirs, ours))
            print(f"cores: {cores}; PyTorch: {theirs}; hyperembed: {ours}", file=sys.stderr, flush=True)

    print(f"PyTorch {torch.__version__}, {TOKENS} tokens of {int(lengths.sum())} words, medians of {options.rounds} rounds\n")
    print("| cores | PyTorch | tokens/s | hyperembed | ratio | PyTorch, per processor second | hyperembed | ratio |")
    print("|---:|---|---:|---:|---:|---:|---:|---:|")
    for cores, results in rounds.items():
        cells = [str(cores), str(fastest[cores])]
        for time_of in (lambda rates: rates.clock, lambda rates: rates.processors):
            theirs, ours = ([time_of(result[side]) for result in results] for side in (0, 1))
            ratio = median(our / their for their, our in zip(theirs, ours))
            cells += [f"{median(theirs):.1f}", f"{median(ours):.1f}", f"{ratio:.2f} ×"]
        print("| " + " | ".join(cells) + " |")


main()
