"""What one answer means. The rules are those of docs/mapping.md; everything of the campaign is looked up once."""

from collections.abc import Mapping

from connector_core import Feedback, Json, Mapper, Outcome, Partition, Reject, Skip, Transaction, hookimpl
from trackco_nps import parts, values
from trackco_nps.campaigns import scored_question
from trackco_nps.config import Config

_HELD = ""
PLACES: Mapping[str, str] = {
    "id": _HELD,
    "time": _HELD,
    "type": "answer.type",
    "name": _HELD,
    "email": "customer.email",
    "phone": "customer.phone",
    "identification": _HELD,
    "alternative_email": "customer.alternative_email",
    "alternative_phone": "customer.alternative_phone",
    "nps_answer": _HELD,
    "last_nps_answer": _HELD,
    "nps_comment": _HELD,
    "campaign_name": _HELD,
    "campaign_code": _HELD,
    "deadline": "answer.deadline",
    "dispatch_time": "answer.dispatch_time",
    "reminder_time": "answer.reminder_time",
    "elapsed_time": "answer.elapsed_time",
    "status": "answer.status",
    "priority": "answer.priority",
    "assignee": "answer.assignee",
    "lot_code": "answer.lot_code",
    "picture": "answer.picture",
    "tags": _HELD,
    "categories": _HELD,
    "justifications": _HELD,
}
"""The 26 keys of an answer (PAYLOAD), and the name of each among the additional fields; empty when held elsewhere, or
left out as `last_nps_answer`, which is reported unreliable (CLIENT)."""

RESERVED = ("metadata.", "interaction.", "customer.", "tag.", "answer.", "justification.")
"""Prefixes of additional fields, which no question's text may have."""


@hookimpl
def map(partition: Partition, config: Config, id_prefix: str) -> Mapper:  # noqa: A001 - the hook's name
    """Compile the mapper of one campaign."""
    kind, question = scored_question(partition.definition, config.wire)
    label = f"{question} ({partition.key})" if question and question.startswith(RESERVED) else question
    title = f"[{kind.upper()}] {partition.title}"
    ticket_tags = _ticket_tags(config.metadata.transaction_id_field)
    platform = config.metadata.transaction_platform

    def map_answer(record: Json) -> Outcome:
        if not isinstance(record, dict):
            return Reject("record.shape", "$")
        try:
            answer = parts.read(record)
        except parts.MisfitError as misfit:
            own_id = (values.text(record.get("id")) or "").strip()
            feedback_id = id_prefix + own_id if own_id else None
            return Reject(misfit.reason, misfit.path, feedback_id, values.instant(record.get("time")))
        if answer.score is None:
            return Skip("unscored", id_prefix + answer.id, answer.posted_at)
        tags = answer.tags
        ticket = _take_ticket(tags, ticket_tags)
        fields: dict[str, Json] = {label: answer.score} if label else {}
        _add_own_fields(fields, record)
        for name, found in tags.items():
            fields[f"tag.{name}"] = found[0] if len(found) == 1 else found
        if answer.categories:
            fields["answer.categories"] = answer.categories
        for name, children in answer.justifications.items():
            fields[f"justification.{name}"] = children
        return Feedback(
            id=id_prefix + answer.id,
            kind=kind,
            rating=str(int(answer.score)),
            title=title,
            text=answer.comment,
            posted_at=answer.posted_at,
            author_id=answer.author_id,
            author_name=answer.author_name,
            survey_id=partition.key,
            survey_title=partition.title,
            transaction=Transaction(ticket, platform) if ticket else None,
            additional_fields=fields,
        )

    return map_answer


def _add_own_fields(fields: dict[str, Json], record: Mapping[str, Json]) -> None:
    """Add the answer's own keys that no key of the record holds, unknown ones too, as given."""
    for key, value in record.items():
        place = PLACES.get(key)
        if place is None:
            place = f"answer.{key}"
        if place and not values.is_empty(value):
            fields[place] = value


def _ticket_tags(field: str | None) -> tuple[str, ...]:
    """The names of the tag that may hold the ticket: as configured, and without the prefix of our own records."""
    return tuple(dict.fromkeys((field, field.removeprefix("tag.")))) if field else ()


def _take_ticket(tags: dict[str, list[Json]], names: tuple[str, ...]) -> str | None:
    """Take the ticket out of the tags; further values of the same tag stay."""
    for name in names:
        found = tags.get(name, [])
        for position, value in enumerate(found):
            ticket = (values.text(value) or "").strip()
            if ticket:
                del found[position]
                if not found:
                    del tags[name]
                return ticket
    return None
