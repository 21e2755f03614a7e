"""The records that a CXM account expects are those that its own wire form yields, when read by the mapping's page.

The reader below knows the wire form and nothing of the account; the account computes from what is true of its answers.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from trackco_simulator import CONTACT_FIELDS, CxmAccount, generate_cxm, golden_cxm
from trackco_simulator.cxm.model import TYPE_NUMBERS

NUMERIC = {"nps", "nps_relational", "csat", "ces", "ces2", "ratings", "emoji"}
KINDS = {"nps": "nps", "nps_relational": "nps", "csat": "csat"}
HELD = {"uuid", "survey_public_hash", "answered_at", "answers", "customer", "metadata", "interaction"}
RESERVED = ("metadata.", "interaction.", "customer.", "tag.", "answer.", "justification.")
TYPE_NAMES = {number: name for name, number in TYPE_NUMBERS.items()}


def kind_of(raw_type: Any) -> str:
    return TYPE_NAMES[raw_type] if isinstance(raw_type, int) else str(raw_type).lower()


def in_language(value: Any, language: str | None) -> Any:
    if isinstance(value, dict):
        return value.get(language, next(iter(value.values())))
    return value


def read_number(text: str) -> int | float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number.is_integer() else number


def read_date(value: Any, zone: ZoneInfo) -> datetime:
    if isinstance(value, int):
        return datetime.fromtimestamp(value // 1000 if value >= 100_000_000_000 else value, UTC)
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone, fold=0)
    return moment.astimezone(UTC).replace(microsecond=0)


def read_rating(value: Any, low: int, high: int) -> str:
    if value is None or (isinstance(value, str) and not value.strip()):
        return "skipped unscored"
    number = read_number(value) if isinstance(value, str) else value
    if isinstance(value, bool) or not isinstance(number, int | float):
        return "rejected rating.type"
    if number != int(number):
        return "rejected rating.not_whole"
    return str(int(number)) if low <= number <= high else "rejected rating.out_of_scale"


def question_names(definition: dict[str, Any]) -> dict[str, str]:
    names: dict[str, str] = {}
    for question in definition["questions"]:
        if kind_of(question["type"]) not in {"label", "image"}:
            text = in_language(question["question"], definition.get("default_lang"))
            taken = text in names.values() or text.startswith(RESERVED)
            names[question["uuid"]] = f"{text} ({question['uuid']})" if taken else text
    return names


def refused(raw: Any, zone: ZoneInfo) -> str:
    """Say why an interaction cannot be read before its score is looked at, if so."""
    if not isinstance(raw["answers"], list) or not isinstance(raw.get("customer", {}), dict):
        return "rejected record.shape"
    if not raw.get("uuid"):
        return "rejected id.missing"
    if raw.get("status") not in {None, 3, 5}:
        return "skipped status"
    if raw.get("answered_at") is None:
        return "rejected date.missing"
    try:
        read_date(raw["answered_at"], zone)
    except ValueError:
        return "rejected date.invalid"
    return ""


def read_reply(reply: dict[str, Any], language: str | None) -> tuple[str, Any, Any, str]:
    """Read one answer: the question's uuid, the raw value, the value in a record, and the comment."""
    question = reply.get("question") or {"uuid": reply["question_uuid"], "type": reply["type"]}
    answer = reply["answer"] if isinstance(reply["answer"], dict) else {"response": reply["answer"]}
    raw = value = answer["response"]
    if isinstance(value, str) and kind_of(question["type"]) in NUMERIC:
        number = read_number(value)
        value = value if number is None else number
    return question["uuid"], raw, in_language(value, language), (answer.get("comment") or "").strip()


def read_attributes(raw: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    """Read all that an interaction says beside its answers."""
    top = {key: value for key, value in raw.items() if key not in HELD}
    customer = {key: value for key, value in raw.get("customer", {}).items() if key not in {"name", "identifier"}}
    spaces = {"metadata": metadata, "interaction": raw.get("interaction", {}) | top, "customer": customer}
    return {
        f"{space}.{key}": value
        for space, values in spaces.items()
        for key, value in values.items()
        if value not in (None, "", [], {}) and key not in CONTACT_FIELDS
    }


def read(raw: Any, definition: dict[str, Any], zone: ZoneInfo) -> dict[str, Any] | str:
    """Read one interaction: its record, or what becomes of it instead."""
    reason = refused(raw, zone)
    if reason:
        return reason
    [scored] = [question for question in definition["questions"] if kind_of(question["type"]) in KINDS]
    names = question_names(definition)
    rating, text = "skipped unscored", ""
    fields: dict[str, Any] = {}
    for reply in raw["answers"]:
        uuid, sent, value, comment = read_reply(reply, definition.get("default_lang"))
        name = names.get(uuid, uuid)
        if uuid == scored["uuid"]:
            rating = read_rating(sent, scored.get("min_scale", 0), scored.get("max_scale", 10))
            text = comment
        elif comment:
            fields[f"{name} (comment)"] = comment
        if value is not None:
            fields[name] = value
    if " " in rating:
        return rating
    metadata = dict(raw.get("metadata", {}))
    ticket = metadata.pop("ticket_id", None)
    kind = KINDS[kind_of(scored["type"])]
    customer = raw.get("customer", {})
    record = {
        "id": f"trackco_cxm:{raw['uuid']}",
        "kind": kind,
        "rating": rating,
        "title": f"[{kind.upper()}] {definition['name']}",
        "text": text,
        "posted_at": read_date(raw["answered_at"], zone).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "author_id": str(customer.get("identifier") or ""),
        "author_name": (customer.get("name") or "").strip(),
        "survey_id": definition["public_hash"],
        "survey_title": definition["name"],
        "transaction": {"id": str(ticket), "platform": "Zendesk"} if ticket else None,
        "additional_fields": fields | read_attributes(raw, metadata),
    }
    return {key: value for key, value in record.items() if value or key == "additional_fields"}


def compare(account: CxmAccount) -> None:
    """Read the whole account and hold it against what it expects."""
    expected = account.expected(transaction_id_field="ticket_id", transaction_platform="Zendesk")
    outcomes = account.outcomes()
    seen = 0
    for survey in account.surveys:
        if not survey.importable:
            continue
        definition = {**survey.definition, "questions": [question.definition for question in survey.questions]}
        for entry in account.timeline(survey.public_hash).entries:
            made = read(orjson.loads(entry.raw), definition, account.zone)
            if isinstance(made, dict):
                assert made == expected[made["id"]]
                assert list(made) == list(expected[made["id"]])
                seen += 1
            else:
                outcome = outcomes[str(entry.id)]
                assert made == f"{outcome.result} {outcome.reason}"
    assert seen == len(expected) == account.expected_counts().importable


@pytest.mark.parametrize(
    ("seed", "surveys", "zone", "end"),
    [
        (1, 3, "America/Sao_Paulo", datetime(2026, 9, 1, tzinfo=UTC)),
        (2, 7, "America/New_York", datetime(2026, 9, 1, tzinfo=UTC)),
        (3, 1, "America/Sao_Paulo", datetime(2019, 4, 1, tzinfo=UTC)),
        (4, 2, "Europe/Lisbon", datetime(2025, 1, 1, tzinfo=UTC)),
    ],
)
def test_expected_records_are_what_the_wire_form_says(seed: int, surveys: int, zone: str, end: datetime) -> None:
    compare(generate_cxm(seed, 2000, surveys=surveys, time_zone=zone, end=end, dirty=0.1))


def test_they_still_are_after_additions_and_edits() -> None:
    account = generate_cxm(5, 500)
    now = datetime(2026, 9, 1, tzinfo=UTC)
    account.add(50)
    account.edit(200, within=timedelta(days=365), now=now)
    account.edit(200, within=timedelta(days=365), now=now)
    compare(account)


def test_the_golden_record_is_what_the_wire_form_says() -> None:
    compare(golden_cxm())
