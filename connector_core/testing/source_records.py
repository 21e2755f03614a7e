"""The checks of the records that a mapper makes: ids, instants, ratings, types."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC

from connector_core.jsontext import encode
from connector_core.model import Feedback
from connector_core.personal import matcher
from connector_core.testing import mutations
from connector_core.testing.contract import check
from connector_core.testing.outcomes import mapped, records, varied
from connector_core.testing.subject import Subject

_WHOLE = re.compile(r"-?[0-9]+")


@check(
    mend="Build the id of `id_prefix` and the source's own id of the answer, and of nothing else;"
    " where that is unique within a survey only, of both their ids."
)
def ids_are_unique(subject: Subject) -> Iterator[str]:
    """Two answers have one id, or an id does not begin with `id_prefix`.

    The later answer would take the place of the earlier one, or of one of another connection.
    """
    seen: Counter[str] = Counter()
    for reading in subject.readings:
        mapper = subject.mapper(reading.task.partition)
        different = {encode(raw): mapper(raw) for raw in reading.records}
        own = {outcome.id for outcome in different.values() if isinstance(outcome, Feedback)}
        if len(own) < sum(isinstance(outcome, Feedback) for outcome in different.values()):
            yield f"partition {reading.task.partition.key}: different answers have the same id"
        seen.update(own)
        wrong = [key for key in own if not key.startswith(subject.id_prefix) or key == subject.id_prefix]
        if wrong:
            yield f"partition {reading.task.partition.key}: {len(wrong)} ids do not begin with the given id_prefix"
    if any(number > 1 for number in seen.values()):
        yield "answers of different partitions have the same id"


@check(mend="Build the id of the source's own id of the answer; never of its content, its place in a list, or a hash.")
def ids_are_stable(subject: Subject) -> Iterator[str]:
    """The id of an answer changes when somebody edits its text, or the customer's data.

    The edited answer would be loaded as a second one beside the first.
    """
    kind_of = matcher(subject.source.description.personal)
    for sample in varied(subject):
        if not isinstance(sample.outcome, Feedback):
            continue
        for path in mutations.places(sample.raw):
            names = ".".join(key for key in path if isinstance(key, str))
            if kind_of(names) not in ("text", "author", "contact") or not isinstance(
                mutations.value_at(sample.raw, path), str
            ):
                continue
            edited = mapped(sample.mapper, mutations.replaced(sample.raw, path, "edited"))
            if isinstance(edited, Feedback) and edited.id != sample.outcome.id:
                yield f"partition {sample.partition.key}: another {mutations.shown(path)} gives another id"


@check(mend="Read dates with `instant_reader(zone)`, which returns an aware instant in UTC, in whole seconds.")
def posted_at_is_in_utc(subject: Subject) -> Iterator[str]:
    """`posted_at` has no time zone, or another than UTC. Windows, cursors and charts would be off by hours."""
    for where, record in records(subject):
        if record.posted_at is None or record.posted_at.tzinfo is not UTC or record.posted_at.microsecond:
            yield f"{where}: posted_at is not an aware instant in UTC, in whole seconds"


@check(
    mend="Return the score as the customer gave it, a whole number as text, never normalised; reject what is no whole"
    " number or lies outside the scale. Where the scale is another than 0 to 10, say so to SourceCase(scales=...)."
)
def ratings_are_within_their_scale(subject: Subject) -> Iterator[str]:
    """A rating is no whole number as text, or lies outside the scale of its kind.

    It would count in the score of a survey as if a customer had given it.
    """
    for where, record in records(subject):
        low, high = subject.case.scales.get(record.kind, (0, -1))
        if not isinstance(record.rating, str) or not _WHOLE.fullmatch(record.rating):
            yield f"{where}: the rating is no whole number as text"
        elif not low <= int(record.rating[:20]) <= high:
            yield f"{where}: the rating lies outside {low} to {high}, the scale of {record.kind}"


@check(mend="Give each field the type that `Feedback` declares, and only JSON values in additional_fields.")
def records_are_well_formed(subject: Subject) -> Iterator[str]:
    """A field of a record is of another type than `Feedback` declares, or cannot be written as JSON.

    Targets would refuse the whole page, or store what nobody can read.
    """
    for where, record in records(subject):
        wrong = [
            name for name in ("id", "title", "survey_id", "survey_title") if not isinstance(getattr(record, name), str)
        ]
        wrong += [
            name for name in ("text", "author_id", "author_name") if not isinstance(getattr(record, name), str | None)
        ]
        wrong += ["kind"] if record.kind not in subject.case.scales else []
        try:
            encode(record.additional_fields)
        except (TypeError, ValueError, RecursionError):
            wrong.append("additional_fields")
        if wrong:
            yield f"{where}: {', '.join(wrong)}"


CHECKS = (
    ids_are_unique,
    ids_are_stable,
    posted_at_is_in_utc,
    ratings_are_within_their_scale,
    records_are_well_formed,
)
