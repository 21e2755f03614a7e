"""Instants and the forms in which the vendor may write them."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from trackco_simulator.draws import between, chance, pick

DAY = 86_400
_MILLISECONDS = 100_000_000_000
_FORMS = ("space",) * 80 + ("T",) * 5 + ("Z", "offset", "offset", "fraction") * 2 + ("seconds", "milliseconds") * 3
UNREADABLE = ("0000-00-00 00:00:00", "ontem", "2024-13-45 10:00:00", "2023-02-29 10:00:00", "10h30")


class Dated(NamedTuple):
    """A date on the wire, the instant it stands for, and whether a change of clocks makes it doubtful."""

    wire: str | int
    at: int
    doubtful: bool


def seconds(moment: datetime | None) -> float | None:
    """Return a moment as unix seconds; none stays none."""
    return None if moment is None else moment.timestamp()


def rfc3339(at: int) -> str:
    """Return an instant as records hold it."""
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None).isoformat() + "Z"


def local_text(at: int, zone: ZoneInfo) -> str:
    """Return an instant as the account's clock on the wall shows it."""
    return datetime.fromtimestamp(at, zone).replace(tzinfo=None).isoformat(" ")


def read_local(naive: datetime, zone: ZoneInfo) -> tuple[int, bool]:
    """Return the instant of a wall-clock time, the earlier offset's if in doubt, and whether it was in doubt."""
    aware = naive.replace(tzinfo=zone, fold=0)
    return int(aware.timestamp()), aware.utcoffset() != aware.replace(fold=1).utcoffset()


def find_instant(wire: object, zone: ZoneInfo) -> int | None:
    """Return the instant that a hand-made record's date stands for, if it can be read."""
    if isinstance(wire, int):
        return wire // 1000 if wire >= _MILLISECONDS else wire
    try:
        moment = datetime.fromisoformat(wire) if isinstance(wire, str) else None
    except ValueError:
        return None
    if moment is None:
        return None
    return int(moment.timestamp()) if moment.tzinfo else read_local(moment, zone)[0]


def naive_date(naive: datetime, zone: ZoneInfo) -> Dated:
    """Write a wall-clock time without an offset."""
    at, doubtful = read_local(naive, zone)
    return Dated(naive.isoformat(" "), at, doubtful)


def write_date(rng: random.Random, at: int, zone: ZoneInfo) -> Dated:
    """Write an instant in one of the vendor's forms; mostly without an offset, in the account's zone."""
    form = pick(rng, _FORMS)
    if form in {"space", "T"}:
        dated = naive_date(datetime.fromtimestamp(at, zone).replace(tzinfo=None), zone)
        return dated if form == "space" else dated._replace(wire=str(dated.wire).replace(" ", "T"))
    if form == "seconds":
        return Dated(at, at, doubtful=False)
    if form == "milliseconds":
        return Dated(at * 1000 + between(rng, 0, 999), at, doubtful=False)
    if form == "Z":
        return Dated(rfc3339(at), at, doubtful=False)
    local = datetime.fromtimestamp(at, zone)
    if form == "fraction":
        local = local.replace(microsecond=between(rng, 1, 999_999))
    return Dated(local.isoformat(), at, doubtful=False)


def instants(rng: random.Random, count: int, end: datetime, days: int) -> list[int]:
    """Return sorted instants of a period, a few of them at the very second at which windows begin and end."""
    last = int(end.timestamp())
    first = last - days * DAY
    drawn = []
    for _ in range(count):
        at = between(rng, first, last - 1)
        if chance(rng, 0.005):
            at = max(first, at - at % DAY)
        drawn.append(at)
    drawn.sort()
    return drawn


def doubtful_times(rng: random.Random, zone: ZoneInfo, end: datetime, days: int) -> Iterator[datetime]:
    """Yield wall-clock times, without end, that a change of clocks in the period skips or repeats; maybe none."""
    hours = [_doubtful_hour(moment, zone) for moment in _changes(zone, end - timedelta(days=days), end)]
    while hours:
        start, length = pick(rng, hours)
        yield start + timedelta(seconds=between(rng, 0, length - 1))


def _changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[int]:
    """Yield the instants at which the zone's offset changes."""
    for at in range(int(start.timestamp()), int(end.timestamp()) - DAY, DAY):
        low, high = at, at + DAY
        if _offset(low, zone) == _offset(high, zone):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _offset(middle, zone) == _offset(low, zone) else (low, middle)
        yield high


def _offset(at: int, zone: ZoneInfo) -> int:
    shift = datetime.fromtimestamp(at, zone).utcoffset()
    return 0 if shift is None else int(shift.total_seconds())


def _doubtful_hour(change: int, zone: ZoneInfo) -> tuple[datetime, int]:
    """Return the first doubtful wall-clock time at a change of clocks and how many seconds are doubtful."""
    before, after = _offset(change - 1, zone), _offset(change, zone)
    start = datetime.fromtimestamp(change + min(before, after), UTC).replace(tzinfo=None)
    return start, abs(after - before)
