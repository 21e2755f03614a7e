"""Starts the benchmark's server in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from attrs import frozen

HERE = Path(__file__).parent


@frozen
class Served:
    """A server that is there."""

    base_url: str

    def asked(self) -> dict[str, Any]:
        """How many requests came, and how many were in flight at once, since this was asked last."""
        with urlopen(f"{self.base_url}/benchmark/reset") as response:  # noqa: S310 - our own server
            told: dict[str, Any] = json.load(response)
            return told


@contextmanager
def serving(**options: str | int) -> Iterator[Served]:
    """A server with an account; the options are those of its command line."""
    arguments = [f"--{name}={value}" for name, value in options.items() if value != "yes"]
    arguments += [f"--{name}" for name, value in options.items() if value == "yes"]
    command = [sys.executable, str(HERE / "server.py"), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                sys.exit("the benchmark's server did not start")
            yield Served(json.loads(line)["base_url"])
        finally:
            process.terminate()
