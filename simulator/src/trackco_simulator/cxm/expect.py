"""The record that an import must make of an interaction, from what is true of it and never from its wire form."""

from collections.abc import Iterator

from attrs import frozen

from trackco_simulator.cxm.model import KIND_OF, Attribute, Interaction, Survey
from trackco_simulator.dates import rfc3339
from trackco_simulator.outcome import CONTACT_FIELDS, Record, as_text, filled

RESERVED = ("metadata.", "interaction.", "customer.", "tag.", "answer.", "justification.")
_SPACES = ("metadata", "interaction", "customer")


@frozen
class Ticket:
    """The settings that tie an answer to a ticket: the attribute that names it, and the ticket's platform."""

    field: str | None
    platform: str | None

    def find(self, attributes: tuple[Attribute, ...]) -> Attribute | None:
        """Return the attribute that holds the ticket's id, if the answer has one."""
        if self.field is None:
            return None
        for space in _SPACES:
            for attribute in attributes:
                named = self.field in {attribute.name, f"{space}.{attribute.name}"}
                if attribute.space == space and named and filled(attribute.value):
                    return attribute
        return None


def question_names(survey: Survey) -> dict[str, str]:
    """Return the name of each question in records, by its uuid; no two are equal."""
    names: dict[str, str] = {}
    for question in survey.answerable:
        unclear = not question.text or question.text.startswith(RESERVED) or question.text in names.values()
        names[question.uuid] = f"{question.text} ({question.uuid})" if unclear else question.text
    return names


def record(answer: Interaction, names: dict[str, str], ticket: Ticket, prefix: str) -> Record:
    """Return the record of an interaction that is imported."""
    survey = answer.survey
    kind = KIND_OF[survey.scored[0].type]
    held = ticket.find(answer.attributes)
    made: Record = {
        "id": prefix + answer.uuid,
        "kind": kind,
        "rating": str(answer.score),
        "title": f"[{kind.upper()}] {survey.name}",
    }
    if answer.comment:
        made["text"] = answer.comment
    made["posted_at"] = rfc3339(answer.at)
    if answer.author_id:
        made["author_id"] = answer.author_id
    if answer.author_name:
        made["author_name"] = answer.author_name
    made["survey_id"] = survey.public_hash
    made["survey_title"] = survey.name
    if held is not None:
        made["transaction"] = {"id": as_text(held.value)}
        if ticket.platform:
            made["transaction"]["platform"] = ticket.platform
    made["additional_fields"] = dict([*_replies(answer, names), *_attributes(answer, held)])
    return made


def _replies(answer: Interaction, names: dict[str, str]) -> Iterator[tuple[str, object]]:
    scored = answer.survey.scored[0]
    for reply in answer.replies:
        name = names.get(reply.question.uuid, reply.question.uuid)
        if reply.value is not None:
            yield name, reply.value
        if reply.comment and reply.question is not scored:
            yield f"{name} (comment)", reply.comment


def _attributes(answer: Interaction, held: Attribute | None) -> Iterator[tuple[str, object]]:
    for attribute in answer.attributes:
        if attribute is held or attribute.name in CONTACT_FIELDS or not filled(attribute.value):
            continue
        yield f"{attribute.space}.{attribute.name}", attribute.value
