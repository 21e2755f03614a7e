"""House rules: answers of our own staff are no feedback, and titles say whose customers these are."""

from collections.abc import Generator

import attrs

from connector_core import Feedback, Json, Mapper, Outcome, Skip, hookimpl

STAFF = "@ours.example"


@hookimpl(wrapper=True)
def map() -> Generator[None, Mapper, Mapper]:  # noqa: A001 - the hook's name
    """Wrap the mapper of each partition, whatever source it is of."""
    mapper = yield

    def ruled(raw: Json) -> Outcome:
        outcome = mapper(raw)
        if not isinstance(outcome, Feedback):
            return outcome
        if str(outcome.additional_fields.get("customer.email", "")).endswith(STAFF):
            return Skip("staff", outcome.id, outcome.posted_at)
        return attrs.evolve(outcome, title=f"{outcome.title} (Ours)")

    return ruled
