"""The record that an import must make of an NPS answer, from what is true of it and never from its wire form."""

from typing import Any

from attrs import frozen

from trackco_simulator.dates import rfc3339
from trackco_simulator.nps.model import Answer, Tag
from trackco_simulator.outcome import CONTACT_FIELDS, Record, as_text, filled


@frozen
class Ticket:
    """The settings that tie an answer to a ticket: the tag that names it, and the ticket's platform."""

    field: str | None
    platform: str | None

    def find(self, tags: tuple[Tag, ...]) -> Tag | None:
        """Return the tag that holds the ticket's id, if the answer has one."""
        if self.field is None:
            return None
        wanted = self.field.removeprefix("tag.")
        return next((tag for tag in tags if tag.name == wanted and filled(tag.value)), None)


def record(answer: Answer, ticket: Ticket, prefix: str) -> Record:
    """Return the record of an answer that is imported."""
    if answer.score is None:
        raise ValueError(f"answer {answer.id} has no score, so it has no record")
    campaign = answer.campaign
    held = ticket.find(answer.tags)
    made: Record = {
        "id": f"{prefix}{answer.id}",
        "kind": campaign.kind,
        "rating": str(int(answer.score)),
        "title": f"[{campaign.kind.upper()}] {campaign.name}",
    }
    if answer.comment:
        made["text"] = answer.comment
    made["posted_at"] = rfc3339(answer.at)
    if answer.author_id:
        made["author_id"] = answer.author_id
    if answer.author_name:
        made["author_name"] = answer.author_name
    made["survey_id"] = str(campaign.code)
    made["survey_title"] = campaign.name
    if held is not None:
        made["transaction"] = {"id": as_text(held.value)}
        if ticket.platform:
            made["transaction"]["platform"] = ticket.platform
    made["additional_fields"] = _additional(answer, held)
    return made


def _additional(answer: Answer, held: Tag | None) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if answer.campaign.question:
        fields[answer.campaign.question] = answer.score
    fields |= {f"answer.{key}": value for key, value in answer.fields if filled(value)}
    tags = [tag for tag in answer.tags if tag is not held and tag.name not in CONTACT_FIELDS and filled(tag.value)]
    for tag in tags:
        values = [other.value for other in tags if other.name == tag.name]
        fields[f"tag.{tag.name}"] = values if len(values) > 1 else tag.value
    if answer.categories:
        fields["answer.categories"] = list(answer.categories)
    for name, children in answer.justifications:
        fields.setdefault(f"justification.{name}", []).extend(children)
    return fields
