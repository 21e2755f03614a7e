"""What one answer means. The rules are those of docs/mapping.md; everything of the campaign is looked up once."""

import re
from collections.abc import Mapping
from typing import Any

from connector_core import Feedback, Json, Mapper, Outcome, Partition, Reject, Skip, Transaction, hookimpl
from trackco_nps import text, values
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

LOWEST, HIGHEST = 0, 10
"""The scale of `nps_answer` (PAYLOAD)."""

_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")


class _MisfitError(Exception):
    """The answer is out of the contract: a stable reason, and where in the raw record."""

    def __init__(self, reason: str, path: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path


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
        feedback_id, posted_at = None, values.instant(record.get("time"))
        try:
            key = (_text(record, "id") or "").strip()
            if key:
                feedback_id = id_prefix + key
            author_id, author_name = _text(record, "identification"), _text(record, "name")
            comment = _text(record, "nps_comment")
            tags, categories, ticked = _tags(record), _names(record, "categories"), _ticked(record)
            if feedback_id is None:
                raise _MisfitError("id.missing", "id")
            if posted_at is None:
                raise _MisfitError("date.missing" if _is_blank(record.get("time")) else "date.invalid", "time")
            score = _score(record.get("nps_answer"))
        except _MisfitError as misfit:
            return Reject(misfit.reason, misfit.path, feedback_id, posted_at)
        if score is None:
            return Skip("unscored", feedback_id, posted_at)
        ticket = _take_ticket(tags, ticket_tags)
        fields: dict[str, Json] = {label: score} if label else {}
        fields |= _own_fields(record)
        fields |= {f"tag.{name}": found[0] if len(found) == 1 else found for name, found in tags.items()}
        if categories:
            fields["answer.categories"] = categories
        fields |= {f"justification.{name}": children for name, children in ticked.items()}
        return Feedback(
            id=feedback_id,
            kind=kind,
            rating=str(int(score)),
            title=title,
            text=text.comment(comment) if comment else None,
            posted_at=posted_at,
            author_id=author_id if author_id and not author_id.isspace() else None,
            author_name=(author_name or "").strip() or None,
            survey_id=partition.key,
            survey_title=partition.title,
            transaction=Transaction(ticket, platform) if ticket else None,
            additional_fields=fields,
        )

    return map_answer


def _score(value: Json) -> int | float | None:
    """The score as a number, on its scale; None when the answer has none."""
    if value is None:
        return None
    if isinstance(value, str):
        digits = value.strip()
        if not digits:
            return None
        if not _NUMBER.fullmatch(digits):
            raise _MisfitError("rating.type", "nps_answer")
        value = float(digits) if "." in digits else int(digits)
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise _MisfitError("rating.type", "nps_answer")
    if isinstance(value, float) and not value.is_integer():
        raise _MisfitError("rating.not_whole", "nps_answer")
    if not LOWEST <= value <= HIGHEST:
        raise _MisfitError("rating.out_of_scale", "nps_answer")
    return value


def _own_fields(record: Mapping[str, Json]) -> dict[str, Json]:
    """The answer's own keys that no key of the record holds, unknown ones too, as given."""
    fields = {}
    for key, value in record.items():
        place = PLACES.get(key)
        if place is None:
            place = f"answer.{key}"
        if place and not _is_empty(value):
            fields[place] = value
    return fields


def _tags(record: Mapping[str, Json]) -> dict[str, list[Json]]:
    """The values of each tag by its name, empty ones left out."""
    found: dict[str, list[Json]] = {}
    for position, tag in enumerate(_list(record, "tags")):
        if not isinstance(tag, dict):
            raise _MisfitError("record.shape", f"tags[{position}]")
        name = _name(tag, f"tags[{position}]")
        if not _is_empty(tag.get("value")):
            found.setdefault(name, []).append(tag["value"])
    return found


def _ticked(record: Mapping[str, Json]) -> dict[str, list[str]]:
    """The ticked options, each with those ticked under it."""
    found: dict[str, list[str]] = {}
    for position, option in enumerate(_list(record, "justifications")):
        where = f"justifications[{position}]"
        name = _name(option, where)
        children = _names(option, "children", f"{where}.") if isinstance(option, dict) else []
        if name or children:
            found.setdefault(name, []).extend(children)
    return found


def _names(owner: Mapping[str, Json], key: str, above: str = "") -> list[str]:
    entries = enumerate(_list(owner, key, above))
    return [name for position, entry in entries if (name := _name(entry, f"{above}{key}[{position}]"))]


def _name(entry: Json, path: str) -> str:
    """The name of a tag, category or option, given as an object or as the bare name; empty when it has none."""
    named = isinstance(entry, dict)
    given = entry.get("name") if named else entry
    if isinstance(given, str | dict):
        return text.name(given) or ""
    if given is None and named:
        return ""
    found = values.text(given)
    if found is None or not named:
        raise _MisfitError("record.shape", f"{path}.name" if named else path)
    return found


def _list(owner: Mapping[str, Json], key: str, above: str = "") -> list[Any]:
    value = owner.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _MisfitError("record.shape", above + key)
    return value


def _text(record: Mapping[str, Json], key: str) -> str | None:
    value = record.get(key)
    if value is None or isinstance(value, str):
        return value
    found = values.text(value)
    if found is None:
        raise _MisfitError("record.shape", key)
    return found


def _is_empty(value: Json) -> bool:
    """Whether a value says nothing: null, `""`, `[]`, `{}`. Zero and false do say something."""
    return not value and not isinstance(value, int | float)


def _is_blank(value: Json) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _ticket_tags(field: str | None) -> tuple[str, ...]:
    """The names of the tag that may hold the ticket: as configured, and without the prefix of our own records."""
    return tuple(dict.fromkeys((field, field.removeprefix("tag.")))) if field else ()


def _take_ticket(tags: dict[str, list[Json]], names: tuple[str, ...]) -> str | None:
    """Take the ticket out of the tags; further values of the same tag stay."""
    for name in names:
        found = tags.get(name, [])
        for position, value in enumerate(found):
            ticket = values.text(value)
            if ticket and not ticket.isspace():
                del found[position]
                if not found:
                    del tags[name]
                return ticket
    return None
