"""What is true of an NPS account, whatever its wire form: campaigns and answers."""

from typing import Any, NamedTuple

from attrs import define, frozen

from trackco_simulator.outcome import Outcome


@frozen(eq=False)
class Campaign:
    """A campaign; `kind` is what its answers become, `question` the text that is scored, empty if it has none."""

    code: int
    name: str
    kind: str
    question: str
    definition: dict[str, Any]


class Field(NamedTuple):
    """A value that the API gives of an answer beside its score and comment, under the API's own key."""

    key: str
    value: Any


class Tag(NamedTuple):
    """An attribute given at dispatch."""

    name: str
    value: Any


class Justification(NamedTuple):
    """An option that the respondent ticked, and the options below it."""

    name: str
    children: tuple[str, ...]


@define(eq=False)
class Answer:
    """One answer.

    A fault is the reason for which an import must skip or reject the answer because of that part, and empty where
    there is none. `score` may be a float where the API sent one; `comment` is what is left when HTML is taken away.
    """

    id: int
    campaign: Campaign
    at: int
    score: float | None = None
    comment: str = ""
    author_id: str | None = None
    author_name: str | None = None
    fields: tuple[Field, ...] = ()
    contact: tuple[Field, ...] = ()
    tags: tuple[Tag, ...] = ()
    categories: tuple[str, ...] = ()
    justifications: tuple[Justification, ...] = ()
    id_fault: str = ""
    date_fault: str = ""
    score_fault: str = ""

    @property
    def outcome(self) -> Outcome:
        """What an import must make of it; the first of the checks that fails decides."""
        broken = self.id_fault or self.date_fault
        if broken:
            return Outcome("rejected", broken)
        if self.score_fault == "unscored":
            return Outcome("skipped", "unscored")
        if self.score_fault:
            return Outcome("rejected", self.score_fault)
        return Outcome("imported")
