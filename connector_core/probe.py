"""Run as a child process by `--list`: imports plugins and tells of each what it implements, or why it cannot."""

import json
import os
import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint

from connector_core.plugins import HOOKS, reason_of


def probe(value: str) -> tuple[list[str], str | None, Mapping[str, str]]:
    """The hooks of one entry point's plugin, or the reason why it is broken; the forms of its targets."""
    try:
        plugin = EntryPoint("", value, "").load()
        hooks = [hook for hook in HOOKS if hasattr(getattr(plugin, hook, None), "connector_core_impl")]
        forms = plugin.destination().forms if "destination" in hooks else {}
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a stranger's module raises
        return [], reason_of(error), {}
    return hooks, None if hooks else "it implements no hook", forms


if __name__ == "__main__":
    results = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a plugin prints while it is imported is no result
    for name in sys.argv[1:]:
        print(json.dumps([name, *probe(name)]), file=results, flush=True)
