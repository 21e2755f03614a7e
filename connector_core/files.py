"""Which files a run reads and writes, as its arguments name them: none may be two things at once."""

import argparse
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

from connector_core.arguments import DEFAULT_TARGET


def targets_of(arguments: argparse.Namespace) -> list[str]:
    """Where records go, as the user wrote it."""
    return ["jsonl:-"] if arguments.dry_run else arguments.to or [DEFAULT_TARGET]


def file_of(target: str) -> Path | None:
    """The file of a target that the host itself writes; None where there is none."""
    scheme, _, path = target.partition(":")
    path = path.removeprefix("///") if scheme in ("sqlite", "jsonl") else ""
    return Path(path) if path not in ("", "-", ":memory:") else None


def beside(cassette: str) -> Path:
    """Where the configuration that replays a cassette is saved."""
    return Path(f"{cassette.removesuffix('.yaml')}.config.json")


def budget_file(arguments: argparse.Namespace) -> Path | None:
    """Where runs share the budgets of APIs: in the folder of the state, of the target that keeps its own, or here."""
    targets = [target for target in targets_of(arguments) if target not in ("jsonl:-", "sqlite:///:memory:")]
    path = Path(arguments.state) if arguments.state else next(filter(None, map(file_of, targets)), None)
    if path is None and targets:
        path = Path("state")  # of a load plugin, which keeps it in the working folder
    return path.absolute().parent / ".connector-budget" if path else None


def kind_at(path: Path) -> Literal["file", "folder", "device"] | None:
    """What stands at a path: None where nothing does, or where it may not be looked at."""
    with suppress(OSError, ValueError):
        mode = path.stat().st_mode
        return "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "device"
    return None


def conflict(arguments: argparse.Namespace) -> str | None:
    """What is wrong where a file would be used as two things, of which one would destroy the other; or None."""
    known: dict[object, str] = {}
    for name, path in _files(arguments):
        file = _identity(path)
        if file in known and known[file] != name:
            return f"{name} and {known[file]} are the same file; name one of them otherwise"
        known[file] = name
    return None


def absent(arguments: argparse.Namespace) -> str | None:
    """What is wrong where a run asks for what a target holds that is not there; or None."""
    if not (arguments.retry_rejects or arguments.reconcile):
        return None
    missing = [target for target in targets_of(arguments) if (path := file_of(target)) and not kind_at(path)]
    return f"--to {missing[0]}: is not there, so it holds nothing; check its name" if missing else None


def _files(a: argparse.Namespace) -> Iterator[tuple[str, Path]]:
    """Each file by what the user calls it; but no device and no pipe, which may be many things."""
    named = [("--config", a.config), ("--state", a.state), ("--report", a.report)]
    named += [("--record", a.record), ("--replay", a.replay)]
    found = [(f"{option} {name}", Path(name)) for option, name in named if name and name != "-"]
    cassette = a.record or (None if a.config else a.replay)
    found += [(f"the configuration beside {cassette}", beside(cassette))] if cassette else []
    for target in targets_of(a):
        scheme, _, rest = target.partition(":")
        path = file_of(target) or (Path(rest.removeprefix("///")) if rest.startswith("///") else None)
        found += [(f"--to {target}", path)] if path else []
        whose = Path(rest) if "+" in scheme and not rest.startswith("//") else path if scheme == "jsonl" else None
        found += [(f"the state of --to {target}", Path(f"{whose}.state"))] if whose and not a.state else []
    yield from ((name, path) for name, path in found if kind_at(path) in ("file", None))


def _identity(path: Path) -> object:
    """The same for two names of one file."""
    with suppress(OSError):
        status = path.stat()
        return status.st_dev, status.st_ino
    return os.path.realpath(path)  # unlike `resolve`, also of a link to itself
