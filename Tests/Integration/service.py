"""Starts and ends the service for the scripts in Python, and asks it politely."""

import argparse
import http.client
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOKEN_REQUEST = json.dumps({"tokens": [" blockchain", " tokenization"]}).encode()


def parser(description):
    result = argparse.ArgumentParser(description=description.splitlines()[0])
    result.add_argument("binary", nargs="?", default=HERE / "../../.build/release/hyperembed", help="the service")
    return result


class Server:
    """The service on a free port, for the time of a `with`."""

    def __init__(self, binary, *options, command=None, pattern=" model .* ready "):
        self.binary = binary
        # Without a cache, equal requests have equal answers: `usage.cached` is 0 in all of them.
        cache = [] if "--cache-megabytes" in options else ["--cache-megabytes", "0"]
        self.command = command or [binary, "serve", "--port", "0", "--lame-duck", "0", *cache, *options]
        # What it says of itself when it is ready; nothing if it is as soon as it listens.
        self.pattern = pattern
        self.messages = tempfile.NamedTemporaryFile("w+")

    def __enter__(self):
        # A script that is killed takes its server along.
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *self.command], stdout=subprocess.PIPE, stderr=self.messages, text=True)
        self.url = self.next_address("listening on ")
        self.port = int(self.url.rpartition(":")[2])
        if "--admin-port" in self.command:
            self.admin_url = self.next_address("admin listener on ")
        while self.process.poll() is None:
            if not self.pattern or re.search(self.pattern, Path(self.messages.name).read_text()):
                return self
            time.sleep(0.05)
        self.give_up()

    def next_address(self, prefix):
        line = self.process.stdout.readline()
        return line.split()[-1] if line.startswith(prefix) else self.give_up()

    def give_up(self):
        sys.exit(f"the service did not start: {Path(self.messages.name).read_text()}")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        sys.stderr.write(Path(self.messages.name).read_text())

    def terminate(self):
        """SIGTERM, and the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def token_answer(self):
        """What it must answer to `TOKEN_REQUEST`, from the command line."""
        return subprocess.check_output([self.binary, "generate", " blockchain", " tokenization"]).rstrip(b"\n")

    @property
    def resident_kilobytes(self):
        """Memory of its own; the files that it maps are the same for any load."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("RssAnon:")[2].split()[0])

    @property
    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


def command(binary, *arguments):
    """What a command writes to standard output; what it says of an error goes to ours."""
    return subprocess.run([binary, *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True).stdout


def get(connection, path):
    """The status and the body of an answer."""
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read()


def post_tokens(connection, body=TOKEN_REQUEST):
    connection.request("POST", "/v1/token-embeddings", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def make_certificate(folder, name="server"):
    """Makes a certificate for localhost, signed by itself, and returns the service's options for it."""
    certificate, key = Path(folder) / f"{name}.pem", Path(folder) / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key, "-out", certificate],
        check=True, capture_output=True)
    return ["--tls-certificate", certificate, "--tls-key", key]


def percentiles(seconds):
    """`p50 0.3 ms, p99 1.2 ms, max 4.5 ms`"""
    ordered = sorted(seconds)
    p50, p99 = (ordered[min(int(len(ordered) * share), len(ordered) - 1)] for share in (0.5, 0.99))
    return f"p50 {p50 * 1000:.2f} ms, p99 {p99 * 1000:.2f} ms, max {ordered[-1] * 1000:.2f} ms"


class PoliteClient:
    """Asks for /livez every 50 ms, in turn on a connection that it keeps and on a new one, and counts what goes wrong."""

    def __init__(self, server, context=None):
        self.server = server
        self.context = context
        self.times = []
        self.failures = []
        self.kept = self.connection()

    def connection(self):
        # A second is the most that an answer may take.
        if self.context:
            return http.client.HTTPSConnection("127.0.0.1", self.server.port, timeout=1, context=self.context)
        return http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=1)

    def run(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.ask(self.kept)
            time.sleep(0.05)
            fresh = self.connection()
            self.ask(fresh)
            fresh.close()
            time.sleep(0.05)

    def ask(self, connection):
        start = time.monotonic()
        try:
            status, body = get(connection, "/livez")
            if (status, body) != (200, b'{"status":"alive"}'):
                self.failures.append(f"{status} {body}")
        except OSError as error:
            self.failures.append(repr(error))
            connection.close()
        except http.client.HTTPException as error:
            self.failures.append(repr(error))
            connection.close()
        self.times.append(time.monotonic() - start)
