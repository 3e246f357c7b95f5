"""Through HTTP: wrk's 64 connections ask each service for rows of tokens that it has not seen before."""

import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy

import hyperembed
from measurement import Measurement, better, row
from models import Model
from service_process import ServiceProcess, free_port

HERE = Path(__file__).resolve().parent
CONNECTIONS = 64
# As tokens.lua has it.
TOKENS_IN_A_REQUEST = 32
TOLERANCE = 1e-4
OURS = "hyperembed"


def all_services(model: Model) -> list[ServiceProcess]:
    port = free_port()
    services = [ServiceProcess(OURS, port, hyperembed.serve_command(model, port))]
    for workers, threads in [(1, 2), (2, 1)]:
        port = free_port()
        command: list[str | Path] = [
            "uvicorn", "service:app", "--app-dir", HERE, "--port", str(port), "--workers", str(workers),
            "--no-access-log", "--log-level", "warning",
        ]
        environment = {"BASE": str(model.base), "HYPERNETWORK": str(model.hypernetwork), "THREADS": str(threads)}
        setting = "1 process of 2 threads" if workers == 1 else "2 processes of 1 thread"
        services.append(ServiceProcess("FastAPI and PyTorch", port, command, environment, setting))
    return services


def agree(model: Model, words: list[str]) -> None:
    """Compares the rows of all services; ends the program if one differs."""
    with ExitStack() as stack:
        ours, *peers = [stack.enter_context(service) for service in all_services(model)]
        source_ids, rows = ours.embed(model, words)
        for peer in peers:
            peer_source_ids, peer_rows = peer.embed(model, words)
            if peer_source_ids != source_ids:
                sys.exit(f"{model.name}: {peer.name} tokenizes differently")
            difference = numpy.abs(rows - peer_rows).max()
            if not difference <= TOLERANCE:
                sys.exit(f"{model.name}: {peer.name} differs by {difference:.1e}")
    print(
        f"\n{model.name}: {len(words):,} words of {sum(map(len, source_ids)) / len(words):.2f} pieces each; the rows of hyperembed"
        f" and PyTorch differ by at most {difference:.1e}, their length is {numpy.linalg.norm(rows, axis=1).mean():.1f}")


def compare(model: Model, tokens: Path, seconds: float, repeats: int) -> None:
    best: dict[str, Measurement] = {}
    with ExitStack() as stack:
        services = [stack.enter_context(service) for service in all_services(model)]
        for service in services:
            measure(service, model, tokens, seconds=1)
        for repeat in range(repeats):
            for service in services:
                result = measure(service, model, tokens, seconds)
                best[service.name] = better(best.get(service.name), result)
                print(
                    f"round {repeat + 1}: {model.name}: {service.name} {result.setting} {result.tokens_per_second:.0f}/s",
                    file=sys.stderr)

    print(
        f"\n**Through HTTP, {model.name}**: {CONNECTIONS} connections, {TOKENS_IN_A_REQUEST} tokens a request, best of {repeats}"
        f" runs of {seconds:g} s\n")
    print(f"| service | tokens/s | p50 | p99 | {OURS} is |")
    print("|---|--:|--:|--:|--:|")
    for name, result in best.items():
        print(row(name, result, ours=best[OURS]))


def measure(service: ServiceProcess, model: Model, tokens: Path, seconds: float) -> Measurement:
    command = [
        "wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds:.0f}s", "--timeout", "60s", "--latency",
        "--script", HERE / "tokens.lua", service.url, "--", tokens, *([model.language] if model.language else []),
    ]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    # wrk prints these lines only if there were any.
    if re.search("Socket errors|Non-2xx", output):
        sys.exit(f"wrk saw errors of {service.name}:\n{output}")
    service.wait_until_idle()
    requests_per_second = float(re.search(r"Requests/sec: +([\d.]+)", output)[1])
    return Measurement(requests_per_second * TOKENS_IN_A_REQUEST, latency(50, output), latency(99, output), service.setting)


def latency(percentile: int, output: str) -> float:
    """In milliseconds."""
    _, number, unit = re.search(rf"( {percentile}%) +([\d.]+)(us|ms|s|m)", output).groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}[unit]
