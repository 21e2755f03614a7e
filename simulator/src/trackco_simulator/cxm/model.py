"""What is true of a CXM account, whatever its wire form: surveys, questions, and interactions."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from attrs import define, field, frozen

from trackco_simulator.outcome import Outcome

TYPE_NUMBERS = {
    "ces": 1,
    "csat": 2,
    "emoji": 3,
    "multiple_choice": 4,
    "nps_relational": 5,
    "nps": 6,
    "open": 7,
    "ratings": 8,
    "thumbs": 9,
    "label": 10,
    "image": 11,
    "ces2": 12,
}
"""The vendor's question types and its own numbers for them."""

KIND_OF = {"nps": "nps", "nps_relational": "nps", "csat": "csat"}
"""The types whose answer is a record's rating, and the record's kind."""

NOT_QUESTIONS = frozenset(("label", "image"))
DONE, PARTIAL = 3, 5


@frozen(eq=False)
class Question:
    """A question; `text` is what the survey calls it in its default language, `definition` is how it is sent."""

    uuid: str
    type: str
    text: str
    scale: tuple[int, int]
    definition: Mapping[str, Any]


@frozen(eq=False)
class Survey:
    """A survey; `definition` is how it is sent, but for its questions."""

    public_hash: str
    name: str
    default_lang: str | None
    questions: tuple[Question, ...]
    definition: Mapping[str, Any]

    answerable: tuple[Question, ...] = field(init=False)
    """The questions but for labels and images."""
    scored: tuple[Question, ...] = field(init=False)
    """The questions whose answer could be a rating."""

    @answerable.default
    def _answerable(self) -> tuple[Question, ...]:
        return tuple(question for question in self.questions if question.type not in NOT_QUESTIONS)

    @scored.default
    def _scored(self) -> tuple[Question, ...]:
        return tuple(question for question in self.questions if question.type in KIND_OF)

    @property
    def importable(self) -> bool:
        """Whether there is exactly one such question."""
        return len(self.scored) == 1


class Reply(NamedTuple):
    """The answer to one question, as a record holds it; `comment` is empty when there is none."""

    question: Question
    value: Any
    comment: str = ""


class Attribute(NamedTuple):
    """A value that the API gives beside the answers, and where: `metadata`, `interaction` or `customer`."""

    space: str
    name: str
    value: Any


@define(eq=False)
class Interaction:
    """One respondent's visit to a survey.

    A fault is the reason for which an import must skip or reject the interaction because of that part, and empty
    where there is none.
    """

    uuid: str
    survey: Survey
    at: int
    replies: tuple[Reply, ...]
    attributes: tuple[Attribute, ...]
    status: int | None = DONE
    score: int | None = None
    comment: str = ""
    author_id: str | None = None
    author_name: str | None = None
    doubtful_time: bool = False
    shape_fault: str = ""
    id_fault: str = ""
    date_fault: str = ""
    score_fault: str = ""

    @property
    def outcome(self) -> Outcome:
        """What an import must make of it; the first of the checks that fails decides."""
        broken = self.shape_fault or self.id_fault
        if broken:
            return Outcome("rejected", broken)
        if self.status not in {None, DONE, PARTIAL}:
            return Outcome("skipped", "status")
        if self.date_fault:
            return Outcome("rejected", self.date_fault)
        if self.score_fault == "unscored":
            return Outcome("skipped", "unscored")
        if self.score_fault:
            return Outcome("rejected", self.score_fault)
        return Outcome("imported", doubtful_time=self.doubtful_time)
