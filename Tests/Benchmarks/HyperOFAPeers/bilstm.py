"""The hypernetwork in PyTorch, with the names, padding and packing of the HyperOFA paper's code, and a batch for it."""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

# The paper's sizes; the words are fewer than its million, which no step looks at.
WORDS, WIDTH, HIDDEN, LAYERS, OUTPUTS = 50_000, 200, 800, 2, 200
LONGEST = 256


class BiLSTM(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.word_vector_emb_layer = nn.Embedding(WORDS + 1, WIDTH, padding_idx=WORDS)
        self.lstm = nn.LSTM(WIDTH, HIDDEN, LAYERS, bidirectional=True, batch_first=True)
        self.linear_output_layers = nn.Sequential(
            nn.Linear(2 * HIDDEN, 2 * OUTPUTS), nn.GELU(), nn.Dropout(), nn.Linear(2 * OUTPUTS, OUTPUTS))

    def forward(self, words: Tensor, lengths: Tensor) -> Tensor:
        vectors = self.word_vector_emb_layer(words)
        packed = nn.utils.rnn.pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        _, (hidden, _) = self.lstm(packed)
        return self.linear_output_layers(torch.cat([hidden[-2], hidden[-1]], dim=-1))


def random_batch(tokens: int) -> tuple[Tensor, Tensor]:
    """Word ids, padded, and their numbers: ceil(256 u^3) for evenly spaced u, 1 to 256, 65 in the mean, in random order."""
    shares = (torch.arange(tokens, dtype=torch.float64) + 0.5) / tokens
    lengths = torch.ceil(LONGEST * shares**3).long()[torch.randperm(tokens)]
    words = torch.randint(WORDS, (tokens, int(lengths.max())))
    words[torch.arange(words.shape[1]) >= lengths[:, None]] = WORDS
    return words, lengths


def save(model: BiLSTM, words: Tensor, coordinates: Tensor, folder: Path) -> None:
    """Writes what `hyperembed` reads: a checkpoint as Lightning names it, its sizes, and a case of inputs and outputs."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save({"state_dict": {f"model.{key}": value for key, value in model.state_dict().items()}}, folder / "model.ckpt")
    sizes = {
        "num_layers": LAYERS, "emb_dim": WIDTH, "hidden_dim": HIDDEN, "max_context_size": LONGEST, "padding_idx": WORDS,
        "output_dim": OUTPUTS}
    (folder / "model_config.yaml").write_text("model_hps:\n" + "".join(f"  {key}: {size}\n" for key, size in sizes.items()))
    save_file({"word_indices": words.int(), "expected_coordinates": coordinates}, folder / "case.safetensors")
