"""What a survey asks: types and texts, the one question that is scored, and the names under which answers stand."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from attrs import frozen

from connector_core import Json
from trackco_cxm import scalars
from trackco_cxm._wire import Wire

TYPES: Mapping[int, str] = {
    1: "ces",
    2: "csat",
    3: "emoji",
    4: "multiple_choice",
    5: "nps_relational",
    6: "nps",
    7: "open",
    8: "ratings",
    9: "thumbs",
    10: "label",
    11: "image",
    12: "ces2",
}
"""The vendor's own numbers (CLIENT); the names nps, nps_relational, csat, open and ces2 are DOC, the others ASSUMED."""

KINDS: Mapping[str, Literal["nps", "csat"]] = {"nps": "nps", "nps_relational": "nps", "csat": "csat"}
"""From the type of a scored question to the kind of its records (DOC)."""

NUMERIC = frozenset({*KINDS, "ces", "ces2", "ratings", "emoji"})
"""Types whose answer is a number, even where it arrives as a text (CLIENT)."""

RESERVED = ("metadata.", "interaction.", "customer.", "tag.", "answer.", "justification.")
"""How the names of attributes begin, and no question's name may (ours)."""

_WIDEST_SCALE = (0, 10)
"""Where a question names no scale: the widest that the vendor has (CLIENT)."""
_NO_QUESTIONS = frozenset({"label", "image"})
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*")


def type_name(value: Json) -> str:
    """A question type by its name, given as the vendor's number or as a text in any case; `""` for anything else."""
    code = scalars.count(value)
    if code is not None:
        return TYPES.get(code, "")
    return value.strip().lower().replace("-", "_").replace(" ", "_") if isinstance(value, str) else ""


def language_of(definition: Json, wire: Wire) -> str:
    """The language in which a survey's texts are read; `""` when it names none."""
    language = definition.get(wire.survey_language_key)
    return language if isinstance(language, str) else ""


def plain(value: Json, language: str) -> Json:
    """A value by language (`{"pt_BR": "Sim"}`) in one of them: the asked one, else the first; other values as given."""
    if not isinstance(value, dict) or not value:
        return value
    if not all(_LANGUAGE.fullmatch(key) and isinstance(text, str | None) for key, text in value.items()):
        return value
    texts = [value.get(language), *value.values()]
    return next((text for text in texts if text and text.strip()), None)


def text_of(value: Json, language: str) -> str:
    """The text of a survey or question in a language; `""` when it has none."""
    found = plain(value, language)
    return found if isinstance(found, str) and found.strip() else ""


def questions_of(definition: Json, wire: Wire) -> Iterator[Json]:
    """The questions of a survey, in its order; labels and images, which ask nothing, are left out."""
    listed = definition.get(wire.survey_questions_key)
    for question in listed if isinstance(listed, list) else ():
        if isinstance(question, dict) and type_name(question.get("type")) not in _NO_QUESTIONS:
            yield question


def scored_questions(definition: Json, wire: Wire) -> list[Json]:
    """The questions that give a record its rating. A survey is imported when it has exactly one (DOC)."""
    return [question for question in questions_of(definition, wire) if type_name(question.get("type")) in KINDS]


@frozen
class Question:
    """A question, and the names under which its answers stand in a record."""

    uuid: str
    name: str
    comment_name: str
    numeric: bool


def name_questions(definition: Json, wire: Wire) -> dict[str, Question]:
    """The questions of a survey by uuid; names are given out in its order, so that they are always the same."""
    taken: set[str] = set()
    language, named = language_of(definition, wire), {}
    for question in questions_of(definition, wire):
        uuid, kind = scalars.text(question.get("uuid")) or "", type_name(question.get("type"))
        text = text_of(question.get(wire.question_text_key), language)
        is_free = text and text not in taken and not text.startswith(RESERVED)
        name = text if is_free else f"{text} ({uuid})".lstrip()
        comment_name = f"{name} (comment)"
        if comment_name in taken:
            comment_name += f" ({uuid})"
        taken |= {name, comment_name}
        named[uuid] = Question(uuid, name, comment_name, kind in NUMERIC)
    return named


def unknown_question(uuid: str, answer: Json) -> Question:
    """A question that the definition does not know (any more): named by its uuid, its type told by the answer."""
    embedded = answer.get("question")
    kind = answer.get("type") or (embedded.get("type") if isinstance(embedded, dict) else None)
    return Question(uuid, uuid, f"{uuid} (comment)", type_name(kind) in NUMERIC)


def scale_of(question: Json) -> tuple[float, float]:
    """The lowest and the highest score that a question allows."""
    given = (scalars.number(question.get("min_scale")), scalars.number(question.get("max_scale")))
    lowest, highest = (end if end is not None else widest for end, widest in zip(given, _WIDEST_SCALE, strict=True))
    return (lowest, highest) if lowest < highest else _WIDEST_SCALE
