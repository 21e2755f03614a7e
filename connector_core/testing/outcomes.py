"""What a mapper makes of records as they are, and of the same mutated."""

from collections.abc import Iterator

from connector_core.jsontext import encode
from connector_core.model import Feedback, Json, Mapper, Outcome
from connector_core.record import record_of
from connector_core.testing import mutations
from connector_core.testing.subject import Sample, Subject

_VARIED = 8
"""Records, different from each other in form, whose mutations are mapped."""


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


def mapped(mapper: Mapper, raw: Json) -> Outcome | None:
    """What a mapper makes of a record; None where it raises, which is the business of one check alone."""
    try:
        return mapper(raw)
    except Exception:  # noqa: BLE001 - see `mapper_never_raises`
        return None


def mutants(subject: Subject) -> Iterator[tuple[str, Outcome]]:
    """What the mapper makes of mutated records, where it makes anything."""
    for sample in varied(subject):
        for what, raw in mutations.mutated(sample.raw):
            outcome = mapped(sample.mapper, raw)
            if outcome is not None:
                yield f"record with {what}", outcome


def records(subject: Subject) -> Iterator[tuple[str, Feedback]]:
    """Every record that is made, of real answers and of mutated ones, with where it comes from."""
    for number, sample in enumerate(subject.samples):
        if isinstance(sample.outcome, Feedback):
            yield f"partition {sample.partition.key}, record {number}", sample.outcome
    yield from ((where, outcome) for where, outcome in mutants(subject) if isinstance(outcome, Feedback))
