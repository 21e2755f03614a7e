"""The mapping that all contestants but ours share: plain dicts, by hand, as fast as one would write it.

It does what docs/mapping.md asks of well-formed answers, and checks nothing: whoever imports for real needs more.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from asked import ZONE

Record = dict[str, Any]

_NUMBERS = frozenset({"nps", "nps_relational", "csat", "ces", "ces2", "ratings", "emoji"})
_SCORED = frozenset({"nps", "nps_relational", "csat"})
_HELD = frozenset({"uuid", "survey_public_hash", "answered_at", "answers", "customer", "metadata"})
_NOT_KEPT = frozenset({"name", "identifier", "email", "phone"})


def mapper(survey: Record) -> Callable[[Record], Record]:
    """From a survey's definition to what maps its answers."""
    language = survey["default_lang"]
    names = {question["uuid"]: question["question"][language] for question in survey["questions"]}
    numbers = {question["uuid"] for question in survey["questions"] if question["type"] in _NUMBERS}
    [(scored, type_)] = [(q["uuid"], q["type"]) for q in survey["questions"] if q["type"] in _SCORED]
    kind = "csat" if type_ == "csat" else "nps"
    public_hash, survey_title = survey["public_hash"], survey["name"]
    title = f"[{kind.upper()}] {survey_title}"

    def mapped(raw: Record) -> Record:
        fields: Record = {}
        rating, text = None, None
        for answer in raw["answers"]:
            uuid, given = answer["question_uuid"], answer["answer"]
            response, comment = given["response"], given.get("comment")
            if uuid in numbers and isinstance(response, str):
                response = int(response)
            fields[names[uuid]] = response
            if uuid == scored:
                rating, text = response, comment
            elif comment:
                fields[f"{names[uuid]} (comment)"] = comment
        ticket = _add_attributes(raw, fields)
        customer = raw["customer"]
        posted_at = datetime.fromisoformat(raw["answered_at"]).replace(tzinfo=ZONE).astimezone(UTC)
        record: Record = {"id": f"trackco_cxm:{raw['uuid']}", "kind": kind, "rating": str(rating), "title": title}
        if text:
            record["text"] = text.strip()
        record["posted_at"] = posted_at.isoformat().replace("+00:00", "Z")
        record["author_id"] = customer["identifier"]
        record["author_name"] = customer["name"].strip()
        record["survey_id"] = public_hash
        record["survey_title"] = survey_title
        if ticket:
            record["transaction"] = {"id": ticket, "platform": "Zendesk"}
        record["additional_fields"] = fields
        return record

    return mapped


def _add_attributes(raw: Record, fields: Record) -> str | None:
    """Add what no other key of the record holds, without contact data; returns the ticket."""
    ticket = None
    for name, value in raw["metadata"].items():
        if name == "ticket_id":
            ticket = value
        else:
            fields[f"metadata.{name}"] = value
    for name, value in raw.items():
        if name not in _HELD:
            fields[f"interaction.{name}"] = value
    for name, value in raw["customer"].items():
        if name not in _NOT_KEPT:
            fields[f"customer.{name}"] = value
    return ticket
