"""A raw answer, taken apart: each part read tolerantly, or refused with a reason and the path of what is wrong."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from connector_core import Json
from trackco_nps import text, values

LOWEST, HIGHEST = 0, 10
"""The scale of `nps_answer` (PAYLOAD)."""

_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")


class MisfitError(Exception):
    """An answer is out of the contract.

    Attributes:
        reason: a stable code: `rating.out_of_scale`.
        path: where, in the raw record: `tags[0].name`; never a value.
    """

    def __init__(self, reason: str, path: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path


@frozen(kw_only=True)
class Answer:
    """What an answer says, apart from the keys that are passed on as given.

    Attributes:
        id: the API's own.
        posted_at: when it was answered; aware, UTC, whole seconds.
        score: on the scale; None where the customer gave none.
        tags: the values of each tag by its name, in order, empty ones left out.
        justifications: the ticked options by their name, each with the names of what is ticked under it.
    """

    id: str
    posted_at: datetime
    score: float | None
    comment: str | None
    author_id: str | None
    author_name: str | None
    tags: dict[str, list[Json]]
    categories: list[str]
    justifications: dict[str, list[str]]


def read(record: Mapping[str, Json]) -> Answer:
    """Take an answer apart: shapes first, then id, date and score.

    Raises:
        MisfitError: it is out of the contract; the first thing that is wrong.
    """
    own_id, author_id, author_name = (_text(record, key) for key in ("id", "identification", "name"))
    comment = _text(record, "nps_comment")
    tags, categories, justifications = _tags(record), _names(record, "categories"), _justifications(record)
    return Answer(
        id=_id(own_id),
        posted_at=_instant(record.get("time")),
        score=score(record),
        comment=text.comment(comment) if comment else None,
        author_id=author_id.strip() or None if author_id else None,
        author_name=author_name.strip() or None if author_name else None,
        tags=tags,
        categories=categories,
        justifications=justifications,
    )


def score(record: Mapping[str, Json]) -> float | None:
    """The score on its scale; None where the customer gave none.

    Raises:
        MisfitError: it is no whole number on the scale.
    """
    value = record.get("nps_answer")
    if values.is_blank(value) or values.is_empty(value):
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MisfitError("rating.type", "nps_answer")
    if value != value // 1:
        raise MisfitError("rating.not_whole", "nps_answer")
    if not LOWEST <= value <= HIGHEST:
        raise MisfitError("rating.out_of_scale", "nps_answer")
    return value


def _id(own_id: str | None) -> str:
    if own_id is None or not own_id.strip():
        raise MisfitError("id.missing", "id")
    return own_id.strip()


def _instant(value: Json) -> datetime:
    instant = values.instant(value)
    if instant is None:
        raise MisfitError("date.missing" if values.is_blank(value) else "date.invalid", "time")
    return instant


def _text(record: Mapping[str, Json], key: str) -> str | None:
    value = record.get(key)
    if values.is_empty(value):
        return None
    if isinstance(value, str):
        return value
    found = values.text(value)
    if found is None:
        raise MisfitError("record.shape", key)
    return found


def _tags(record: Mapping[str, Json]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for position, tag in enumerate(_list(record, "tags")):
        if not isinstance(tag, dict):
            raise MisfitError("record.shape", f"tags[{position}]")
        name = _name(tag, f"tags[{position}]")
        value = tag.get("value")
        if not values.is_empty(value):
            found.setdefault(name, []).append(value)
    return found


def _justifications(record: Mapping[str, Json]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for position, option in enumerate(_list(record, "justifications")):
        where = f"justifications[{position}]"
        name = _name(option, where)
        children = _names(option, "children", f"{where}.") if isinstance(option, dict) else []
        if name or children:
            found.setdefault(name, []).extend(children)
    return found


def _names(owner: Mapping[str, Json], key: str, above: str = "") -> list[str]:
    entries = enumerate(_list(owner, key, above))
    return [name for position, entry in entries if (name := _name(entry, f"{above}{key}[{position}]"))]


def _name(entry: Json, path: str) -> str:
    """The name of a tag, category or option, which is an object or the bare name; empty when it has none."""
    if isinstance(entry, dict):
        path, entry = f"{path}.name", entry.get("name")
        if entry is None:
            return ""
    elif not isinstance(entry, str):
        raise MisfitError("record.shape", path)
    if isinstance(entry, str | dict):
        return text.name(entry) or ""
    found = values.text(entry)
    if found is None:
        raise MisfitError("record.shape", path)
    return found


def _list(owner: Mapping[str, Json], key: str, above: str = "") -> list[Any]:
    value = owner.get(key)
    if values.is_empty(value):
        return []
    if not isinstance(value, list):
        raise MisfitError("record.shape", above + key)
    return value
