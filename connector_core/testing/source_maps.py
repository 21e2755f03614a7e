"""The checks of a mapper: pure, deterministic, unshakable, and what its records must be."""

import re
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from connector_core.jsontext import encode
from connector_core.model import Feedback, Json, Outcome, Reject, Skip
from connector_core.testing import mutations
from connector_core.testing.contract import check
from connector_core.testing.outcomes import mapped, mutants, told, varied
from connector_core.testing.subject import Sample, Subject

_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")

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
        odd = [("nothing changed", sample.raw), *(("nothing in it", raw) for raw in mutations.NO_RECORDS)]
        for what, raw in (*odd, *mutations.mutated(sample.raw)):
            try:
                sample.mapper(raw)
            except Exception as error:  # noqa: BLE001 - that is what is looked for
                yield f"partition {sample.partition.key}: raises {type(error).__name__}, record with {what}"


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
            made = mapped(sample.mapper, raw)
            if not isinstance(made, Reject | None):
                yield f"{raw!a} is no record, and becomes a {type(made).__name__}"
        for path in _places_of_the_id(sample, subject.id_prefix):
            for raw in (mutations.without(sample.raw, path), mutations.replaced(sample.raw, path, None)):
                if isinstance(mapped(sample.mapper, raw), Feedback):
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


def _places_of_the_id(sample: Sample, prefix: str) -> list[mutations.Path]:
    """Where the record says the whole of its id; several places, if it says it more than once, are none."""
    if not isinstance(sample.outcome, Feedback):
        return []
    own = sample.outcome.id.removeprefix(prefix)
    found = [path for path in mutations.places(sample.raw) if str(mutations.value_at(sample.raw, path)) == own]
    return found if len(found) == 1 else []


CHECKS = (
    mapper_is_pure,
    mapper_is_deterministic,
    mapper_never_raises,
    odd_records_are_rejected_with_a_reason,
)
