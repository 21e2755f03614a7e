"""What other processes are asked: what they make of the answers, without other plugins too, and what SIGKILL leaves."""

import os
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, nullcontext
from hashlib import blake2b
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, NoReturn

import requests
from requests.adapters import BaseAdapter

from connector_core import plugins
from connector_core.hookspecs import GROUP
from connector_core.model import Json
from connector_core.summary import Summary
from connector_core.testing.elsewhere import serve
from connector_core.testing.outcomes import told
from connector_core.testing.source_case import SourceCase
from connector_core.testing.subject import Subject, opened
from connector_core.testing.transports import Tampering


def mapped(subject: Subject) -> list[str]:
    """A digest of what becomes of each answer, in order."""
    digests = []
    for reading in subject.readings:
        mapper = subject.mapper(reading.task.partition)
        digests += [blake2b(told(mapper(raw)), digest_size=8).hexdigest() for raw in reading.records]
    return digests


class _Nobody:
    """Finds no module of another plugin, as if none was installed."""

    def __init__(self, absent: set[str]) -> None:
        self.absent = absent

    def find_spec(self, name: str, *_: object) -> None:
        """Refuse those, and leave the others to the next finder."""
        if name.partition(".")[0] in self.absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def alone(plugin: str, points: list[EntryPoint]) -> None:
    """Make all plugins but one impossible to import."""
    modules = {point.name: point.module.partition(".")[0] for point in points}
    absent = set(modules.values()) - {modules.get(plugin, "")}
    sys.meta_path.insert(0, _Nobody(absent))


def killed(subject: Subject) -> Iterator[str]:
    """Kill imports in different places, run them again, and compare what they leave with an undisturbed one."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        whole = root / "whole"
        commits, sent = _forked(subject, whole, None)
        points = [("request", sent // 2 + 1), ("request", sent), ("commit", commits // 2)]
        for how in [f"{kind} {number}" for kind, number in points if number > 0]:
            target = root / how.replace(" ", "-")
            if _forked(subject, target, how) != (-1, -1):
                yield f"killed at {how}: it is not made a second time"
                continue
            _forked(subject, target, None)
            lost, more = _compared(_content(whole), _content(target))
            if lost or more:
                yield f"killed at {how} and run again: {lost} records are missing or differ, {more} are too many"


def _compared(whole: dict[str, bytes], other: dict[str, bytes]) -> tuple[int, int]:
    return sum(other.get(key) != digest for key, digest in whole.items()), len(other.keys() - whole.keys())


def _content(path: Path) -> dict[str, bytes]:
    with closing(sqlite3.connect(path)) as db:
        return dict(db.execute("SELECT id, digest FROM feedback"))


def _forked(subject: Subject, path: Path, how: str | None) -> tuple[int, int]:
    """Import in a process of its own, which dies where told: how many commits and requests there were, or -1, -1."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        _import_and_leave(subject, path, how, writing)
    os.close(writing)
    with os.fdopen(reading) as told_by_it:
        said = told_by_it.read()
    os.waitpid(process, 0)
    commits, sent = (int(number) for number in said.split()) if said else (-1, -1)
    return commits, sent


def _import_and_leave(subject: Subject, path: Path, how: str | None, writing: int) -> NoReturn:
    """What a forked process does; it must not go on as if it were its parent."""
    code = 1
    try:
        what, _, number = (how or "").partition(" ")
        commits, transports = [0], list[Tampering]()

        def die_at(kind: str, reached: int) -> None:
            if what == kind and reached == int(number):
                os.kill(os.getpid(), signal.SIGKILL)

        def tamper(reached: int, answer: requests.Response) -> requests.Response:
            die_at("request", reached)
            return answer

        def around(inner: BaseAdapter) -> BaseAdapter:
            transports.append(Tampering(inner, tamper))
            return transports[0]

        def committed(_: Summary) -> None:
            commits[0] += 1
            die_at("commit", commits[0])

        with closing(plugins.open_sink(f"sqlite:///{path}", subject.case.plugin, None)) as sink:
            subject.import_into(sink, around, after=committed)
        os.write(writing, f"{commits[0]} {transports[0].sent}".encode())
        code = 0
    finally:
        os._exit(code)


def answer(action: str, case: Json) -> list[str]:
    """What a child is asked."""
    if action == "alone":
        alone(case["plugin"], [point for point in plugins.entry_points_of_all_versions() if point.group == GROUP])
    document, cassette = case["document"], case["cassette"]
    server: Any = None if cassette else nullcontext
    with opened(
        SourceCase(plugin=case["plugin"], config=document, cassette=Path(cassette) if cassette else None, server=server)
    ) as subject:
        return list(killed(subject)) if action == "killed" else mapped(subject)


if __name__ == "__main__":
    serve(answer, sys.stdin)
