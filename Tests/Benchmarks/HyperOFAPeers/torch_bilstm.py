"""Times PyTorch's nn.LSTM on the batch of `hyperembed bench hyperofa`: tokens per second with 1 thread and with all.

The sizes are the paper's: 2 bidirectional layers of 800, word vectors of 200, coordinates of 200. 256 tokens have ceil(256 u^3)
words for evenly spaced u, 64 on average, packed and eager.
"""

import argparse
import os
import time

import torch
from torch import nn


class BiLSTM(nn.Module):
    def __init__(self, words, width, hidden, layers, outputs):
        super().__init__()
        self.vectors = nn.Embedding(words + 1, width, padding_idx=words)
        self.lstm = nn.LSTM(width, hidden, layers, bidirectional=True, batch_first=True)
        self.head = nn.Sequential(nn.Linear(2 * hidden, 2 * outputs), nn.GELU(), nn.Linear(2 * outputs, outputs))

    def forward(self, indices, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(self.vectors(indices), lengths, batch_first=True, enforce_sorted=False)
        _, (hidden, _) = self.lstm(packed)
        return self.head(torch.cat([hidden[-2], hidden[-1]], dim=-1))


def batch(tokens, longest, words):
    shares = (torch.arange(tokens, dtype=torch.float64) + 0.5) / tokens
    lengths = torch.ceil(longest * shares**3).long()
    lengths = lengths[torch.randperm(tokens)]
    indices = torch.full((tokens, int(lengths.max())), words)
    for row, length in enumerate(lengths):
        indices[row, :length] = torch.randint(words, (int(length),))
    return indices, lengths


def tokens_per_second(model, indices, lengths, seconds):
    model(indices, lengths)
    best = 0.0
    end = time.perf_counter() + seconds
    while True:
        start = time.perf_counter()
        model(indices, lengths)
        now = time.perf_counter()
        best = max(best, len(lengths) / (now - start))
        if now > end:
            return best


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--threads", type=int, nargs="*", default=[1, os.cpu_count()])
    arguments = parser.parse_args()
    words = 50_000
    model = BiLSTM(words, 200, 800, 2, 200).eval()
    indices, lengths = batch(256, 256, words)
    print(f"PyTorch {torch.__version__}, {len(lengths)} tokens of {int(lengths.sum())} words")
    print("threads   tokens/s   words/s")
    with torch.inference_mode():
        for threads in arguments.threads:
            torch.set_num_threads(threads)
            rate = tokens_per_second(model, indices, lengths, arguments.seconds)
            print(f"{threads:7}{rate:11.1f}{rate * int(lengths.sum()) / len(lengths):10.0f}", flush=True)


if __name__ == "__main__":
    main()
