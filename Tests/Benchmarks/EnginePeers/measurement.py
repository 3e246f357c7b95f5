"""What is measured of a peer, and how a table shows it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measurement:
    tokens_per_second: float
    # Milliseconds.
    p50: float
    p99: float


def better(one: Measurement | None, other: Measurement) -> Measurement:
    return other if one is None or other.tokens_per_second > one.tokens_per_second else one


def row(cells: list[str], result: Measurement, ours: Measurement) -> str:
    """A table's row; the last column tells how many times as fast ours is."""
    ratio = "" if result is ours else f"{ours.tokens_per_second / result.tokens_per_second:.2f} ×"
    numbers = [f"{result.tokens_per_second:,.0f}", f"{result.p50:.2f} ms", f"{result.p99:.2f} ms", ratio]
    return "| " + " | ".join(cells + numbers) + " |"
