"""From one interaction to one record: pure, compiled once per survey. `docs/mapping.md` of the project is the authority."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from attrs import field, frozen

from connector_core.model import Feedback, Json, Outcome, Partition, Reject, Skip, Transaction
from connector_core.times import instant_reader
from trackco_cxm import scalars
from trackco_cxm._wire import Wire
from trackco_cxm.config import Config, Metadata
from trackco_cxm.questions import KINDS, NUMERIC, language_of, plain, questions_of, scored_questions, text_of, type_name
from trackco_cxm.surveys import title_of

_EMPTY: tuple[Json, ...] = (None, "", [], {})
_RESERVED = ("metadata.", "interaction.", "customer.", "tag.", "answer.", "justification.")
_AUTHOR = ("name", "identifier")
_WIDEST_SCALE = (0, 10)
"""Where a question names no scale: the widest that the vendor has (CLIENT)."""


@frozen
class _Question:
    """A question of the survey, and the names under which its answers stand."""

    uuid: str
    name: str
    comment_name: str
    numeric: bool


@frozen
class _Answers:
    """The answers of one interaction: those to be written under their names, and the scored one.

    Attributes:
        score: the scored answer as given; None when there is none.
        entry: its place in the list.
        misfit: where the list is not of the contract's shape, or None.
    """

    fields: dict[str, Json] = field(factory=dict)
    score: Json = None
    comment: Json = None
    entry: int = 0
    misfit: str | None = None


@frozen
class _Head:
    """What a refusal tells of an interaction, as far as it is known."""

    id: str | None
    posted_at: datetime | None
    ambiguous: bool


@frozen
class SurveyMapper:
    """Maps the interactions of one survey. Made by `compile_mapper`."""

    id_prefix: str
    kind: Literal["nps", "csat"]
    survey_id: str
    survey_title: str
    language: str
    scored: _Question
    scale: tuple[float, float]
    questions: Mapping[str, _Question]
    read_date: Callable[[object], tuple[datetime, bool]]
    ticket_names: tuple[str, ...]
    metadata: Metadata
    wire: Wire

    def __call__(self, raw: Json) -> Outcome:
        """Map one interaction: the first check that refuses it decides."""
        if not isinstance(raw, dict):
            return Reject("record.shape", "$")
        head, answers = self._head(raw), self._answers(raw)
        return (
            self._misshapen(raw, answers, head)
            or self._unnamed(head)
            or self._unwanted(raw, head)
            or self._undated(raw, head)
            or self._unrated(raw, answers, head)
            or self._feedback(raw, answers, head)
        )

    def _head(self, raw: dict[str, Json]) -> _Head:
        own_id = scalars.text(raw.get(self.wire.id_key))
        try:
            posted_at, ambiguous = self.read_date(raw.get(self.wire.date_key))
        except (ValueError, OverflowError):
            posted_at, ambiguous = None, False
        return _Head(None if own_id is None else self.id_prefix + own_id, posted_at, ambiguous)

    def _answers(self, raw: dict[str, Json]) -> _Answers:
        key = self.wire.answers_key
        listed = raw.get(key)
        if listed in _EMPTY:
            return _Answers()
        if not isinstance(listed, list):
            return _Answers(misfit=key)
        fields: dict[str, Json] = {}
        scored: dict[str, Any] = {}
        for entry, item in enumerate(listed):
            uuid = self._asked(item)
            if uuid is None or (scored and uuid == self.scored.uuid):
                return _Answers(misfit=f"{key}[{entry}]")
            question = self.questions.get(uuid) or _unknown(uuid, item)
            response, comment, _ = self._parts(item)
            _put(fields, question.name, self._value(response, question))
            if question is self.scored:
                scored = {"score": response, "comment": comment, "entry": entry}
            else:
                _put(fields, question.comment_name, self._comment(comment))
        return _Answers(fields, **scored)

    def _asked(self, item: Json) -> str | None:
        """The uuid of the question that an answer answers, given alone or within the question itself."""
        if not isinstance(item, dict):
            return None
        for asked in (item.get(self.wire.question_key), item.get("question")):
            uuid = scalars.text(asked.get("uuid") if isinstance(asked, dict) else asked)
            if uuid is not None:
                return uuid
        return None

    def _parts(self, item: dict[str, Json]) -> tuple[Json, Json, str]:
        """An answer's response and comment, and where the response stands in it."""
        key = self.wire.answer_key
        if key not in item:
            return item.get("response"), item.get("comment"), "response"
        given = item[key]
        if isinstance(given, dict) and ("response" in given or "comment" in given):
            return given.get("response"), given.get("comment"), f"{key}.response"
        return given, item.get("comment"), key

    def _value(self, response: Json, question: _Question) -> Json:
        if isinstance(response, list):
            return [plain(item, self.language) for item in response]
        value = plain(response, self.language)
        if question.numeric and isinstance(value, str):
            number = scalars.number(value)
            return value if number is None else number
        return value

    def _comment(self, comment: Json) -> Json:
        """A comment without its outer white space; None when empty."""
        value = plain(comment, self.language)
        if isinstance(value, str):
            return value.strip() or None
        return None if value in _EMPTY else value

    def _misshapen(self, raw: dict[str, Json], answers: _Answers, head: _Head) -> Reject | None:
        objects = (self.wire.customer_key, self.wire.metadata_key, self.wire.interaction_key)
        path = answers.misfit or next((key for key in objects if not isinstance(_part(raw, key), dict)), None)
        return Reject("record.shape", path, head.id, head.posted_at) if path else None

    def _unnamed(self, head: _Head) -> Reject | None:
        return Reject("id.missing", self.wire.id_key, None, head.posted_at) if head.id is None else None

    def _unwanted(self, raw: dict[str, Json], head: _Head) -> Skip | None:
        status = raw.get(self.wire.status_key)
        wanted = status in _EMPTY or scalars.number(status) in self.wire.imported_statuses
        return None if wanted else Skip("status", head.id, head.posted_at)

    def _undated(self, raw: dict[str, Json], head: _Head) -> Reject | None:
        if head.posted_at is not None:
            return None
        date = raw.get(self.wire.date_key)
        missing = date is None or (isinstance(date, str) and not date.strip())
        return Reject("date.missing" if missing else "date.invalid", self.wire.date_key, head.id)

    def _unrated(self, raw: dict[str, Json], answers: _Answers, head: _Head) -> Skip | Reject | None:
        score = answers.score
        if score is None or (isinstance(score, str) and not score.strip()):
            return Skip("unscored", head.id, head.posted_at)
        reason = _score_problem(score, self.scale)
        if reason is None:
            return None
        key = self.wire.answers_key
        within = self._parts(raw[key][answers.entry])[2]
        return Reject(reason, f"{key}[{answers.entry}].{within}", head.id, head.posted_at)

    def _feedback(self, raw: dict[str, Json], answers: _Answers, head: _Head) -> Feedback:
        fields = answers.fields
        self._add_attributes(raw, fields)
        customer = _part(raw, self.wire.customer_key)
        return Feedback(
            id=head.id,
            kind=self.kind,
            rating=str(int(scalars.number(answers.score))),
            title=f"[{self.kind.upper()}] {self.survey_title}",
            posted_at=head.posted_at,
            survey_id=self.survey_id,
            survey_title=self.survey_title,
            text=answers.comment,
            author_id=scalars.text(customer.get("identifier")),
            author_name=scalars.text(customer.get("name")),
            transaction=self._take_ticket(fields),
            additional_fields=fields,
            notes=("time.ambiguous",) if head.ambiguous else (),
        )
