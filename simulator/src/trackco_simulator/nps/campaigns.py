"""Campaigns of chance: NPS and CSAT ones, with their question's text and without."""

import random
from typing import Any

from trackco_simulator.draws import between, pick
from trackco_simulator.nps.model import Answer, Campaign
from trackco_simulator.outcome import Record
from trackco_simulator.texts import SURVEY_NAMES

_PROMOTER, _PASSIVE = 9, 7


def draw_campaign(rng: random.Random, number: int, created: int) -> Campaign:
    """Draw a campaign: of each three the second is a CSAT, and the third does not tell its question."""
    code = 10 + number * 13 + between(rng, 0, 12)
    name = SURVEY_NAMES[number % len(SURVEY_NAMES)]
    if number >= len(SURVEY_NAMES):
        name += f" {number // len(SURVEY_NAMES) + 1}"
    kind = "csat" if number % 3 == 1 else "nps"
    questions: list[Any] = []
    text = ""
    if number % 3 != 2:  # noqa: PLR2004 - the third of three
        text = f"De 0 a 10, qual nota você dá à {name}?"
        questions = [{"type": kind, "title": name, "question": text, "secondary": "Por quê?"}]
    definition: dict[str, Any] = {
        "code": code,
        "name": name,
        "description": pick(rng, (f"Campanha de {name.lower()}", None)),
        "main_channel": pick(rng, ("Email", "SMS", "Widget Modal")),
        "tags": ["Cidade", "produto", "ticket_id"],
        "questions": questions,
        "dispatch_limits": [],
        "create_time": created,
    }
    return Campaign(code=code, name=name, kind=kind, question=text, definition=definition)


def band(score: float) -> str:
    """Return the band of a score: promoters, passives or detractors."""
    if score >= _PROMOTER:
        return "promoters"
    return "passives" if score >= _PASSIVE else "detractors"


def wire_campaign(campaign: Campaign, answers: list[Answer]) -> Record:
    """Return a campaign as the API sends it, with the counters of its answers."""
    bands = [band(answer.score) for answer in answers if answer.score is not None]
    return campaign.definition | {
        "detractors": bands.count("detractors"),
        "passives": bands.count("passives"),
        "promoters": bands.count("promoters"),
        "dispatches": 3 * len(answers),
        "answers": len(answers),
        "comments": sum(1 for answer in answers if answer.comment),
    }


def wire_nps(answers: list[Answer]) -> dict[str, float]:
    """Return the report of a period: the NPS, the bands and their shares in percent."""
    bands = [band(answer.score) for answer in answers if answer.score is not None]
    report: dict[str, float] = {}
    for name in ("detractors", "passives", "promoters"):
        report[name] = bands.count(name)
        report[f"{name}_percentage"] = round(100 * bands.count(name) / len(bands), 2) if bands else 0.0
    return {"nps": round(report["promoters_percentage"] - report["detractors_percentage"], 2), **report}
