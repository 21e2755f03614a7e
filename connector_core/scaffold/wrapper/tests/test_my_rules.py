"""What the rules make of records: they are tried on a mapper as a source has it, without any source."""

from datetime import UTC, datetime

import my_rules
import pytest

from connector_core import Feedback, Json, Mapper, Outcome, Reject, Skip

AT = datetime(2025, 3, 1, tzinfo=UTC)


def record(email: str) -> Feedback:
    return Feedback(
        id="any:1", kind="nps", rating="9", title="[NPS] Any", posted_at=AT, survey_id="s", survey_title="Any",
        additional_fields={"customer.email": email},
    )  # fmt: skip


def wrapped(outcome: Outcome) -> Mapper:
    """The rules around a mapper that always gives this."""

    def mapper(_: Json) -> Outcome:
        return outcome

    wrapping = my_rules.map()
    next(wrapping)
    with pytest.raises(StopIteration) as end:
        wrapping.send(mapper)
    ruled: Mapper = end.value.value
    return ruled


def test_answers_of_our_own_staff_are_skipped_and_others_stay_as_they_are() -> None:
    assert wrapped(record("we@ours.example"))(None) == Skip("staff", "any:1", AT)
    assert wrapped(record("somebody@example.com"))(None) == record("somebody@example.com")
    assert wrapped(Reject("rating.type", "score"))(None) == Reject("rating.type", "score")
