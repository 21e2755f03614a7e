"""Run as a child process by `--list`: imports plugins and tells of each what it implements, or why it cannot."""

import json
import os
import sys
from collections.abc import Mapping
from functools import reduce
from importlib import import_module

from connector_core.hookspecs import HOOKS


def probe(value: str) -> tuple[list[str], str | None, Mapping[str, str]]:
    """The hooks of one entry point's plugin, or the reason why it is broken; the forms of its targets."""
    try:
        module, _, names = value.partition("[")[0].partition(":")  # as importlib.metadata does, whose import takes long
        plugin = reduce(getattr, filter(None, names.strip().split(".")), import_module(module.strip()))
        hooks = [hook for hook in HOOKS if hasattr(getattr(plugin, hook, None), "connector_core_impl")]
        forms = dict(plugin.destination().forms) if "destination" in hooks else {}
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a stranger's module raises
        return [], reason_of(error), {}
    return hooks, None if hooks else "it implements no hook", forms


def reason_of(error: BaseException) -> str:
    """Why an import failed, in one line."""
    if isinstance(error, SystemExit):
        return "it calls sys.exit while being imported"
    if isinstance(error, ImportError) and (error.name or "").startswith("connector_core"):
        from importlib.metadata import version  # noqa: PLC0415 - takes long, and few imports fail

        return f"it needs another connector-core than {version('connector-core')}: {str(error).partition(' (')[0]}"
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


if __name__ == "__main__":
    results = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a plugin prints while it is imported is no result
    for name in sys.stdin.read().splitlines():
        print(json.dumps([name, *probe(name)]), file=results, flush=True)
