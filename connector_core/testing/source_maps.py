"""The checks of a mapper: pure, deterministic, unshakable, and what its records must be."""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC
from types import FrameType
from typing import Any

from connector_core.jsontext import encode
from connector_core.mapping import record_of
from connector_core.model import Feedback, Json, Outcome, Reject, Skip
from connector_core.personal import matcher
from connector_core.testing import mutations
from connector_core.testing.contract import check
from connector_core.testing.subject import Sample, Subject

_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_WHOLE = re.compile(r"-?[0-9]+")
_VARIED = 8
"""Records, different from each other in form, whose mutations are mapped."""

_IMPURE = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "localtime", "sleep"},
    "posix": {"urandom", "open", "stat", "listdir", "system", "getpid"},
    "_io": {"open"},
    "builtins": {"print", "input"},
    "_socket": {"getaddrinfo"},
}
"""Functions that no mapper may call, by module; below, those that are methods."""
_IMPURE_METHODS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "Random.random", "Random.getrandbits",
    "socket.connect",
}  # fmt: skip


def told(outcome: Outcome) -> bytes:
    """All that an outcome says, as bytes to compare."""
    if isinstance(outcome, Feedback):
        return encode(record_of(outcome)) + repr(outcome.notes).encode()
    return repr(outcome).encode("utf-8", "backslashreplace")


def varied(subject: Subject) -> list[Sample]:
    """A few records that differ in form, those that become records first."""
    forms: dict[str, Sample] = {}
    for sample in sorted(subject.samples, key=lambda sample: not isinstance(sample.outcome, Feedback)):
        paths = map(mutations.shown, mutations.places(sample.raw))
        forms.setdefault(f"{sample.partition.key} {sorted(paths)}", sample)
    return list(forms.values())[:_VARIED]


def mutants(subject: Subject) -> Iterator[tuple[str, Outcome]]:
    """What the mapper makes of mutated records; those on which it raises are the business of one check alone."""
    for sample in varied(subject):
        for what, raw in mutations.mutated(sample.raw):
            try:
                yield f"record with {what}", sample.mapper(raw)
            except Exception:  # noqa: BLE001, S112 - see `mapper_never_raises`
                continue


def records(subject: Subject) -> Iterator[tuple[str, Feedback]]:
    """Every record that is made, of real answers and of mutated ones, with where it comes from."""
    for number, sample in enumerate(subject.samples):
        if isinstance(sample.outcome, Feedback):
            yield f"partition {sample.partition.key}, record {number}", sample.outcome
    yield from ((where, outcome) for where, outcome in mutants(subject) if isinstance(outcome, Feedback))


@check(
    mend="Let `map` read all it needs from the partition's definition, once, and the mapper from the record alone;"
    " make a new object instead of changing the one that is given."
)
def mapper_is_pure(subject: Subject) -> Iterator[str]:
    """The mapper looks at a clock, at chance, at a file or at the network, or changes what it is given.

    A replay then gives other records than the run, and an answer that has not changed is loaded again as if it had.
    """
    for number, sample in enumerate(subject.samples):
        before = encode(sample.raw)
        called = _calls(sample.mapper, sample.raw)
        yield from (f"partition {sample.partition.key}, record {number}: calls {name}" for name in sorted(called))
        if encode(sample.raw) != before:
            yield f"partition {sample.partition.key}, record {number}: is changed by its mapper"


def _calls(mapper: Callable[[Json], Outcome], raw: Json) -> set[str]:
    """The impure functions that a mapper calls for one record."""
    found: set[str] = set()

    def watch(_: FrameType, event: str, called: Any) -> None:
        if event != "c_call":
            return
        name, owner = called.__name__, getattr(called, "__self__", None)
        kind = owner if isinstance(owner, type) else type(owner)
        methods = {f"{cls.__name__}.{name}" for cls in kind.__mro__}
        if name in _IMPURE.get(called.__module__ or "", ()) or methods & _IMPURE_METHODS:
            found.add(f"{called.__module__}.{name}" if called.__module__ else f"{kind.__name__}.{name}")

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        mapper(raw)
    finally:
        sys.setprofile(before)
    return found


@check(mend="Keep nothing between two records: no counter, no set of what was seen, no first or last one.")
def mapper_is_deterministic(subject: Subject) -> Iterator[str]:
    """What becomes of an answer depends on the answers before it, or on how often it is mapped.

    After a resume, or with another order of pages, other records would come of the same answers.
    """
    again = {sample.partition.key: subject.mapper(sample.partition) for sample in subject.samples}
    for number, sample in reversed(list(enumerate(subject.samples))):
        expected = told(sample.outcome)
        outcomes = [
            sample.mapper(sample.raw),
            again[sample.partition.key](sample.raw),
            subject.mapper(sample.partition)(sample.raw),
        ]
        if any(told(outcome) != expected for outcome in outcomes):
            yield f"partition {sample.partition.key}, record {number}: is mapped otherwise the second time"


@check(
    mend="Check the type of each part before using it, and return Reject(reason, path) for what does not fit."
    " `connector-run` would survive (one record is rejected as map.bug), but nobody would learn what is wrong with it."
)
def mapper_never_raises(subject: Subject) -> Iterator[str]:
    """The mapper raises on a record that is not as expected.

    APIs change without notice; each such record would be rejected as a bug, without a reason that a person can act
    on.
    """
    for sample in varied(subject):
        odd = [("what is no record", raw) for raw in mutations.NO_RECORDS]
        for what, raw in (*odd, *mutations.mutated(sample.raw)):
            try:
                sample.mapper(raw)
            except Exception as error:  # noqa: BLE001 - that is what is looked for
                yield f"partition {sample.partition.key}: raises {type(error).__name__} for a record with {what}"


@check(
    mend="Return Reject(reason, path): the reason a code such as rating.out_of_scale, the path where in the record"
    " it is ($ for all of it). Skip is for answers that are rightly left out, by a rule that has a name."
)
def odd_records_are_rejected_with_a_reason(subject: Subject) -> Iterator[str]:
    """What is out of the contract is passed over, or loaded all the same, or rejected without a reason.

    A reason tells where to look. Without one, nobody would see that answers are missing.
    """
    for number, outcome in enumerate(sample.outcome for sample in subject.samples):
        yield from (f"record {number}: {flaw}" for flaw in _unexplained(outcome))
    for where, outcome in mutants(subject):
        yield from (f"{where}: {flaw}" for flaw in _unexplained(outcome))
    for sample in varied(subject):
        for raw in mutations.NO_RECORDS:
            made = _mapped(sample, raw)
            if not isinstance(made, Reject | None):
                yield f"{raw!a} is no record, and becomes a {type(made).__name__}"
        for path in _places_of_the_id(sample, subject.id_prefix):
            for raw in (mutations.without(sample.raw, path), mutations.replaced(sample.raw, path, None)):
                if isinstance(_mapped(sample, raw), Feedback):
                    yield f"a record without {mutations.shown(path)}, from which its id comes, is loaded"


def _unexplained(outcome: Any) -> Iterator[str]:
    if isinstance(outcome, Feedback):
        return
    if not isinstance(outcome, Skip | Reject):
        yield f"becomes {type(outcome).__name__}, which is neither Feedback, Skip nor Reject"
        return
    if not isinstance(outcome.reason, str) or not _CODE.fullmatch(outcome.reason):
        yield "has a reason that is no code (small letters, digits, _ and dots)"
    if isinstance(outcome, Reject) and not (isinstance(outcome.path, str) and outcome.path):
        yield "is rejected without a path"


def _mapped(sample: Sample, raw: Json) -> Outcome | None:
    try:
        return sample.mapper(raw)
    except Exception:  # noqa: BLE001 - see `mapper_never_raises`
        return None


def _places_of_the_id(sample: Sample, prefix: str) -> list[mutations.Path]:
    """Where the record says the whole of its id; several places, if it says it more than once, are none."""
    if not isinstance(sample.outcome, Feedback):
        return []
    own = sample.outcome.id.removeprefix(prefix)
    found = [path for path in mutations.places(sample.raw) if str(mutations.value_at(sample.raw, path)) == own]
    return found if len(found) == 1 else []


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
            edited = _mapped(sample, mutations.replaced(sample.raw, path, "edited"))
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
    mapper_is_pure,
    mapper_is_deterministic,
    mapper_never_raises,
    odd_records_are_rejected_with_a_reason,
    ids_are_unique,
    ids_are_stable,
    posted_at_is_in_utc,
    ratings_are_within_their_scale,
    records_are_well_formed,
)
