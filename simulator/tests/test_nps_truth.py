"""The records that an NPS account expects are those that its own wire form yields, when read by the mapping's page."""

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from trackco_simulator import CONTACT_FIELDS, NpsAccount, generate_nps
from trackco_simulator.nps.campaigns import wire_campaign

PLAIN = {
    "type", "deadline", "dispatch_time", "reminder_time", "elapsed_time", "status", "priority", "assignee",
    "lot_code", "picture",
}  # fmt: skip
TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)\b[^<>]*>")


def read_html(text: str) -> str:
    def replace(match: re.Match[str]) -> str:
        name, closing = match[1].lower(), match[0].startswith("</")
        return "\n" if name == "br" or (closing and name in {"p", "div", "li"}) else ""

    return re.sub("\n{3,}", "\n\n", html.unescape(TAG.sub(replace, text))).strip()


def read_name(name: Any) -> str:
    if isinstance(name, str) and name.startswith("{"):
        name = orjson.loads(name)
    if isinstance(name, dict):
        return str(name.get("pt-br", next(iter(name.values()))))
    return str(name)


def read_rating(value: Any) -> str:
    if value is None or value == "":
        return "skipped unscored"
    if isinstance(value, str) and value.strip().isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "rejected rating.type"
    if value != int(value):
        return "rejected rating.not_whole"
    return str(value) if 0 <= value <= 10 else "rejected rating.out_of_scale"


def read_tags(tags: list[dict[str, Any]]) -> tuple[Any, dict[str, Any]]:
    """Read tags: the ticket, and the fields that the others become."""
    ticket = None
    values: dict[str, list[Any]] = {}
    for tag in tags:
        if tag["value"] in (None, "") or tag["name"] in CONTACT_FIELDS:
            continue
        if tag["name"] == "ticket_id":
            ticket = {"id": str(tag["value"]), "platform": "Zendesk"}
        else:
            values.setdefault(f"tag.{tag['name']}", []).append(tag["value"])
    return ticket, {name: of_tag if len(of_tag) > 1 else of_tag[0] for name, of_tag in values.items()}


def read_names(raw: dict[str, Any]) -> dict[str, Any]:
    """Read categories and justifications."""
    fields: dict[str, Any] = {}
    if raw["categories"]:
        fields["answer.categories"] = [read_name(category["name"]) for category in raw["categories"]]
    for justification in raw["justifications"]:
        children = [read_name(child["name"]) for child in justification["children"]]
        fields.setdefault(f"justification.{read_name(justification['name'])}", []).extend(children)
    return fields


def read(raw: dict[str, Any], campaign: dict[str, Any]) -> dict[str, Any] | str:
    """Read one answer: its record, or what becomes of it instead."""
    if raw["id"] is None:
        return "rejected id.missing"
    if raw["time"] is None:
        return "rejected date.missing"
    if not isinstance(raw["time"], int):
        return "rejected date.invalid"
    rating = read_rating(raw["nps_answer"])
    if " " in rating:
        return rating
    question: dict[str, Any] = next(iter(campaign["questions"]), {})
    kind = "csat" if question.get("type") == "csat" else "nps"
    fields = {f"answer.{key}": raw[key] for key in PLAIN if raw[key] is not None}
    if question.get("question"):
        fields[question["question"]] = int(rating)
    ticket, tags = read_tags(raw["tags"])
    record = {
        "id": f"trackco_nps:{raw['id']}",
        "kind": kind,
        "rating": rating,
        "title": f"[{kind.upper()}] {campaign['name']}",
        "text": read_html(raw["nps_comment"] or ""),
        "posted_at": datetime.fromtimestamp(raw["time"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "author_id": str(raw["identification"] or ""),
        "author_name": (raw["name"] or "").strip(),
        "survey_id": str(campaign["code"]),
        "survey_title": campaign["name"],
        "transaction": ticket,
        "additional_fields": fields | tags | read_names(raw),
    }
    return {key: value for key, value in record.items() if value or key == "additional_fields"}


def compare(account: NpsAccount) -> None:
    """Read the whole account and hold it against what it expects."""
    expected = account.expected(transaction_id_field="ticket_id", transaction_platform="Zendesk")
    outcomes = account.outcomes()
    seen = 0
    for campaign in account.campaigns:
        sent = wire_campaign(campaign, [])
        for entry in account.timeline(campaign.code).entries:
            raw = orjson.loads(entry.raw)
            assert len(raw) == 26
            made = read(raw, sent)
            if isinstance(made, dict):
                assert made == expected[made["id"]]
                assert list(made) == list(expected[made["id"]])
                seen += 1
            else:
                outcome = outcomes[int(str(entry.id))]
                assert made == f"{outcome.result} {outcome.reason}"
    assert seen == len(expected) == account.expected_counts().importable


@pytest.mark.parametrize(("seed", "campaigns"), [(1, 3), (2, 8), (3, 1)])
def test_expected_records_are_what_the_wire_form_says(seed: int, campaigns: int) -> None:
    compare(generate_nps(seed, 2000, campaigns=campaigns, dirty=0.1))


def test_they_still_are_after_additions_and_edits() -> None:
    account = generate_nps(5, 500)
    now = datetime(2026, 9, 1, tzinfo=UTC)
    account.add(50)
    account.edit(200, within=timedelta(days=365), now=now)
    account.edit(200, within=timedelta(days=365), now=now)
    compare(account)
