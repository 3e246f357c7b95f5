"""A service that answers `POST /v1/token-embeddings`, ours or a peer."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy

from models import Model


class ServiceProcess:
    """Runs until the end of a `with`."""

    # Of services with one name the best counts; `setting` tells them apart.
    def __init__(
        self, name: str, port: int, command: list[str | Path], environment: dict[str, str] | None = None, setting: str = "",
    ):
        self.name = name
        self.setting = setting
        self.url = f"http://127.0.0.1:{port}"
        self.command = command
        self.environment = environment or {}

    def __enter__(self) -> "ServiceProcess":
        self.process = subprocess.Popen(self.command, env=os.environ | self.environment, stdout=sys.stderr)
        self.wait_until_ready()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 120
        while True:
            try:
                return urllib.request.urlopen(self.url + "/readyz").close()
            # Not listening yet, or still loading.
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"{self.name} does not start")
                time.sleep(0.1)

    def wait_until_idle(self) -> None:
        """A service may go on with requests that nobody waits for any more."""
        while True:
            before = self.cpu_seconds()
            time.sleep(0.5)
            if self.cpu_seconds() - before < 0.05:
                return

    def cpu_seconds(self) -> float:
        """What the process and its workers have used so far."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        # The fields after the name, which may hold spaces: user and system time are the 14th and 15th of all (proc(5)).
        statistics = [Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in [pid, *children]]
        return sum(int(fields[11]) + int(fields[12]) for fields in statistics) / os.sysconf("SC_CLK_TCK")

    def embed(self, model: Model, tokens: list[str]) -> tuple[list[list[int]], numpy.ndarray]:
        """The source ids of each token, and its row, with the bias behind it where there is one."""
        body: dict[str, object] = {"tokens": tokens, "encoding": "base64"}
        if model.language:
            body["language"] = model.language
        request = urllib.request.Request(
            self.url + "/v1/token-embeddings", json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as response:
            data = json.load(response)["data"]
        outputs = [output for output in ("input", "bias") if output in data[0]]
        rows = numpy.stack([
            numpy.concatenate([numbers(item[output]) for output in outputs]) for item in data])
        return [item["source_ids"] for item in data], rows


def numbers(value: str | float) -> numpy.ndarray:
    """Numbers in base64, or one as it is."""
    return numpy.frombuffer(base64.b64decode(value), "<f4") if isinstance(value, str) else numpy.array([value], "<f4")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
