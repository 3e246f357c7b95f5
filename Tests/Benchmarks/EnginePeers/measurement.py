"""What is measured of a peer, and how a table shows it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measurement:
    tokens_per_second: float
    # Milliseconds.
    p50: float
    p99: float
    # How the peer was set up, for one that is tried in several ways.
    setting: str = ""


def better(one: Measurement | None, other: Measurement) -> Measurement:
    return other if one is None or other.tokens_per_second > one.tokens_per_second else one


def row(name: str, result: Measurement, ours: Measurement) -> str:
    """Cells of a table; the last tells how many times as fast ours is."""
    title = f"{name}, {result.setting}" if result.setting else name
    ratio = "" if result is ours else f"{ours.tokens_per_second / result.tokens_per_second:.2f} ×"
    return f"| {title} | {result.tokens_per_second:,.0f} | {result.p50:.2f} ms | {result.p99:.2f} ms | {ratio} |"
