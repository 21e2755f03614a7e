"""`--reconcile`: what the source itself counts, beside what the target holds."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing

from attrs import frozen

from connector_core.errors import StoppedError
from connector_core.job import Job, listed, patience
from connector_core.lanes import elsewhere
from connector_core.model import Counted, Partition, Window
from connector_core.opening import Prepared
from connector_core.secrets import Guard
from connector_core.sink import Held, Place
from connector_core.summary import Summary, plain
from connector_core.times import format_instant

_PASSIVE, _PROMOTER = 7, 9
"""The lowest rating of each band of NPS (DOC)."""

_ROUNDING = 1.0
"""Sources round their score, we do not know how."""


@frozen
class Line:
    """One partition, compared; `agrees` is None where there is nothing to compare."""

    partition: Partition
    agrees: bool | None
    text: str


def reconcile(job: Job) -> Iterator[Line]:
    """Compare every partition, up to the instant to which it was read. Nothing is loaded, and no place moves.

    Raises:
        ConnectorError: the source or the target cannot be asked.
    """
    history, meanwhile = job.sink.history(), patience(job)
    for partition in listed(job, Summary(job.connection, job.target), meanwhile):
        place = history.places.get(partition.key, Place())
        yield _line(job, partition, place, meanwhile)
        if job.stop.is_set():
            raise StoppedError("stopped before every partition was compared")


def show_each(prepared: Prepared, targets: Sequence[str]) -> int:
    """Compare with each target, one after the other; returns 1 where one differs."""
    code = 0
    for target in targets:
        sink, shaped = prepared.open(target)
        with closing(sink):
            code = max(code, show(prepared.job(target, sink, shaped), prepared.guard))
    return code


def show(job: Job, guard: Guard) -> int:
    """Print a line for each partition; returns 1 where one differs."""
    good = True
    for line in reconcile(job):
        mark = {True: "ok  ", False: "DIFF", None: "?   "}[line.agrees]
        print(plain(guard(f"{mark}  {line.partition.title} ({line.partition.key}): {line.text}")), flush=True)
        good = good and line.agrees is not False
    if not good:
        print("connector-run: source: what it counts differs from what the target holds", file=sys.stderr)
    return 0 if good else 1


def _line(job: Job, partition: Partition, place: Place, meanwhile: Callable[[], None]) -> Line:
    if place.high_water is None:
        return Line(partition, None, "not read to its end yet")
    read = Window(place.low_water, place.high_water)
    counted = elsewhere(lambda: job.source.count(partition, read, job.config, job.http), meanwhile)
    if counted is None or (counted.answers is None and counted.bands is None):
        return Line(partition, None, "the source does not count")
    held = job.sink.held(partition.key, counted.window)
    differs = [name for name, theirs, ours, slack in _pairs(counted, held) if not _agree(theirs, ours, slack)]
    shown = ", ".join(f"{name} {_show(theirs)} / {_show(ours)}" for name, theirs, ours, _ in _pairs(counted, held))
    beside = f", {held.rejected:,} rejected, {held.skipped:,} skipped" if held.rejected or held.skipped else ""
    beside += f" ({held.undated:,} of them without a date)" if held.undated else ""
    where = f"until {format_instant(counted.window.end)}"
    verdict = f"; DIFFERENT: {', '.join(differs)}" if differs else ""
    return Line(partition, not differs, f"source / target {where}: {shown}{beside}{verdict}")


_Value = int | float | tuple[int, int, int]


def _pairs(counted: Counted, held: Held) -> Iterator[tuple[str, _Value, _Value, float]]:
    """What can be compared: its name, the source's value, the target's, and what the former may have more.

    A source that counts scored answers counts rejected ones with a score too. Whether answers without a date are among
    those that it counts is not known.
    """
    loaded = sum(held.ratings.values())
    if counted.answers is not None and counted.scored_only:
        yield "scored answers", counted.answers, loaded, held.rejected
    elif counted.answers is not None:
        yield "answers", counted.answers, loaded + held.rejected + held.skipped - held.undated, held.undated
    bands = bands_of(held.ratings)
    if counted.bands is not None:
        yield "detractors, passives, promoters", counted.bands, bands, held.rejected
    elif counted.nps is not None and loaded and not held.rejected:
        yield "NPS", counted.nps, 100 * (bands[2] - bands[0]) / loaded, _ROUNDING


def bands_of(ratings: Mapping[str, int]) -> tuple[int, int, int]:
    """Detractors (0-6), passives (7-8) and promoters (9-10) among so many records of each rating (DOC)."""
    bands = [0, 0, 0]
    for rating, number in ratings.items():
        bands[(int(rating) >= _PASSIVE) + (int(rating) >= _PROMOTER)] += number
    return bands[0], bands[1], bands[2]


def _agree(theirs: _Value, ours: _Value, slack: float) -> bool:
    if isinstance(theirs, tuple) and isinstance(ours, tuple):
        more = [their - our for their, our in zip(theirs, ours, strict=True)]
        return min(more) >= 0 and sum(more) <= slack
    if isinstance(theirs, tuple) or isinstance(ours, tuple):
        return False
    return abs(theirs - ours) < slack if isinstance(ours, float) else 0 <= theirs - ours <= slack


def _show(value: _Value) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(f"{part:,}" for part in value) + ")"
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
