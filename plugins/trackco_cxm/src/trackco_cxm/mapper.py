"""From one interaction to one record: pure, compiled once per survey. `docs/mapping.md` is the authority."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from attrs import frozen

from connector_core import Feedback, Json, Outcome, Partition, Reject, Skip, Transaction, instant_reader
from trackco_cxm import scalars
from trackco_cxm._wire import Wire
from trackco_cxm.answers import AnswerReader
from trackco_cxm.config import Config
from trackco_cxm.questions import KINDS, language_of, name_questions, scale_of, scored_questions, type_name
from trackco_cxm.surveys import title_of

_AUTHOR = ("name", "identifier")
_HOLDS = (dict, list)

_Parts = tuple[dict[str, Json], dict[str, Json], dict[str, Json]]
"""The customer, the metadata and the interaction's own attributes."""


@frozen
class SurveyMapper:
    """Maps the interactions of one survey. Made by `compile_mapper`.

    Attributes:
        held: the top-level keys that the record holds elsewhere.
        ticket_names: the additional fields in which the ticket may stand, the likeliest first.
    """

    wire: Wire
    id_prefix: str
    kind: Literal["nps", "csat"]
    title: str
    survey_id: str
    survey_title: str
    scale: tuple[float, float]
    answers: AnswerReader
    read_date: Callable[[object], tuple[datetime, bool]]
    held: frozenset[str]
    ticket_names: tuple[str, ...]
    ticket_platform: str | None

    def __call__(self, raw: Json) -> Outcome:  # noqa: PLR0911 - one for each line of the table in docs/mapping.md
        """Map one interaction; the first check that it fails decides."""
        if not isinstance(raw, dict):
            return Reject("record.shape", "$")
        name = scalars.text(raw.get(self.wire.id_key))
        own_id = None if name is None else self.id_prefix + name
        posted_at, ambiguous = self._date(raw)
        answers = self.answers.read(raw.get(self.wire.answers_key))
        parts = self._parts(raw)
        if answers.misfit is not None or isinstance(parts, str):
            return Reject("record.shape", answers.misfit or str(parts), own_id, posted_at)
        if own_id is None:
            return Reject("id.missing", self.wire.id_key, None, posted_at)
        if not self._is_wanted(raw.get(self.wire.status_key)):
            return Skip("status", own_id, posted_at)
        if posted_at is None:
            reason = "date.missing" if scalars.is_blank(raw.get(self.wire.date_key)) else "date.invalid"
            return Reject(reason, self.wire.date_key, own_id)
        if scalars.is_empty(answers.score):
            return Skip("question.replaced" if answers.replaced else "unscored", own_id, posted_at)
        rating = _rating(answers.score, self.scale)
        if isinstance(rating, str):
            return Reject(rating, answers.path, own_id, posted_at)
        fields, (customer, *_) = answers.fields, parts
        self._add_attributes(raw, parts, fields)
        return Feedback(
            id=own_id,
            kind=self.kind,
            rating=str(rating),
            title=self.title,
            posted_at=posted_at,
            survey_id=self.survey_id,
            survey_title=self.survey_title,
            text=answers.text,
            author_id=scalars.text(customer.get("identifier")),
            author_name=scalars.text(customer.get("name")),
            transaction=self._take_ticket(fields),
            additional_fields=fields,
            notes=("time.ambiguous",) if ambiguous else (),
        )

    def _date(self, raw: dict[str, Json]) -> tuple[datetime | None, bool]:
        try:
            return self.read_date(raw.get(self.wire.date_key))
        except ValueError:
            return None, False

    def _is_wanted(self, status: Json) -> bool:
        return scalars.number(status) in self.wire.imported_statuses or scalars.is_blank(status)

    def _parts(self, raw: dict[str, Json]) -> "_Parts | str":
        """The parts that should be objects; or the key of the first that is none."""
        keys = (self.wire.customer_key, self.wire.metadata_key, self.wire.interaction_key)
        customer, metadata, interaction = parts = [_object(raw, key) for key in keys]
        if customer is None or metadata is None or interaction is None:
            return keys[parts.index(None)]
        return customer, metadata, interaction

    def _add_attributes(self, raw: dict[str, Json], parts: "_Parts", fields: dict[str, Json]) -> None:
        """Add all that the API gives and no other key of the record holds, under prefixed names.

        An attribute of the interaction's own name space wins over a top-level key of the same name.
        """
        customer, metadata, interaction = parts
        for name, value in metadata.items():
            if value or value not in scalars.EMPTY:
                fields["metadata." + name] = value
        for name, value in raw.items():
            if (value or value not in scalars.EMPTY) and name not in self.held:
                fields["interaction." + name] = value
        for name, value in interaction.items():
            if value or value not in scalars.EMPTY:
                fields["interaction." + name] = value
        for name, value in customer.items():
            if (value or value not in scalars.EMPTY) and (name not in _AUTHOR or isinstance(value, _HOLDS)):
                fields["customer." + name] = value

    def _take_ticket(self, fields: dict[str, Json]) -> Transaction | None:
        """The ticket that the answer is about, taken out of the fields."""
        for name in self.ticket_names:
            ticket = scalars.text(fields.get(name))
            if ticket is not None:
                del fields[name]
                return Transaction(ticket, self.ticket_platform)
        return None


def compile_mapper(partition: Partition, config: Config, id_prefix: str) -> SurveyMapper:
    """Look up once what the survey's definition says; the partition must be one that `list_partitions` gave."""
    wire, definition = config.wire, partition.definition
    [scored] = scored_questions(definition, wire)
    kind, survey_title = KINDS[type_name(scored.get("type"))], title_of(definition, wire)
    return SurveyMapper(
        wire=wire,
        id_prefix=id_prefix,
        kind=kind,
        title=f"[{kind.upper()}] {survey_title}",
        survey_id=partition.key,
        survey_title=survey_title,
        scale=scale_of(scored),
        answers=answer_reader(definition, wire),
        read_date=instant_reader(ZoneInfo(config.data_source.time_zone)),
        held=frozenset(
            {
                wire.id_key,
                wire.survey_key,
                wire.date_key,
                wire.answers_key,
                wire.customer_key,
                wire.metadata_key,
                wire.interaction_key,
            }
        ),
        ticket_names=_ticket_names(config.metadata.transaction_id_field),
        ticket_platform=config.metadata.transaction_platform,
    )


def answer_reader(definition: Json, wire: Wire) -> AnswerReader:
    """Compile the reader of a survey's answers."""
    [scored] = scored_questions(definition, wire)
    questions, names = name_questions(definition, wire)
    return AnswerReader(
        questions=questions,
        names=names,
        scored=scalars.text(scored.get("uuid")) or "",
        language=language_of(definition, wire),
        wire=wire,
    )


def _ticket_names(wanted: str | None) -> tuple[str, ...]:
    if wanted is None:
        return ()
    spaces = ("metadata.", "interaction.", "customer.")
    if wanted.startswith(spaces):
        return (wanted, *(space + wanted for space in spaces))
    return (*(space + wanted for space in spaces), "metadata.interaction." + wanted, "metadata.customer." + wanted)


def _rating(score: Json, scale: tuple[float, float]) -> int | str:
    """The rating of a score that is there, or the reason why it has none."""
    number = scalars.number(score)
    if number is None:
        return "rating.type"
    if isinstance(number, float) and not number.is_integer():
        return "rating.not_whole"
    return int(number) if scale[0] <= number <= scale[1] else "rating.out_of_scale"


def _object(raw: dict[str, Json], key: str) -> dict[str, Json] | None:
    """A part of a record that should be an object, or None; an empty one for nothing, or PHP's `[]`."""
    value = raw.get(key)
    return value if isinstance(value, dict) else {} if value in scalars.EMPTY else None
