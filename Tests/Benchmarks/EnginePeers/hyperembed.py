"""How hyperembed is called: the only place that knows its flags."""

from pathlib import Path

from models import Model

BINARY = Path(__file__).resolve().parents[3] / ".build/release/hyperembed"


def serve_command(model: Model, port: int) -> list[str | Path]:
    # Without a cache of rows: every token is computed, as in the peers.
    return [BINARY, "serve", *folders(model), "--port", str(port), "--cache-megabytes", "0", "--lame-duck", "0"]


def bench_command(model: Model, tokens: Path, batch: int, seconds: float) -> list[str | Path]:
    return [
        BINARY, "bench", "engine", *folders(model), "--tokens", tokens, "--batch", str(batch), "--seconds", str(seconds), "--json",
    ]


def folders(model: Model) -> list[str | Path]:
    return ["--base", model.base, "--hypernetwork", model.hypernetwork]
