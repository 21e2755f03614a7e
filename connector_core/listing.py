"""`--list`: what is installed and what it implements, which targets it takes; what is broken or does not fit, and why.

Metadata says what is there. Whether it works shows only at import, which happens in a process of its own, so that no
plugin can stop the tool, slow its start, or break its neighbours.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version

import attrs
from attrs import field, frozen

from connector_core.builtin import BUILT_IN
from connector_core.hookspecs import GROUP
from connector_core.plugins import entry_points_of_all_versions, owner_of

_SECONDS = 20
"""How long the import of a plugin may take."""


@frozen
class Listed:
    """One installed plugin.

    Attributes:
        problem: why it cannot be used, or None.
        forms: what may be written after `--to`, and what it is.
    """

    name: str
    version: str
    distribution: str
    hooks: Sequence[str]
    problem: str | None
    forms: Mapping[str, str] = field(factory=dict)


def listing() -> list[Listed]:
    """The host's own targets, and every installed plugin in the order of its names."""
    child = _child()  # it gets ready while we look up what is installed
    points = entry_points_of_all_versions()
    probed = _probe(child, [point.value for point in points if point.group == GROUP])
    names = Counter(name for name, _ in {(point.name, owner_of(point)) for point in points})
    lines = [
        Listed(name, version("connector-core"), "connector-core", ("destination", "load"), None, forms)
        for name, forms in BUILT_IN.items()
    ]
    for point in sorted(points, key=lambda point: (point.name, owner_of(point))):
        other: Probed = ((), f"built for host API {point.group}, this host has {GROUP}", {})
        hooks, problem, forms = probed.get(point.value, other)
        if names[point.name] > 1:
            problem = problem or "another installed plugin has the same name"
        number = point.dist.version if point.dist else "unknown"
        lines.append(Listed(point.name, number, owner_of(point), hooks, problem, forms))
    return lines


def show(*, as_json: bool) -> int:
    """Print the list; returns the exit code."""
    lines = listing()
    if as_json:
        print(json.dumps([attrs.asdict(line) for line in lines], indent=2))
        return 0
    for line in lines:
        state = f"cannot be used: {line.problem}" if line.problem else ", ".join(line.hooks)
        print(f"{line.name:<16} {line.version:<10} {line.distribution:<18} {state}")
        for form, meaning in line.forms.items():
            print(f"  --to {form:<35} {meaning}")
    if len(lines) == len(BUILT_IN):
        print("no plugin is installed; try: pip install trackco-cxm")
    return 0


Probed = tuple[Sequence[str], str | None, Mapping[str, str]]
"""The hooks of a plugin, why it cannot be used, and the forms of its targets."""


def _child() -> "subprocess.Popen[bytes]":
    command, pipe = [sys.executable, "-m", "connector_core.probe"], subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)  # noqa: S603 - ours


def _probe(child: "subprocess.Popen[bytes]", waiting: list[str]) -> dict[str, Probed]:
    """Import each in the child process. One that ends it is named, and the rest go into another child."""
    results: dict[str, Probed] = {}
    while True:
        fate = "it ends the process while being imported"
        try:
            output, _ = child.communicate("\n".join(waiting).encode(), timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            output, _ = child.communicate()
            fate = f"its import did not end in {_SECONDS} seconds"
        for line in output.splitlines():
            value, *probed = json.loads(line)
            results[value] = (probed[0], probed[1], probed[2])
        left = [value for value in waiting if value not in results]
        if not left:
            return results
        results[left[0]] = ((), fate, {})
        waiting, child = left[1:], _child()
