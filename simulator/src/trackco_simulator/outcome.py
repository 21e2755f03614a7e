"""What becomes of an answer, and the sums of it."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple, TypeAlias

from attrs import field, frozen

Record: TypeAlias = dict[str, Any]
"""A record as `docs/mapping.md` defines it; its values are JSON."""

CONTACT_FIELDS = frozenset(
    ("email", "phone", "alternative_email", "alternative_phone", "e_mail", "telefone", "celular", "whatsapp")
)
"""The names under which generated accounts hold contact data, wherever they hold it; records leave them out."""


class Dirt(NamedTuple):
    """How dirty drawn answers are: the share that must be rejected, and whether some must be skipped."""

    broken: float
    skipped: bool = True


CLEAN = Dirt(0.0, skipped=False)
"""Every answer must be imported."""


class Outcome(NamedTuple):
    """Imported, or skipped or rejected with the reason."""

    result: Literal["imported", "skipped", "rejected"]
    reason: str = ""
    doubtful_time: bool = False


@frozen
class Counts:
    """What an import of an account must count, over its importable surveys or campaigns."""

    importable: int
    skipped: dict[str, int]
    rejected: dict[str, int]
    ambiguous_times: int
    unimportable: tuple[str, ...] = field(default=())


def count(outcomes: Iterable[Outcome], unimportable: Iterable[str] = ()) -> Counts:
    """Add outcomes up; doubtful times count where the answer is imported."""
    sums: dict[str, Counter[str]] = {"imported": Counter(), "skipped": Counter(), "rejected": Counter()}
    doubtful = 0
    for outcome in outcomes:
        sums[outcome.result][outcome.reason] += 1
        doubtful += outcome.doubtful_time and outcome.result == "imported"
    return Counts(
        importable=sums["imported"].total(),
        skipped=dict(sorted(sums["skipped"].items())),
        rejected=dict(sorted(sums["rejected"].items())),
        ambiguous_times=doubtful,
        unimportable=tuple(unimportable),
    )


def filled(value: object) -> bool:
    """Say whether an attribute says anything: null, empty text, lists and objects do not."""
    return value is not None and value not in ("", [], {})


def as_text(value: object) -> str:
    """Return an id as text; numbers become text."""
    return value if isinstance(value, str) else str(value)
