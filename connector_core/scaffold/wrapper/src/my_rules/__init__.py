"""My Rules: answers of our own staff are no feedback."""

from collections.abc import Generator

from connector_core import Feedback, Json, Mapper, Outcome, Skip, hookimpl

STAFF = "@ours.example"


@hookimpl(wrapper=True)
def map() -> Generator[None, Mapper, Mapper]:  # noqa: A001 - the hook's name
    """Wrap the mapper of each partition, whatever source it is of."""
    mapper = yield

    def ruled(raw: Json) -> Outcome:
        outcome = mapper(raw)
        if isinstance(outcome, Feedback) and is_staff(outcome):
            return Skip("staff", outcome.id, outcome.posted_at)
        return outcome

    return ruled


def is_staff(record: Feedback) -> bool:
    """Whether one of us has answered."""
    return str(record.additional_fields.get("customer.email", "")).endswith(STAFF)
