"""`--reconcile`: what the source itself counts, beside what the target holds."""

from collections.abc import Iterator, Mapping

from attrs import frozen

from connector_core.job import Job, listed, patience
from connector_core.model import Counted, Partition, Window
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
        yield _line(job, partition, history.places.get(partition.key, Place()))


def show(job: Job, guard: Guard) -> int:
    """Print a line for each partition; returns 1 where one differs."""
    good = True
    for line in reconcile(job):
        mark = {True: "ok  ", False: "DIFF", None: "?   "}[line.agrees]
        print(plain(guard(f"{mark}  {line.partition.title} ({line.partition.key}): {line.text}")), flush=True)
        good = good and line.agrees is not False
    return 0 if good else 1


def _line(job: Job, partition: Partition, place: Place) -> Line:
    if place.high_water is None:
        return Line(partition, None, "not read to its end yet")
    read = Window(place.low_water, place.high_water)
    counted = job.source.count(partition, read, job.config, job.http)
    if counted is None or (counted.answers is None and counted.bands is None):
        return Line(partition, None, "the source does not count")
    held = job.sink.held(partition.key, counted.window)
    differs = [name for name, theirs, ours in _pairs(counted, held) if not _agree(theirs, ours)]
    shown = ", ".join(f"{name} {_show(theirs)} / {_show(ours)}" for name, theirs, ours in _pairs(counted, held))
    beside = f", {held.rejected:,} rejected, {held.skipped:,} skipped" if held.rejected or held.skipped else ""
    where = f"until {format_instant(counted.window.end)}"
    verdict = f"; DIFFERENT: {', '.join(differs)}" if differs else ""
    return Line(partition, not differs, f"source / target {where}: {shown}{beside}{verdict}")


_Value = int | float | tuple[int, int, int]


def _pairs(counted: Counted, held: Held) -> Iterator[tuple[str, _Value, _Value]]:
    """What can be compared: its name, the source's value, the target's."""
    loaded = sum(held.ratings.values())
    if counted.answers is not None:
        ours = loaded if counted.scored_only else loaded + held.rejected + held.skipped
        yield ("scored answers" if counted.scored_only else "answers"), counted.answers, ours
    bands = bands_of(held.ratings)
    if counted.bands is not None:
        yield "detractors, passives, promoters", counted.bands, bands
    if counted.nps is not None and loaded:
        yield "NPS", counted.nps, 100 * (bands[2] - bands[0]) / loaded


def bands_of(ratings: Mapping[str, int]) -> tuple[int, int, int]:
    """Detractors (0-6), passives (7-8) and promoters (9-10) among so many records of each rating (DOC)."""
    bands = [0, 0, 0]
    for rating, number in ratings.items():
        bands[(int(rating) >= _PASSIVE) + (int(rating) >= _PROMOTER)] += number
    return bands[0], bands[1], bands[2]


def _agree(theirs: _Value, ours: _Value) -> bool:
    if isinstance(theirs, int | float) and isinstance(ours, float):
        return abs(theirs - ours) < _ROUNDING
    return theirs == ours


def _show(value: _Value) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(f"{part:,}" for part in value) + ")"
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
