"""`connector state`: look at how far a connection was read, or forget it."""

import argparse
import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from connector_core import plugins
from connector_core.arguments import DEFAULT_TARGET
from connector_core.errors import ConfigError
from connector_core.files import kind_at
from connector_core.secrets import Guard
from connector_core.sink import Place
from connector_core.times import format_instant


def tend(arguments: argparse.Namespace, command: argparse.ArgumentParser, guard: Guard) -> int:
    """Do what `connector state` was asked to; returns the exit code."""
    if not arguments.connection:
        command.error("--connection NAME is missing; without one, a run uses its plugin's name, such as trackco_cxm")
    target = arguments.to or DEFAULT_TARGET
    guard.learn_url(target)
    path = arguments.state or target.removeprefix("sqlite:///").removeprefix("jsonl:")
    files = [path, *([f"{path}.state"] if target.startswith("jsonl:") and not arguments.state else [])]
    if (arguments.state or target.startswith(("sqlite:///", "jsonl:"))) and not any(kind_at(Path(p)) for p in files):
        raise ConfigError(f"--to {target}: {path} does not exist, so nothing is kept there")
    with closing(plugins.open_sink(target, arguments.connection, arguments.state)) as sink:
        if arguments.action == "reset":
            number = sink.reset(arguments.partition)  # not looked at before: it may be what cannot be read
            if not number:
                raise ConfigError(f"--connection {arguments.connection}: {target} knows no such partition of it")
            print(f"{number} partitions will be read from the beginning")
            return 0
        places = sink.history().places
        if not places:
            raise ConfigError(f"--connection {arguments.connection}: {target} has read no partition under this name")
        wanted: Sequence[str] = arguments.partition or sorted(places)
        unknown = [key for key in wanted if key not in places]
        if unknown:
            raise ConfigError(f"--partition {unknown[0]}: not among {', '.join(sorted(places))}")
        print("\n".join(_place_line(key, places[key]) for key in wanted))
    return 0


def _place_line(key: str, place: Place) -> str:
    read = f"read until {format_instant(place.high_water)}" if place.high_water else "never read to its end"
    if place.window is None:
        return f"{key}  {read}"
    start = format_instant(place.window.start) if place.window.start else "the beginning"
    return f"{key}  {read}; interrupted while reading from {start}, goes on from {json.dumps(place.cursor)}"
