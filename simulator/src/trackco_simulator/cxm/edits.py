"""Changes to interactions after they were given: in what is true of them, and beside it in their JSON."""

import random
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from attrs import evolve

from trackco_simulator.cxm.model import DONE, PARTIAL, Attribute, Interaction
from trackco_simulator.dates import local_text
from trackco_simulator.draws import pick
from trackco_simulator.texts import RESOLUTIONS, comment
from trackco_simulator.timeline import Entry


def edited(
    rng: random.Random, entry: Entry[Interaction], now: int, zone: ZoneInfo
) -> tuple[Interaction, dict[str, Any]]:
    """Return an interaction with another comment, status or metadata, touched `now`, and the JSON that says it."""
    if entry.truth is None:
        raise ValueError("a hand-made record has no truth to change")
    truth = evolve(entry.truth)
    raw: dict[str, Any] = orjson.loads(entry.raw)
    pick(rng, (_comment, _status, _metadata))(rng, truth, raw)
    raw["updated_at"] = local_text(now, zone)
    _set(truth, Attribute("interaction", "updated_at", raw["updated_at"]))
    return truth, raw


def _comment(rng: random.Random, truth: Interaction, raw: dict[str, Any]) -> None:
    scored = truth.survey.scored[0].uuid
    truth.comment = f"{comment(rng)} (editado {rng.getrandbits(24):06x})"
    for reply in raw["answers"]:
        if scored in {reply.get("question_uuid"), reply.get("question", {}).get("uuid")}:
            answer = reply["answer"]
            response = answer["response"] if isinstance(answer, dict) else answer
            reply["answer"] = {"response": response, "comment": truth.comment}


def _status(_: random.Random, truth: Interaction, raw: dict[str, Any]) -> None:
    truth.status = raw["status"] = PARTIAL if truth.status == DONE else DONE
    _set(truth, Attribute("interaction", "status", truth.status))


def _metadata(rng: random.Random, truth: Interaction, raw: dict[str, Any]) -> None:
    state = f"{pick(rng, RESOLUTIONS)} {rng.getrandbits(24):06x}"
    raw.setdefault("metadata", {})["situação"] = state
    _set(truth, Attribute("metadata", "situação", state))


def _set(truth: Interaction, attribute: Attribute) -> None:
    """Give the interaction an attribute in place of the one of that name, if it has one."""
    others = (other for other in truth.attributes if other[:2] != attribute[:2])
    truth.attributes = (*others, attribute)
