"""Run by its path in a process of its own: what a plugin imports and does while it is loaded and describes itself.

It imports nothing of this package, so that what is loaded afterwards was loaded by the plugin.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connector_core import plugins

HEAVY = frozenset({
    "aiohttp", "boto3", "botocore", "dlt", "duckdb", "google", "httpx", "jsonschema", "numpy", "pandas", "polars",
    "pyarrow", "pydantic", "pyspark", "pytest", "requests", "sqlalchemy", "urllib3", "vcr", "yaml",
})  # fmt: skip
"""What a plugin may use where it works, and must not load to say what it is."""

_ALWAYS = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.remove", "os.mkdir")


class _Watch:
    """What the audit hook of this process reports to; hooks cannot be taken away."""

    def __init__(self) -> None:
        self.found: list[str] | None = None
        self.reading = self.installed = False

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note what counts as doing something."""
        if self.found is None:
            return
        if event in _ALWAYS:
            self.found.append(event)
        elif event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            name = os.fsdecode(arguments[0])
            mode, flags = arguments[1] or "r", arguments[2] if isinstance(arguments[2], int) else 0
            writes = any(letter in mode for letter in "wax+") or flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            module = name.endswith((".py", ".pyc", ".so", ".pyi")) or "__pycache__" in name
            if not module and (writes or self.reading):
                self.found.append(f"open {Path(name).name}")


_WATCH = _Watch()


@contextmanager
def watching(*, reading: bool) -> Iterator[list[str]]:
    """What is done until the block ends: connections, processes, files that are written or, if asked for, read."""
    if not _WATCH.installed:
        sys.addaudithook(_WATCH.hook)
        _WATCH.installed = True
    found: list[str] = []
    _WATCH.found, _WATCH.reading = found, reading
    try:
        yield found
    finally:
        _WATCH.found = None


def probe(name: str) -> list[str]:
    """What a plugin loads and does before it is asked to work."""
    before = set(sys.modules)
    with watching(reading=False) as importing:
        plugin: Any = plugins.load_plugin(name)
    with watching(reading=True) as describing:
        plugin.describe()
    loaded = {module.partition(".")[0] for module in set(sys.modules) - before} & HEAVY
    return [
        *(f"loads {module}" for module in sorted(loaded)),
        *(f"does while it is imported: {event}" for event in dict.fromkeys(importing)),
        *(f"does while it describes itself: {event}" for event in dict.fromkeys(describing)),
    ]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(probe(sys.argv[1])) + "\n")
