"""The answers of one interaction, read tolerantly and given their names; the scored one is kept apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen

from connector_core import Json
from trackco_cxm import scalars
from trackco_cxm._wire import Wire
from trackco_cxm.names import Names
from trackco_cxm.questions import KINDS, Question, plain, unknown_question

_PLAIN = frozenset({str, int, float, bool, type(None)})
"""What stands in a record as it is given."""


@frozen(slots=False)  # with slots, making one takes half as long again
class Answers:
    """The answers of one interaction.

    Attributes:
        fields: all of them, by the names under which they stand in the record.
        score: the scored one as given; None when there is none.
        path: where it stands in the interaction.
        text: its comment.
        misfit: where the list has not the contract's shape, or None.
        replaced: whether a question is scored here that the survey does not ask any more, and its own is not.
    """

    fields: dict[str, Json] = field(factory=dict)
    score: Json = None
    path: str = ""
    text: str | None = None
    misfit: str | None = None
    replaced: bool = False


@frozen
class AnswerReader:
    """Reads the answers to one survey.

    Attributes:
        questions: those of the survey's definition, by uuid.
        names: those that the definition's questions have.
        scored: the uuid of the one that gives the rating.
        language: in which texts by language are read.
    """

    questions: Mapping[str, Question]
    names: Names
    scored: str
    language: str
    wire: Wire

    def read(self, listed: Json) -> Answers:
        """Read the list as an interaction holds it."""
        return self._usual(listed) or self._any(listed)

    def _usual(self, listed: Json) -> Answers | None:
        """What `_any` says, sooner, of a list as nearly all are: known questions, each once, and plain values.

        None for any other list.
        """
        question_key, answer_key = self.wire.question_key, self.wire.answer_key
        fields: dict[str, Json] = {}
        score, text, place = None, None, -1
        try:
            for position, answer in enumerate(listed):
                question, given = self.questions[answer[question_key]], answer[answer_key]
                name, response, comment = question.name, given["response"], given.get("comment")
                if (
                    name in fields
                    or len(answer) - ("type" in answer) != 2  # noqa: PLR2004 - the two above
                    or len(given) - ("comment" in given) != 1
                    or not (response.__class__ in _PLAIN or _is_plain_list(response))
                ):
                    return None
                if response.__class__ is str and question.is_numeric:
                    number = scalars.number(response)
                    response = response if number is None else number
                comment = comment.strip() if comment is not None else ""
                if question.uuid == self.scored:
                    if place >= 0:
                        return None
                    score, text, place, comment = given["response"], comment or None, position, ""
                if response is not None:
                    fields[name] = response
                if comment:
                    if question.comment_name in fields:
                        return None
                    fields[question.comment_name] = comment
        except (LookupError, TypeError, AttributeError):
            return None
        path = f"{self.wire.answers_key}[{place}].{answer_key}.response" if place >= 0 else ""
        return Answers(fields, score, path, text) if fields else None

    def _any(self, listed: Json) -> Answers:
        """Read whatever stands there."""
        key = self.wire.answers_key
        if listed in scalars.EMPTY:
            return Answers()
        if not isinstance(listed, list):
            return Answers(misfit=key)
        fields: dict[str, Json] = {}
        scored: dict[str, Any] = {}
        names, former = self.names, False  # copied before one more is given out: most answers need none
        for position, answer in enumerate(listed):
            uuid = self.asked(answer)
            if uuid is None or (scored and uuid == self.scored):
                return Answers(misfit=f"{key}[{position}]")
            question = self.questions.get(uuid)
            if question is None:
                names = self.names.copy() if names is self.names else names
                question = unknown_question(uuid, answer, names)
            response, given_comment, within, rest = self._parts(answer)
            comment = self._comment(given_comment)
            is_known = uuid in self.questions
            former = former or (not is_known and question.kind in KINDS and not scalars.is_empty(response))
            _put(fields, question.name, self._value(response, question))
            if uuid == self.scored:
                text = scalars.text(comment)
                scored = {"score": response, "path": f"{key}[{position}].{within}", "text": text}
                comment = comment if text is None else None
            _put(fields, question.comment_name, comment)
            for name, value in rest:
                if not scalars.is_empty(value):
                    names = self.names.copy() if names is self.names else names
                    _put(fields, names.give(f"{question.name} ({name})", uuid, f"other {name}"), value)
        return Answers(fields, **scored, replaced=former and scalars.is_empty(scored.get("score")))

    def asked(self, answer: Json) -> str | None:
        """The uuid of the question that an answer answers, given alone or within the question itself."""
        if not isinstance(answer, dict):
            return None
        for asked in (answer.get(self.wire.question_key), answer.get("question")):
            uuid = scalars.text(asked.get("uuid") if isinstance(asked, dict) else asked)
            if uuid is not None:
                return uuid
        return None

    def _parts(self, answer: dict[str, Json]) -> tuple[Json, Json, str, Sequence[tuple[str, Json]]]:
        """An answer's response and comment, where the response stands in it, and by name what else it holds."""
        key = self.wire.answer_key
        given = answer.get(key)
        rest = dict(answer)
        for known in (self.wire.question_key, "question", "type", key):
            rest.pop(known, None)
        if isinstance(given, dict) and ("response" in given or "comment" in given):
            inner = dict(given)
            is_flat = scalars.is_empty(inner.get("response")) and "response" in rest
            response = (rest if is_flat else inner).pop("response", None)
            comment = (rest if scalars.is_empty(inner.get("comment")) else inner).pop("comment", None)
            return response, comment, "response" if is_flat else f"{key}.response", [*inner.items(), *rest.items()]
        is_flat = key not in answer or (scalars.is_empty(given) and "response" in rest)
        response, path = (rest.pop("response", None), "response") if is_flat else (given, key)
        return response, rest.pop("comment", None), path, [*rest.items()]

    def _value(self, response: Json, question: Question) -> Json:
        """A response as the record holds it; None leaves its name out."""
        if isinstance(response, list):
            return [plain(item, self.language) for item in response]
        value = plain(response, self.language)
        number = scalars.number(value) if question.is_numeric and isinstance(value, str) else None
        return value if number is None else number

    def _comment(self, comment: Json) -> Json:
        """A comment without its outer white space; None when it is empty."""
        value = plain(comment, self.language)
        if isinstance(value, str):
            return value.strip() or None
        return None if value in scalars.EMPTY else value


def _is_plain_list(response: Json) -> bool:
    """Whether this is a list without objects, which may be texts by language."""
    return isinstance(response, list) and dict not in map(type, response)


def _put(fields: dict[str, Json], name: str, value: Json) -> None:
    """Add a value; a name that comes more than once holds the list of its values."""
    if value is not None:
        fields[name] = [*_listed(fields[name]), *_listed(value)] if name in fields else value


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]
