"""The command: serve the API until told to stop."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

import orjson

from birdie_simulator.behaviour import Behaviour
from birdie_simulator.server import FEEDBACK_PATH, KEY, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve as the arguments say, tell where on one line of JSON, and go on until Ctrl-C or SIGTERM."""
    options = _parser().parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    behaviour = Behaviour(
        rate_limit=options.rate or None,
        retry_after=options.retry_after,
        faults=(503,) * options.fail_first,
        refused=frozenset(options.refuse),
        latency=options.latency,
        quote_values=options.quote_values,
    )
    try:
        with serve(key=options.key, path=options.path, behaviour=behaviour, port=options.port) as server:
            said = {"base_url": server.base_url, "key": server.key, "path": options.path}
            sys.stdout.write(orjson.dumps(said).decode() + "\n")
            sys.stdout.flush()
            stop.wait()
    except OSError as error:
        sys.stderr.write(f"birdie-simulator: cannot serve on port {options.port}: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="birdie-simulator", description="Birdie's ingestion API on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    parser.add_argument("--key", default=KEY)
    parser.add_argument("--path", default=FEEDBACK_PATH, help="where records are PUT")
    parser.add_argument("--rate", type=int, default=100, help="requests that may arrive in any one second; 0 is any")
    parser.add_argument("--retry-after", type=int, metavar="SECONDS", help="what a 503 says of when to come again")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--fail-first", type=int, default=0, metavar="N", help="answer the first N requests with 503")
    parser.add_argument("--refuse", action="append", default=[], metavar="ID", help="a feedback id that gets a 400")
    parser.add_argument("--quote-values", action="store_true", help="messages show the values that they are about")
    return parser


if __name__ == "__main__":
    sys.exit(main())
