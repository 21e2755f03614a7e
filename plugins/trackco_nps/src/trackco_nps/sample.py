"""What some answers of a real account tell of our assumptions: findings that show names and counts, never a value."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from connector_core import Finding, Json
from trackco_nps import text, values
from trackco_nps.chunks import Chunk
from trackco_nps.counts import bands, scored
from trackco_nps.mapper import PLACES
from trackco_nps.selection import Own, is_far

_NEEDED = ("id", "time", "nps_answer")
"""Without these keys an answer cannot be imported."""


def codes_finding(own: int, found: int, code: str) -> Finding:
    """Whether `codes` was honoured, from how many answers of the campaign there are among all that came."""
    if not found:
        return Finding("codes", None, f"campaign {code} has no recent answers to judge by")
    if own == found:
        return Finding("codes", ok=True, text=f"asked for campaign {code}, {found:,} answers came, all of it")
    told = f"asked for campaign {code}, {found - own:,} of {found:,} answers are of others; they are cut out"
    return Finding("codes", ok=False, text=told)


def keys_finding(answers: Iterable[Json]) -> Finding:
    """Which of the 26 known keys (PAYLOAD) no answer has, and which unknown ones there are."""
    seen = {key for answer in _objects(answers) for key in answer}
    if not seen:
        return Finding("answer keys", None, "no answers to judge by")
    missing, unknown = sorted(PLACES.keys() - seen), sorted(seen - PLACES.keys())
    told = [f"{len(PLACES) - len(missing)} of the {len(PLACES)} known keys are there"]
    if missing:
        told.append(f"missing: {', '.join(missing)}")
    if unknown:
        told.append(f"unknown, loaded as answer.*: {', '.join(unknown)}")
    return Finding("answer keys", ok=not any(key in missing for key in _NEEDED), text="; ".join(told))


def tags_finding(answers: Own) -> Finding:
    """Whether `tags=true` filled the tags (CLIENT)."""
    held = sum(1 for answer in _objects(answers) if answer.get("tags"))
    told = (
        f"{held:,} of {answers.count:,} answers have tags"
        if held
        else "no answer has tags: not used, or tags=true does nothing"
    )
    return Finding("tags", True if held else None, told)


def ticket_finding(answers: Own, field: str) -> Finding:
    """Whether answers have the tag that is configured to hold the ticket; otherwise the nearest names."""
    names = Counter(name for answer in _objects(answers) for name in _tag_names(answer))
    wanted = field if field in names else field.removeprefix("tag.")
    if wanted in names:
        told = f"{names[wanted]:,} tags of {answers.count:,} answers are called {wanted}"
        return Finding("metadata.transaction_id_field", ok=True, text=told)
    near = get_close_matches(wanted, sorted(names), 3, cutoff=0.0)
    told = f"no answer has a tag called {wanted}" + (f"; the nearest are {', '.join(near)}" if near else "")
    return Finding("metadata.transaction_id_field", ok=False if names else None, text=told)


def fullest_day(answers: Iterable[Json], zone: ZoneInfo, before: date) -> date | None:
    """The past day with the most answers: the one that tells most."""
    days = Counter(day for answer in answers if (day := _day(answer, zone)) is not None and day < before)
    return max(days, key=lambda day: (days[day], day), default=None)


def dates_finding(day: date, again: Own) -> Finding:
    """Whether a request for one day alone, which has answers, brings them and none of other days (CLIENT)."""
    if not again.count:
        told = f"{day} has answers, but a request for it alone brings none; set wire.last_day_included to false"
        return Finding("dates", ok=False, text=told)
    far = sum(1 for answer in again if is_far(answer, Chunk(day, day)))
    told = f"a request for {day} alone brings {again.count:,} answers"
    if far:
        told += f", {far:,} of other days: `start` and `end` are ignored; all is read, again and again"
    return Finding("dates", ok=not far, text=told)


def zone_finding(day: date, answers: Own, again: Own, zone: ZoneInfo) -> Finding:
    """Whether a request for one day brings exactly the answers of that day in a zone (ASSUMED)."""
    outside = sum(1 for answer in again if _day(answer, zone) != day)
    brought = {_id(answer) for answer in again}
    missing = sum(1 for answer in answers if _day(answer, zone) == day and _id(answer) not in brought)
    if not outside and not missing:
        told = f"the answers of a request for {day} are those of that day in {zone.key}"
        return Finding("time zone of dates", ok=True, text=told)
    told = (
        f"of a request for {day}, {outside:,} answers are not of that day in {zone.key}, {missing:,} are missing;"
        " another data_source.time_zone may fit. Nothing is lost by it: reading asks for a day more at both ends"
    )
    return Finding("time zone of dates", ok=False, text=told)


def report_finding(report: Json, answers: Own) -> Finding:
    """Whether `/report/nps` can be read, and counts as many scores as the answers of the same days hold."""
    if not isinstance(report, dict) or "nps" not in report:
        return Finding("report/nps", ok=False, text="it answers without the key nps")
    counts = bands(report)
    if counts is None:
        return Finding("report/nps", ok=True, text="it can be read; it gives no counts to compare with")
    counted, came = sum(counts), scored(answers)
    told = f"it counts {counted:,} scores; the answers that came for the same days hold {came:,}"
    if counted > came:
        told += (
            "; unless some were given this minute, the API does not give all answers that it has, or counts others:"
            " then set wire.compare_counts to false"
        )
    return Finding("report/nps", ok=counted == came, text=told)


def _objects(answers: Iterable[Json]) -> Iterator[dict[str, Json]]:
    return (answer for answer in answers if isinstance(answer, dict))


def _tag_names(answer: dict[str, Json]) -> Iterator[str]:
    tags = answer.get("tags")
    for tag in tags if isinstance(tags, list) else ():
        name = text.name(tag.get("name")) if isinstance(tag, dict) else None
        if name:
            yield name


def _id(answer: Json) -> str | None:
    return values.text(answer.get("id")) if isinstance(answer, dict) else None


def _day(answer: Json, zone: ZoneInfo) -> date | None:
    instant = values.instant(answer.get("time")) if isinstance(answer, dict) else None
    with suppress(OverflowError):  # of the year 1 or 9999
        return instant.astimezone(zone).date() if instant else None
    return None
