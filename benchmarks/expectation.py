"""What an answer of the made-up account must become: written from docs/mapping.md, not from anybody's code.

The zone's clock changes stand here as a table, so that nobody's time zone arithmetic is checked by itself.
"""

from datetime import datetime, timedelta
from typing import Any

_HOURS = (
    ("2016-10-16 01:00:00", 2),
    ("2017-02-19 00:00:00", 3),
    ("2017-10-15 01:00:00", 2),
    ("2018-02-18 00:00:00", 3),
    ("2018-11-04 01:00:00", 2),
    ("2019-02-17 00:00:00", 3),
)
"""From which wall clock on São Paulo is how many hours behind UTC. The hour that a clock skips is read as before it,
the hour that comes twice as its first time (PEP 495, fold=0)."""

NUMERIC = {"nps", "csat", "ratings"}


def utc(local: str) -> str:
    """A wall clock's date and time of São Paulo in UTC, as RFC 3339."""
    hours = [behind for begin, behind in _HOURS if begin <= local][-1]
    return f"{datetime.fromisoformat(local) + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


def expected(raw: dict[str, Any], survey: dict[str, Any]) -> dict[str, Any]:
    """The record of an answer."""
    questions = {question["uuid"]: question for question in survey["questions"]}
    [scored] = [question for question in survey["questions"] if question["type"] in {"nps", "csat"}]
    given = {answer["question_uuid"]: answer["answer"] for answer in raw["answers"]}
    fields: dict[str, Any] = {}
    for uuid, answer in given.items():
        name, response = questions[uuid]["question"]["pt_BR"], answer["response"]
        is_number = questions[uuid]["type"] in NUMERIC and isinstance(response, str)
        fields[name] = int(response) if is_number else response
        if "comment" in answer and uuid != scored["uuid"]:
            fields[f"{name} (comment)"] = answer["comment"]
    fields |= {f"metadata.{name}": raw["metadata"][name] for name in ("produto", "cidade", "loja")}
    own = ("status", "language", "channel", "response_time", "updated_at")
    fields |= {f"interaction.{name}": raw[name] for name in own}
    fields |= {"customer.segment": raw["customer"]["segment"]}
    text = given[scored["uuid"]].get("comment")
    return {
        "id": f"trackco_cxm:{raw['uuid']}",
        "kind": scored["type"],
        "rating": str(given[scored["uuid"]]["response"]),
        "title": f"[{scored['type'].upper()}] {survey['name']}",
        **({"text": text} if text else {}),
        "posted_at": utc(raw["answered_at"]),
        "author_id": raw["customer"]["identifier"],
        "author_name": raw["customer"]["name"],
        "survey_id": survey["public_hash"],
        "survey_title": survey["name"],
        "transaction": {"id": raw["metadata"]["ticket_id"], "platform": "Zendesk"},
        "additional_fields": fields,
    }
