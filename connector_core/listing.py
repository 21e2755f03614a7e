"""`--list`: what is installed and what it implements; what is broken or does not fit, and why.

Metadata says what is there. Whether it works shows only at import, which happens in a process of its own, so that no
plugin can stop the tool, slow its start, or break its neighbours.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import EntryPoint

import attrs
from attrs import frozen

from connector_core.hookspecs import GROUP
from connector_core.plugins import entry_points_of_all_versions, owner_of

_SECONDS = 20
"""How long the import of a plugin may take."""


@frozen
class Listed:
    """One installed plugin. `problem` is why it cannot be used, or None."""

    name: str
    version: str
    distribution: str
    hooks: Sequence[str]
    problem: str | None


def listing() -> list[Listed]:
    """Every installed plugin, in the order of its names."""
    points = entry_points_of_all_versions()
    probed = _probe([point for point in points if point.group == GROUP])
    names = Counter(name for name, _ in {(point.name, owner_of(point)) for point in points})
    lines = []
    for point in sorted(points, key=lambda point: (point.name, owner_of(point))):
        hooks, problem = probed.get(point.value, ((), f"built for host API {point.group}, this host has {GROUP}"))
        if names[point.name] > 1:
            problem = problem or "another installed plugin has the same name"
        version = point.dist.version if point.dist else "unknown"
        lines.append(Listed(point.name, version, owner_of(point), hooks, problem))
    return lines


def show(*, as_json: bool) -> int:
    """Print the list; returns the exit code."""
    lines = listing()
    if as_json:
        print(json.dumps([attrs.asdict(line) for line in lines], indent=2))
    elif not lines:
        print("no plugin is installed; try: pip install trackco-cxm")
    else:
        for line in lines:
            state = f"cannot be used: {line.problem}" if line.problem else ", ".join(line.hooks)
            print(f"{line.name:<16} {line.version:<10} {line.distribution:<18} {state}")
    return 0


def _probe(points: Sequence[EntryPoint]) -> dict[str, tuple[Sequence[str], str | None]]:
    """Import each in one child process. One that ends the child is named, and the rest go into another child."""
    results: dict[str, tuple[Sequence[str], str | None]] = {}
    waiting = [point.value for point in points]
    while waiting:
        command = [sys.executable, "-m", "connector_core.probe", *waiting]
        try:
            child = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - ours
            output, fate = child.stdout, "it ends the process while being imported"
        except subprocess.TimeoutExpired as error:
            output, fate = error.stdout or b"", f"its import did not end in {_SECONDS} seconds"
        for line in output.splitlines():
            value, hooks, problem = json.loads(line)
            results[value] = (hooks, problem)
        left = [value for value in waiting if value not in results]
        if left:
            results[left[0]] = ((), fate)
        waiting = left[1:]
    return results
