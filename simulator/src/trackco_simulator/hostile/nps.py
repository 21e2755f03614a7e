"""A hostile NPS account: answers each of which is odd in its own way."""

import random
from datetime import UTC, datetime
from typing import Any

from trackco_simulator.dates import rfc3339
from trackco_simulator.draws import seeded, some
from trackco_simulator.hostile import oddities as odd
from trackco_simulator.hostile.draft import Draft, Fate, Hostile, combinations, judged, tabled
from trackco_simulator.hostile.nps_oddities import MANY, QUESTION, TABLE, comment, own
from trackco_simulator.nps.account import NpsAccount
from trackco_simulator.nps.model import Campaign
from trackco_simulator.timeline import Entry
from trackco_simulator.wire import written

_FIRST = int(datetime(2024, 3, 1, 12, tzinfo=UTC).timestamp())
_STEP = 3_600
_CODE = 15
_TITLE = "Pós-venda\u0000 😀 \ufffd"
_MIXED = 60


def _plain(number: int) -> Draft:
    """Return an answer that is as plain as can be, at an instant of its own."""
    at = _FIRST + number * _STEP
    raw = {"id": 1_000 + number, "time": at, "nps_answer": 9, "campaign_code": _CODE}
    record = {
        "id": f"trackco_nps:{1_000 + number}",
        "kind": "nps",
        "rating": "9",
        "title": f"[NPS] {_TITLE}",
        "posted_at": rfc3339(at),
        "survey_id": str(_CODE),
        "survey_title": _TITLE,
        "additional_fields": {QUESTION: 9},
    }
    return Draft(raw, record)


def _large(number: int) -> Draft:
    draft = _plain(number)
    comment(odd.same("ã" * (odd.LARGE // 2)), draft)
    return draft


def _deep(number: int, levels: int) -> Draft:
    draft = _plain(number)
    own((odd.DEEP, odd.Form(odd.nested(levels), odd.nested(levels).json)), draft)
    return draft


def _no_record(sent: Any, number: int) -> Draft:
    """Return what is no answer at all."""
    draft = _plain(number)
    draft.record["id"] = ""
    draft.raw = sent
    draft.faults["shape"] = Fate("rejected", "record.shape")
    return draft


def hostile_nps(seed: int) -> Hostile[NpsAccount]:
    """Return an account of odd answers: each oddity alone, and mixtures of chance.

    Everything is served as of 2024, whatever its own date says. One answer stands in it twice.
    """
    rng: random.Random = seeded("hostile-nps", seed)
    drafts: list[Draft] = []
    for chosen in combinations(rng, tabled(TABLE), _MIXED):
        draft = _plain(len(drafts))
        for oddity in chosen:
            oddity.apply(draft)
        drafts.append(draft)
    drafts.append(_large(len(drafts)))
    for levels in odd.DEPTHS:
        drafts.append(_deep(len(drafts), levels))
    for sent in (None, 7, "x", [], [1], True, odd.nested(20)):
        drafts.append(_no_record(sent, len(drafts)))
    questions = [{"type": "open", "question": f"Item {number}"} for number in range(MANY)]
    questions.append({"type": "nps", "question": QUESTION})
    definition = {"code": _CODE, "name": "  Pós-venda\u0000 😀 \ud800 ", "questions": questions, "create_time": _FIRST}
    account = NpsAccount((Campaign(_CODE, _TITLE, "nps", QUESTION, definition),), rng)
    for number, draft in enumerate([*some(rng, drafts, len(drafts)), drafts[0]]):
        entry_id = draft.raw.get("id") if isinstance(draft.raw, dict) else None
        account.timeline(_CODE).entries.append(Entry(entry_id, _FIRST + number * _STEP, written(draft.raw), None))
    return judged(account, drafts, repeated=1)
