"""What a survey asks: types and texts, the one question that is scored, and the names under which answers stand."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from attrs import frozen

from connector_core import Json
from trackco_cxm import scalars
from trackco_cxm._wire import Wire
from trackco_cxm.names import Names

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
_LOCALE = re.compile(r"[a-z]{2}([_-]([A-Z]{2}|Han[st]|Latn|Cyrl|[0-9]{3})|-[a-z]{2})")
_BARE = re.compile(r"[a-z]{2}(_[a-z]{2})?")
_COMMON = frozenset({"pt", "en", "es"})
"""Languages that are told from other names even where they stand alone: `id` may be a language, or an id (ours)."""


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
    """A value by language (`{"pt_BR": "Sim"}`) in one of them; other values as given.

    It is the asked one, else the same language of another region (`pt` for `pt_BR`), else the first.
    """
    if not isinstance(value, dict) or not _is_by_language(value, language):
        return value
    asked, near = _spelled(language), _spelled(language)[:2]
    exact = [text for key, text in value.items() if _spelled(key) == asked]
    same = [text for key, text in value.items() if _spelled(key)[:2] == near]
    return next((text for text in (*exact, *same, *value.values()) if text and text.strip()), None)


def _is_by_language(value: dict[str, Json], language: str) -> bool:
    """Whether all keys are languages and all values texts.

    `pt_BR`, `pt-br`, `es_419`, `zh_Hans` and the survey's own language are languages; a bare `id`, or `en_us`, is one
    only beside such a key.
    """
    own = {_spelled(language), _spelled(language)[:2]} - {""}
    sure = [key for key in value if _LOCALE.fullmatch(key) or _spelled(key) in own | _COMMON]
    are_languages = len(sure) > 0 and all(key in sure or _BARE.fullmatch(key) for key in value)
    return are_languages and all(isinstance(text, str | None) for text in value.values())


def _spelled(language: str) -> str:
    return language.strip().lower().replace("-", "_")


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
    """A question, and the names under which its answers stand in a record.

    Attributes:
        kind: its type, by name.
        is_numeric: whether its answer is a number, even where it arrives as a text.
    """

    uuid: str
    name: str
    comment_name: str
    kind: str
    is_numeric: bool


def name_questions(definition: Json, wire: Wire) -> tuple[dict[str, Question], Names]:
    """The questions of a survey by uuid; names are given out in its order, so that they are always the same.

    One without a uuid has a name, too, but no answer can be known to be its own.
    """
    names, language, named = Names(), language_of(definition, wire), {}
    for question in questions_of(definition, wire):
        uuid, kind = scalars.text(question.get("uuid")) or "", type_name(question.get("type"))
        text = text_of(question.get(wire.question_text_key), language)
        wanted = text if text and not text.startswith(RESERVED) else f"{text} ({uuid})".lstrip()
        named[uuid] = _named(uuid, wanted, kind, names)
    named.pop("", None)
    return named, names


def unknown_question(uuid: str, answer: Json, names: Names) -> Question:
    """A question that the definition does not know (any more): named by its uuid, its type told by the answer."""
    embedded = answer.get("question")
    kind = answer.get("type") or (embedded.get("type") if isinstance(embedded, dict) else None)
    return _named(uuid, uuid, type_name(kind), names)


def _named(uuid: str, wanted: str, kind: str, names: Names) -> Question:
    name = names.give(wanted, uuid, "answer")
    return Question(uuid, name, names.give(f"{name} (comment)", uuid, "comment"), kind, kind in NUMERIC)


def scale_of(question: Json) -> tuple[float, float]:
    """The lowest and the highest score that a question allows."""
    given = (scalars.number(question.get("min_scale")), scalars.number(question.get("max_scale")))
    lowest, highest = (end if end is not None else widest for end, widest in zip(given, _WIDEST_SCALE, strict=True))
    return (lowest, highest) if lowest < highest else _WIDEST_SCALE
