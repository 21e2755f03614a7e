"""Interactions of chance: what is true of one, and beside it the JSON that says it."""

import random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from trackco_simulator.cxm.attributes import draw_attributes
from trackco_simulator.cxm.model import DONE, PARTIAL, Interaction, Reply, Survey
from trackco_simulator.cxm.replies import (
    draw_bad_score,
    draw_comment,
    draw_reply,
    draw_score,
    draw_stranger,
    draw_unscored,
    wire_reply,
)
from trackco_simulator.dates import UNREADABLE, Dated
from trackco_simulator.draws import between, chance, pick, uuid4
from trackco_simulator.outcome import Dirt
from trackco_simulator.texts import person

_STATUSES = (DONE,) * 90 + (PARTIAL,) * 6 + (1, 2, 4) + (None,)
_FAULTS = ("score", "score", "score", "date", "date", "shape", "id")
_MISSHAPEN: tuple[tuple[str, Any], ...] = (("answers", 7), ("answers", "nenhuma"), ("customer", "Fulana Exemplo"))


class Drawn(NamedTuple):
    """An interaction and the JSON that says it."""

    truth: Interaction
    raw: dict[str, Any]


def draw_interaction(rng: random.Random, survey: Survey, dated: Dated, zone: ZoneInfo, dirt: Dirt) -> Drawn:
    """Draw an interaction; how dirty it may be is said by `dirt`."""
    status = pick(rng, _STATUSES) if dirt.skipped else DONE
    fault = pick(rng, _FAULTS) if chance(rng, dirt.broken) else ""
    truth = Interaction(uuid=uuid4(rng), survey=survey, at=dated.at, replies=(), attributes=(), status=status)
    raw: dict[str, Any] = {"uuid": truth.uuid, "survey_public_hash": survey.public_hash}
    if status is not None or chance(rng, 0.5):
        raw["status"] = status
    truth.doubtful_time = dated.doubtful
    raw["answered_at"] = dated.wire
    _customer(rng, truth, raw)
    draw_attributes(rng, truth, raw, zone)
    _replies(rng, truth, raw, unscored=_unscored_share(status) if dirt.skipped else 0.0, bad=fault == "score")
    if fault in {"date", "id", "shape"}:
        _break(rng, truth, raw, fault)
    return Drawn(truth, raw)


def _unscored_share(status: int | None) -> float:
    return 0.02 if status == DONE else 0.5


def _customer(rng: random.Random, truth: Interaction, raw: dict[str, Any]) -> None:
    """Say who answered: mostly a customer with a name and an identifier, at times nobody."""
    if chance(rng, 0.05):
        return
    customer: dict[str, Any] = {}
    if chance(rng, 0.95):
        truth.author_name = person(rng)
        customer["name"] = truth.author_name if chance(rng, 0.95) else f" {truth.author_name} "
    number = between(rng, 1, 99_999)
    identifier = pick(rng, (f"CLI-{number:05d}",) * 8 + (number, None))
    customer["identifier"] = identifier
    truth.author_id = None if identifier is None else str(identifier)
    raw["customer"] = customer


def _replies(rng: random.Random, truth: Interaction, raw: dict[str, Any], *, unscored: float, bad: bool) -> None:
    """Answer the survey's questions, the scored one well, badly or not at all."""
    survey = truth.survey
    scored = survey.scored[0] if survey.importable else None
    replies: list[Reply] = []
    wires: list[dict[str, Any]] = []
    for question in survey.answerable:
        if question is scored:
            said, sent = draw_comment(rng, 0.7)
            truth.comment = said
            if bad:
                truth.score_fault, wire = draw_bad_score(rng, question.scale)
            elif chance(rng, unscored):
                truth.score_fault, wire = "unscored", draw_unscored(rng)
                if chance(rng, 0.3):
                    continue
            else:
                truth.score, (value, wire) = draw_score(rng, question.scale)
                replies.append(Reply(question, value))
            wires.append(wire_reply(rng, question, wire, sent))
        elif chance(rng, 0.8):
            reply, written = draw_reply(rng, question, survey)
            replies.append(reply)
            wires.append(written)
    if chance(rng, 0.01):
        reply, written = draw_stranger(rng)
        replies.append(reply)
        wires.append(written)
    truth.replies = tuple(replies)
    raw["answers"] = wires


def _break(rng: random.Random, truth: Interaction, raw: dict[str, Any], fault: str) -> None:
    """Break an interaction at its date, its id or its shape."""
    if fault == "date" and chance(rng, 0.5):
        truth.date_fault = "date.missing"
        if chance(rng, 0.5):
            del raw["answered_at"]
        else:
            raw["answered_at"] = None
    elif fault == "date":
        truth.date_fault = "date.invalid"
        raw["answered_at"] = pick(rng, UNREADABLE)
    elif fault == "id":
        truth.id_fault = "id.missing"
        del raw["uuid"]
    else:
        truth.shape_fault = "record.shape"
        key, value = pick(rng, _MISSHAPEN)
        raw[key] = value
