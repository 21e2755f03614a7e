"""Answers of chance to single questions: what is true, and beside it how it is sent."""

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from trackco_simulator.cxm.model import Question, Reply, Survey
from trackco_simulator.cxm.surveys import Languages, draw_question, spelt
from trackco_simulator.draws import between, chance, pick, some
from trackco_simulator.texts import OPTIONS, TRANSLATED_OPTIONS, comment

_UNSCORED = (None, "", "   ")
_FEELINGS: tuple[tuple[Any, Any], ...] = ((1, 1), (2, 2), (3, 3), (4, "4"), (5, "5"), ("😀", "😀"), ("😡", "😡"))
_THUMBS: tuple[Any, ...] = ("up", "down", True, False, 1, 0, "1")
_NOT_SENT = object()


class Drawn(NamedTuple):
    """A value as a record holds it, and as it is sent."""

    value: Any
    wire: Any


def draw_score(rng: random.Random, scale: tuple[int, int]) -> tuple[int, Drawn]:
    """Draw a score in its scale, as a number or text in the forms that mean a whole number."""
    score = between(rng, *scale)
    form = rng.random()
    if form < 0.6:  # noqa: PLR2004 - most scores come as plain numbers
        return score, Drawn(score, score)
    wire = pick(rng, (f"{score}", f"{score}", f"{score}", f"{score} ", float(score), f"{score}.0"))
    return score, Drawn(float(score) if isinstance(wire, float) else score, wire)


def draw_bad_score(rng: random.Random, scale: tuple[int, int]) -> tuple[str, Any]:
    """Draw a score that must be rejected: the reason, and how it is sent."""
    faults: tuple[tuple[str, Any], ...] = (
        ("rating.type", pick(rng, ("ótimo", "N/A", "nove", "5/5"))),
        ("rating.type", pick(rng, (True, False))),
        ("rating.type", [scale[1]]),
        ("rating.type", {"valor": scale[1]}),
        ("rating.not_whole", pick(rng, (scale[0] + 0.5, f"{scale[0]}.5"))),
        ("rating.out_of_scale", pick(rng, (scale[1] + 1, str(scale[1] + 1), 99, scale[0] - 1))),
    )
    return pick(rng, faults)


def draw_unscored(rng: random.Random) -> Any:
    """Draw the ways of saying that there is no score."""
    return pick(rng, _UNSCORED)


def draw_value(rng: random.Random, question: Question, survey: Survey) -> Drawn:
    """Draw an answer to a question that is not the survey's score."""
    if chance(rng, 0.03):
        return Drawn(None, None)
    draw = _DRAWS.get(question.type)
    if draw is not None:
        return draw(rng, survey)
    number = between(rng, *question.scale)
    if question.type == "ratings" and chance(rng, 0.1):
        return Drawn(number - 0.5, pick(rng, (number - 0.5, f"{number - 0.5}")))
    return Drawn(number, pick(rng, (number, f"{number}")))


def _open(rng: random.Random, _: Survey) -> Drawn:
    text = pick(rng, ("5", "10", "3.5")) if chance(rng, 0.03) else comment(rng)
    return Drawn(text, text)


def _thumb(rng: random.Random, _: Survey) -> Drawn:
    thumb = pick(rng, _THUMBS)
    return Drawn(thumb, thumb)


def _feeling(rng: random.Random, _: Survey) -> Drawn:
    return Drawn(*pick(rng, _FEELINGS))


def _choice(rng: random.Random, survey: Survey) -> Drawn:
    form = pick(rng, ("list", "list", "text", "language"))
    if form == "language":
        texts = pick(rng, TRANSLATED_OPTIONS)
        return Drawn(Languages(survey.default_lang, ()).shown(texts), dict(texts))
    chosen: Any = some(rng, OPTIONS, between(rng, 1, 3)) if form == "list" else pick(rng, OPTIONS)
    return Drawn(chosen, chosen)


_DRAWS: dict[str, Callable[[random.Random, Survey], Drawn]] = {
    "open": _open,
    "multiple_choice": _choice,
    "thumbs": _thumb,
    "emoji": _feeling,
}


def draw_comment(rng: random.Random, share: float) -> tuple[str, Any]:
    """Draw a comment, or none: what it says, and how it is sent (nothing, null, empty, or with white space)."""
    if not chance(rng, share):
        return "", pick(rng, (_NOT_SENT, None, "", " "))
    text = comment(rng)
    return text, pick(rng, (text, text, text, f" {text}", f"{text}\n"))


def draw_reply(rng: random.Random, question: Question, survey: Survey) -> tuple[Reply, dict[str, Any]]:
    """Draw an answer to a question that is not the survey's score, and the wire form of it."""
    drawn = draw_value(rng, question, survey)
    said, sent = draw_comment(rng, 0.0 if question.type == "open" else 0.1)
    return Reply(question, drawn.value, said), wire_reply(rng, question, drawn.wire, sent)


def draw_stranger(rng: random.Random) -> tuple[Reply, dict[str, Any]]:
    """Draw an answer to a question that the survey's definition no longer holds."""
    kind = pick(rng, ("open", "ratings"))
    question = draw_question(rng, kind, "Pergunta retirada", Languages(None, ()), (0, 5))
    value: Any = comment(rng) if kind == "open" else between(rng, 0, 5)
    return Reply(question, value), wire_reply(rng, question, value, _NOT_SENT)


def wire_reply(rng: random.Random, question: Question, value: Any, said: Any) -> dict[str, Any]:
    """Write an answer to a question in one of the vendor's ways."""
    kind = spelt(rng, question.type)
    if chance(rng, 0.1):
        reply: dict[str, Any] = {"question": {"uuid": question.uuid, "type": kind}}
    else:
        reply = {"question_uuid": question.uuid, "type": kind}
    bare = said is _NOT_SENT and not isinstance(value, dict) and chance(rng, 0.1)
    if bare:
        reply["answer"] = value
    elif said is _NOT_SENT:
        reply["answer"] = {"response": value}
    else:
        reply["answer"] = {"response": value, "comment": said}
    return reply
