"""What our own runs cost at any size: time and memory for each answer, of first, unchanged and changed reading."""

import json
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import asdict
from measure import FailedError, measured
from peers import our_command
from serving import serving

SIZES = (100_000, 400_000, 4_000_000)
DAYS = (50_000, 500_000)
"""Answers of one day, which the NPS API gives as one body: 39 and 390 MB."""
TARGETS = {"JSON lines": "jsonl:out.jsonl", "SQLite": "sqlite:///out.db"}
_YEARS = 3650
"""Days of a large account: 4,000,000 answers in them are some 1,100 a day, of which a run looks back on nine."""


def runs(folder: Path, ours: Path, scale: float) -> Iterator[dict[str, Any]]:
    """Every run, one after the other, the longest last; `scale` makes all of them smaller, for trying this out."""
    *sizes, largest = (int(size * scale) for size in SIZES)
    for answers in sizes:
        for title in TARGETS:
            for ids in ("random",) if answers != sizes[0] else ("random", "sequential"):
                yield from _three(folder, ours, answers, title, ids)
    yield from _side_by_side(folder, ours, sizes[-1])
    for size in DAYS:
        yield from _one_large_day(folder, ours, int(size * scale))
    yield from _many_surveys(folder, ours, largest)
    for title in TARGETS:
        yield from _three(folder, ours, largest, title, "random")


def _row(what: str, target: str, answers: int, command: list[str], folder: Path) -> dict[str, Any]:
    """One run, and what it says that it did; of one that fails, what it said."""
    report = folder / "report.json"
    print(f"  {answers:,} answers, {target}: {what}", file=sys.stderr)
    row: dict[str, Any] = {"what": what, "target": target, "answers": answers}
    try:
        row |= asdict(measured([*command, "--report", str(report)], folder))
    except FailedError as error:
        return row | {"failed": str(error).strip().splitlines()[-1].replace(str(folder), "")}
    total = json.loads(report.read_text(encoding="utf-8"))["total"]
    return row | {"did": {key: total[key] for key in ("read", "new", "updated", "unchanged")}}


def _three(folder: Path, ours: Path, answers: int, title: str, ids: str) -> Iterator[dict[str, Any]]:
    """A first run; everything read again and unchanged; everything read again, each answer edited."""
    folder.mkdir()
    for what, edition, more in (
        ("first", 0, []),
        ("unchanged", 0, ["--full-refresh"]),
        ("edited", 1, ["--full-refresh"]),
    ):
        with serving(answers=answers, lazy="yes", ids=ids, edition=edition) as server:
            command = [*our_command(server.base_url, folder, TARGETS[title], ours), *more]
            yield _row(what, f"{title}, {ids} ids", answers, command, folder)
    shutil.rmtree(folder)


def _many_surveys(folder: Path, ours: Path, answers: int) -> Iterator[dict[str, Any]]:
    """200 surveys over ten years up to now: a first run, and one that finds nothing new."""
    folder.mkdir()
    first = (datetime.now(UTC) - timedelta(days=_YEARS)).date().isoformat()
    with serving(answers=answers, lazy="yes", surveys=200, first=first, days=_YEARS) as server:
        command = our_command(server.base_url, folder, TARGETS["SQLite"], ours)
        for what in ("first, 200 surveys", "nothing new, 200 surveys"):
            yield _row(what, "SQLite", answers, command, folder)
    shutil.rmtree(folder)


def _side_by_side(folder: Path, ours: Path, answers: int) -> Iterator[dict[str, Any]]:
    """16 surveys, read side by side."""
    folder.mkdir()
    with serving(answers=answers, surveys=16, lazy="yes") as server:
        command = [*our_command(server.base_url, folder, TARGETS["JSON lines"], ours), "--threads=16"]
        yield _row("first, 16 surveys, 16 threads", "JSON lines", answers, command, folder)
    shutil.rmtree(folder)


def _one_large_day(folder: Path, ours: Path, answers: int) -> Iterator[dict[str, Any]]:
    """A campaign of the NPS API whose answers were all given on one day, which is one body."""
    for title, target in TARGETS.items():
        folder.mkdir()
        with serving(answers=1, nps=answers) as server:
            config = folder / "config.json"
            config.touch(mode=0o600)
            details = {"token": "0" * 32, "track_api": "nps", "base_url": f"{server.base_url}/v2"}
            config.write_text(json.dumps({"connection_details": details}), encoding="utf-8")
            command = [
                str(ours / "bin/connector-run"), "--plugin", "trackco_nps", "--config", str(config),
                "--to", target, "--quiet",
            ]  # fmt: skip
            yield _row("first, NPS, one day", title, answers, command, folder)
        shutil.rmtree(folder)
