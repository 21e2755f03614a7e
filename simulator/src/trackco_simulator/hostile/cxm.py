"""A hostile CXM account: two surveys of odd questions, and interactions each of which is odd in its own way."""

import random
from datetime import UTC, datetime
from typing import Any

from trackco_simulator.cxm.account import CxmAccount
from trackco_simulator.dates import rfc3339
from trackco_simulator.draws import seeded, some, uuid4
from trackco_simulator.hostile import oddities as odd
from trackco_simulator.hostile.cxm_oddities import TABLE, attribute, comment
from trackco_simulator.hostile.cxm_survey import ITEMS, MANY, ODD, SCORE_TEXT, SCORED, TITLE, surveys
from trackco_simulator.hostile.draft import Draft, Fate, Hostile, combinations, judged, tabled
from trackco_simulator.timeline import Entry
from trackco_simulator.wire import written

_ZONE = "America/Sao_Paulo"
_OFFSET = 3 * 3600
"""São Paulo, in the year of the ordinary dates, is three hours behind UTC all year."""
_FIRST = int(datetime(2024, 3, 1, 12, tzinfo=UTC).timestamp())
_STEP = 3_600
_MIXED = 60


def _plain(uuid: str, number: int) -> Draft:
    """Return an interaction that is as plain as can be, at an instant of its own."""
    at = _FIRST + number * _STEP
    local = rfc3339(at - _OFFSET).replace("T", " ").removesuffix("Z")
    raw = {
        "uuid": uuid,
        "survey_public_hash": ODD,
        "answered_at": local,
        "answers": [{"question_uuid": SCORED, "type": "nps", "answer": {"response": 9}}],
    }
    record = {
        "id": f"trackco_cxm:{uuid}",
        "kind": "nps",
        "rating": "9",
        "title": f"[NPS] {TITLE}",
        "posted_at": rfc3339(at),
        "survey_id": ODD,
        "survey_title": TITLE,
        "additional_fields": {SCORE_TEXT: 9},
    }
    return Draft(raw, record)


def _large(rng: random.Random, number: int) -> Draft:
    draft = _plain(uuid4(rng), number)
    comment(odd.same("ã" * (odd.LARGE // 2)), draft)
    return draft


def _deep(rng: random.Random, number: int, levels: int) -> Draft:
    draft = _plain(uuid4(rng), number)
    attribute(("metadata", odd.DEEP, odd.Form(odd.nested(levels), odd.nested(levels).json)), draft)
    return draft


def _long_form(rng: random.Random, number: int) -> Draft:
    """Return an interaction that answers very many questions."""
    draft = _plain(uuid4(rng), number)
    items = [{"question_uuid": f"m-{n}", "type": "open", "answer": {"response": f"r{n}"}} for n in range(ITEMS)]
    score = {"question_uuid": "m-score", "type": "csat", "answer": {"response": "4"}}
    draft.raw |= {"survey_public_hash": MANY, "answers": [*items, score]}
    draft.record |= {"kind": "csat", "rating": "4", "title": "[CSAT] Muitas"}
    draft.record |= {"survey_id": MANY, "survey_title": "Muitas"}
    draft.record["additional_fields"] = {f"Item {n}": f"r{n}" for n in range(ITEMS)} | {"Satisfação?": 4}
    return draft


def _no_record(sent: Any, number: int) -> Draft:
    """Return what is no interaction at all."""
    draft = _plain("", number)
    draft.record["id"] = ""
    draft.raw = sent
    draft.faults["shape"] = Fate("rejected", "record.shape")
    return draft


def hostile_cxm(seed: int) -> Hostile[CxmAccount]:
    """Return an account of odd interactions: each oddity alone, and mixtures of chance.

    Everything is served as of 2024, whatever its own date says.
    """
    rng = seeded("hostile-cxm", seed)
    drafts: list[Draft] = []
    for chosen in combinations(rng, tabled(TABLE), _MIXED):
        draft = _plain(uuid4(rng), len(drafts))
        for oddity in chosen:
            oddity.apply(draft)
        drafts.append(draft)
    drafts.append(_large(rng, len(drafts)))
    for levels in odd.DEPTHS:
        drafts.append(_deep(rng, len(drafts), levels))
    for sent in (None, 7, "x", [], [1], True, odd.nested(20)):
        drafts.append(_no_record(sent, len(drafts)))
    many = [_long_form(rng, len(drafts) + number) for number in range(3)]
    account = CxmAccount(surveys(), _ZONE, rng)
    for survey, own in ((ODD, drafts), (MANY, many)):
        timeline = account.timeline(survey)
        for number, draft in enumerate(some(rng, own, len(own))):
            entry_id = draft.raw.get("uuid") if isinstance(draft.raw, dict) else None
            timeline.entries.append(Entry(entry_id, _FIRST + number * _STEP, written(draft.raw), None))
    return judged(account, [*drafts, *many], repeated=0)
