"""Measures hyperembed's engine and service beside the authors' computation in PyTorch: by itself and behind FastAPI.

All have the same two cores, the same weights and the same new words, one being asked at a time. Every round asks all, one after
the other, so that a noisy minute hits all alike; the best round counts. Before anything is timed the rows of all must agree. The
tables go to standard output, what is going on to standard error.
"""

import argparse
import signal
import sys

import computation
import services
from models import CACHE, all_models
from words import new_words


def main() -> None:
    models = {model.name: model for model in all_models()}
    arguments = argparse.ArgumentParser(prog="run", description=__doc__.splitlines()[0])
    arguments.add_argument("--models", nargs="+", choices=models, default=list(models), help="all by default")
    arguments.add_argument(
        "--parts", nargs="+", choices=["computation", "http"], default=["computation", "http"], help="both by default")
    arguments.add_argument("--seconds", type=float, default=5, help="length of a measurement of computation (%(default)s)")
    # What is under way when wrk stops does not count: about a second's work where all connections are served in turn.
    arguments.add_argument("--http-seconds", type=float, default=20, help="length of a measurement through HTTP (%(default)s)")
    arguments.add_argument("--repeats", type=int, default=3, help="rounds, of which the best counts (%(default)s)")
    options = arguments.parse_args()
    # Ends the `with` around each peer, and so the peers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

    for model in (models[name] for name in options.models):
        words = new_words(model)
        tokens = CACHE / f"{model.name}-tokens.txt"
        tokens.write_text("".join(word + "\n" for word in words))

        services.agree(model, words[:1_024])
        if "computation" in options.parts:
            computation.compare(model, tokens, options.seconds, options.repeats)
        if "http" in options.parts:
            services.compare(model, tokens, options.http_seconds, options.repeats)


main()
