"""The names under which a survey's answers stand in a record: one for each thing, and never one for two."""

from typing import Self

from attrs import define, field


@define
class Names:
    """Names that are given out, each with what has it: a question, and which part of its answers.

    What asks again gets the same name again.
    """

    _owners: dict[str, tuple[str, str]] = field(factory=dict)

    def give(self, wanted: str, uuid: str, part: str) -> str:
        """The wanted name; where something else has it, the question's uuid is added until the name is free."""
        while self._owners.setdefault(wanted, (uuid, part)) != (uuid, part):
            wanted = f"{wanted} ({uuid})"
        return wanted

    def copy(self) -> Self:
        """The same names, to give out more of them for one record."""
        return type(self)(dict(self._owners))
