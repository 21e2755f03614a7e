"""From a `Feedback` to the body that Birdie takes, and back: one table of places, compiled once; pure, no I/O.

A place is a JSON Pointer (RFC 6901) into the body. `FACTS` is the table that holds unless the configuration says
otherwise; whoever knows better replaces single entries (`targets.birdie.fields`).
"""

import difflib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import permutations
from operator import attrgetter
from typing import Any, Literal

from attrs import field, frozen

from connector_core import Feedback, Json, format_instant

Path = tuple[str, ...]
"""A pointer taken apart: the names of objects, the outer one first."""


@frozen
class Fact:
    """Where one source of a feedback stands, and who says so.

    Attributes:
        source: an attribute of `Feedback`, `transaction.id` or `transaction.platform`, or `batch_id`.
        pointer: its place in the body.
        mark: `DOC` is stated by Birdie, as far as its public pages go; `ASSUMED` is our guess.
    """

    source: str
    pointer: str
    mark: Literal["DOC", "ASSUMED"]


FACTS = (
    Fact("kind", "/kind/name", "DOC"),
    Fact("id", "/kind/fields/feedback_id", "DOC"),
    Fact("rating", "/kind/fields/rating", "DOC"),
    Fact("title", "/kind/fields/title", "DOC"),
    Fact("text", "/kind/fields/text", "DOC"),
    Fact("posted_at", "/kind/fields/posted_at", "DOC"),
    Fact("author_id", "/kind/fields/author_id", "DOC"),
    Fact("author_name", "/kind/fields/author_name", "DOC"),
    Fact("survey_title", "/kind/fields/survey_title", "DOC"),
    Fact("transaction.id", "/kind/fields/ticket_id", "ASSUMED"),
    Fact("transaction.platform", "/kind/fields/ticket_platform", "ASSUMED"),
    Fact("survey_id", "/additional_fields/survey.id", "ASSUMED"),
    Fact("additional_fields", "/additional_fields", "DOC"),
    Fact("batch_id", "/batch_id", "DOC"),
)
"""All of a feedback, and the batch that it comes in."""

_ADDITIONAL = "additional_fields"
_BATCH = "batch_id"
_TEXTS: Path = ("kind", "fields")
"""Below this place every value is a text (ASSUMED; DOC of the rating)."""

_VALUES: Mapping[str, Callable[[Feedback], Json]] = {
    **{fact.source: attrgetter(fact.source) for fact in FACTS if fact.source not in (_ADDITIONAL, _BATCH)},
    "posted_at": lambda feedback: format_instant(feedback.posted_at),
    "transaction.id": lambda feedback: feedback.transaction and feedback.transaction.id,
    "transaction.platform": lambda feedback: feedback.transaction and feedback.transaction.platform,
}
"""What stands at the place of each source; None where there is nothing to say."""


@frozen
class Table:
    """Where everything stands in a body; made by `compile_table`.

    Attributes:
        places: by source, but for `additional_fields`. What is left out is not there.
        moved: places of single additional fields, by their names; None for one that is left out.
        rest: the object that holds all other additional fields; None where they are left out.
    """

    places: Mapping[str, Path]
    moved: Mapping[str, Path | None]
    rest: Path | None
    _taken: Mapping[str, tuple[int, int]] = field(init=False, repr=False)

    @_taken.default
    def _names_within_the_rest(self) -> Mapping[str, tuple[int, int]]:
        """What others are called within the rest: by name without its last `_`, the fewest and the most of those."""
        counts = defaultdict[str, list[int]](list)
        for path in (*self.places.values(), *filter(None, self.moved.values())):
            if self.rest is not None and path[: len(self.rest)] == self.rest:
                base, count = _counted(path[len(self.rest)])
                counts[base].append(count)
        return {base: (min(found), max(found)) for base, found in counts.items()}

    def body(self, feedback: Feedback, batch_id: str | None = None) -> dict[str, Json]:
        """What is sent for a feedback. What it does not have is absent, never null."""
        body: dict[str, Json] = {}
        for source, path in self.places.items():
            value = batch_id if source == _BATCH else _VALUES[source](feedback)
            if value is not None:
                _object(body, path[:-1])[path[-1]] = value
        for name, place in self.moved.items():
            value = feedback.additional_fields.get(name)
            if place and value is not None:
                texts = place[: len(_TEXTS)] == _TEXTS and not isinstance(value, str)
                _object(body, place[:-1])[place[-1]] = json.dumps(value, ensure_ascii=False) if texts else value
        if self.rest is not None:
            others = {self._aside(k): v for k, v in feedback.additional_fields.items() if k not in self.moved}
            _object(body, self.rest).update(others)
        return body

    def record(self, body: Mapping[str, Any]) -> dict[str, Json]:
        """The record that a body was made of, as a line of JSON lines has it, but for what was left out."""
        record: dict[str, Json] = {}
        for source, path in self.places.items():
            for value in _found(body, path) if source != _BATCH else ():
                *outer, last = source.split(".")
                _object(record, tuple(outer))[last] = value
        additional = {name: value for name, place in self.moved.items() if place for value in _found(body, place)}
        for rest in _found(body, self.rest) if self.rest is not None else ():
            additional |= {back: value for name, value in rest.items() for back in self._back(name)}
        return record | {_ADDITIONAL: additional}

    def _aside(self, name: str) -> str:
        """What an additional field is called in the body: another name than any that a place of ours takes."""
        base, count = _counted(name)
        first, last = self._taken.get(base, (count + 1, 0))
        return name if count < first else name + "_" * (last - first + 1)

    def _back(self, name: str) -> Iterator[str]:
        """Which additional field is called so in the body; none, where the name is that of a place of ours."""
        base, count = _counted(name)
        first, last = self._taken.get(base, (count + 1, 0))
        if count < first:
            yield name
        elif count > last:
            yield name[: len(name) - (last - first + 1)]


def _counted(name: str) -> tuple[str, int]:
    base = name.rstrip("_")
    return base, len(name) - len(base)


def _object(within: dict[str, Json], path: Path) -> dict[str, Json]:
    """The object at a place, which is made if it is not there."""
    for name in path:
        within = within.setdefault(name, {})
    return within


def _found(within: Any, path: Path) -> tuple[Json, ...]:
    """The value at a place, if there is one."""
    for name in path:
        if not isinstance(within, Mapping) or name not in within:
            return ()
        within = within[name]
    return (within,)


def compile_table(overrides: Mapping[str, str] | None = None) -> Table:
    """The table of `FACTS`, with other places for some sources.

    Args:
        overrides: pointers by source; an empty one leaves the source out. `additional_fields.NAME` is a source too:
            it moves this one field. What is moved below `/kind/fields` becomes a text there, by its JSON.

    Raises:
        ValueError: no body can be made like this; says in one line which entry is wrong.
    """
    pointers = {fact.source: fact.pointer for fact in FACTS} | dict(overrides or {})
    paths = {source: _path(source, pointer) for source, pointer in pointers.items() if _known(source)}
    if not paths["id"]:
        raise ValueError("id: cannot be left out; Birdie tells feedbacks apart by it")
    _check({source: path for source, path in paths.items() if path}, pointers)
    fields = f"{_ADDITIONAL}."
    moved = {source.removeprefix(fields): path for source, path in paths.items() if source.startswith(fields)}
    places = {source: path for source, path in paths.items() if path and source in (*_VALUES, _BATCH)}
    return Table(places, moved, paths[_ADDITIONAL])


def _check(paths: Mapping[str, Path], pointers: Mapping[str, str]) -> None:
    """Whether all these places can be in one body: no two are the same, and only the additional fields hold others.

    Raises:
        ValueError: they cannot.
    """
    for (outer, path), (inner, other) in permutations(paths.items(), 2):
        if path == other:
            raise ValueError(f"{inner}: stands at {pointers[inner]}, where {outer} stands already")
        if other[: len(path)] == path and outer != _ADDITIONAL:
            raise ValueError(f"{inner}: {pointers[inner]} lies within {pointers[outer]}, which is the {outer} alone")


def _known(source: str) -> bool:
    """Whether a table may name this source.

    Raises:
        ValueError: it may not; names the nearest that it may.
    """
    names = [fact.source for fact in FACTS]
    if source in names or source.removeprefix(f"{_ADDITIONAL}.") not in (source, ""):
        return True
    near = difflib.get_close_matches(source, names, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}, and {_ADDITIONAL}.NAME"
    raise ValueError(f"{source}: a feedback has no such field; {hint}")


def _path(source: str, pointer: str) -> Path | None:
    """Take a pointer apart; None for an empty one."""
    if not pointer:
        return None
    if not pointer.startswith("/"):
        raise ValueError(f"{source}: {pointer} must begin with /, such as /kind/fields/{source.rpartition('.')[2]}")
    names = pointer[1:].split("/")
    if not all(names):
        raise ValueError(f"{source}: {pointer} holds an empty name")
    if any(not part.startswith(("0", "1")) for name in names for part in name.split("~")[1:]):
        raise ValueError(f"{source}: {pointer} holds a ~ that is neither ~0 nor ~1; write ~0 for ~, and ~1 for /")
    return tuple(name.replace("~1", "/").replace("~0", "~") for name in names)
