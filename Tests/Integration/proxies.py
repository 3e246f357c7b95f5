"""Sends requests of all kinds through a proxy in front of the service."""

import contextlib
import gzip
import http.client
import json
import socket
import subprocess
import tempfile
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import service

THREADS, REQUESTS = 8, 2000
JSON = {"Content-Type": "application/json"}
BULK = json.dumps({"tokens": [f" word{number}" for number in range(200)]}).encode()


def check_proxy(binary, configure, command):
    """Starts the service, in the clear and with TLS, and the proxy in front of it, and sends it everything.

    - configure: makes the proxy's configuration of its port, the service's port, and the certificate to trust, if there is one.
    - command: runs the proxy in the foreground, in the folder of its configuration, `proxy.conf`.
    """
    with tempfile.TemporaryDirectory() as folder:
        certificate = service.make_certificate(folder)
        for options, trust in [([], None), (certificate, certificate[1])]:
            with service.Server(binary, *options) as server:
                port = free_port()
                Path(folder, "proxy.conf").write_text(configure(port, server.port, trust).strip() + "\n")
                with running(command, folder, port):
                    check(server, port)
                    print(f"{REQUESTS} requests {'over TLS' if trust else 'in the clear'} on {connections(server.port)} connections", end="; ")
                assert server.terminate() == 0
    print("none failed")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command, folder, port):
    proxy = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], cwd=folder)
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                assert proxy.poll() is None and time.monotonic() < deadline, "the proxy does not start"
                time.sleep(0.05)
        yield
    finally:
        proxy.terminate()
        proxy.wait()


def connections(port):
    """How many the proxy has open to the service, or had within the last minute: the kernel remembers most of them that long."""
    ends = [[int(end.partition(":")[2], 16) for end in line.split()[1:3]] for line in open("/proc/net/tcp").readlines()[1:]]
    # Each may be listed from both sides.
    return len({sum(pair) - port for pair in ends if port in pair} - {0})


def check(server, port):
    expected = server.token_answer()
    with ThreadPoolExecutor(THREADS) as threads:
        for result in [threads.submit(ask, port, expected, thread) for thread in range(THREADS)]:
            result.result()


def ask(port, expected, thread):
    """A share of the requests, on a connection that is kept as long as the proxy keeps it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for number in range(thread, REQUESTS, THREADS):
        kind = KINDS[(number // THREADS) % len(KINDS)]
        try:
            kind(connection, expected)
        except Exception as error:
            raise AssertionError(f"{kind.__name__}, request {number}: {error!r}") from error


def request(connection, method, path, status, body=None, headers={}, **options):
    connection.request(method, path, body, headers, **options)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == status, f"{answer.status} {content[:200]}"
    return answer, content


def get(connection, _):
    _, content = request(connection, "GET", "/livez", 200)
    assert content == b'{"status":"alive"}', content


def head(connection, _):
    answer, _ = request(connection, "HEAD", "/v1/models", 200)
    assert int(answer.getheader("Content-Length")) > 100


def post(connection, expected):
    _, content = request(connection, "POST", "/v1/token-embeddings", 200, service.TOKEN_REQUEST, JSON)
    assert content == expected


def post_chunks(connection, expected):
    parts = iter([service.TOKEN_REQUEST[:7], service.TOKEN_REQUEST[7:]])
    _, content = request(connection, "POST", "/v1/token-embeddings", 200, parts, JSON, encode_chunked=True)
    assert content == expected


def post_gzip(connection, expected):
    headers = {**JSON, "Content-Encoding": "gzip", "Accept-Encoding": "gzip"}
    answer, content = request(connection, "POST", "/v1/token-embeddings", 200, gzip.compress(service.TOKEN_REQUEST), headers)
    assert answer.getheader("Content-Encoding") == "gzip" and gzip.decompress(content) == expected


def post_deflate(connection, expected):
    headers = {**JSON, "Content-Encoding": "deflate"}
    _, content = request(connection, "POST", "/v1/token-embeddings", 200, zlib.compress(service.TOKEN_REQUEST), headers)
    assert content == expected


def post_bulk(connection, _):
    _, content = request(connection, "POST", "/v1/token-embeddings", 200, BULK, JSON)
    assert json.loads(content)["usage"]["tokens"] == 200


def options(connection, _):
    answer, _ = request(connection, "OPTIONS", "/v1/token-embeddings", 204)
    assert answer.getheader("Allow") == "POST, OPTIONS"


def wrong_path(connection, _):
    request(connection, "GET", "/nothing", 404)


def wrong_method(connection, _):
    request(connection, "DELETE", "/livez", 405)


def wrong_field(connection, _):
    request(connection, "POST", "/v1/token-embeddings", 422, b'{"tokens":[" a"],"colour":"red"}', JSON)


def wrong_type(connection, _):
    request(connection, "POST", "/v1/token-embeddings", 415, b"tokens", {"Content-Type": "text/plain"})


def named(connection, _):
    answer, _ = request(connection, "GET", "/readyz", 200, headers={"X-Request-Id": "seven"})
    assert answer.getheader("X-Request-Id") == "seven"


def close(connection, _):
    request(connection, "GET", "/livez", 200, headers={"Connection": "close"})


KINDS = [
    get, head, post, post_chunks, post_gzip, post_deflate, post_bulk, options, wrong_path, wrong_method, wrong_field, wrong_type, named,
    close,
]
