"""Generated accounts: the same for a seed, varied, and able to grow, change and shrink."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from trackco_simulator import CxmAccount, NpsAccount, generate_cxm, generate_nps, golden_cxm
from trackco_simulator.cxm.model import TYPE_NUMBERS

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def cxm_wire(account: CxmAccount) -> Iterator[dict[str, Any]]:
    for survey in account.surveys:
        for entry in account.timeline(survey.public_hash).entries:
            yield orjson.loads(entry.raw)


def nps_wire(account: NpsAccount) -> Iterator[dict[str, Any]]:
    for campaign in account.campaigns:
        for entry in account.timeline(campaign.code).entries:
            yield orjson.loads(entry.raw)


def test_a_seed_gives_the_same_account_whatever_the_order_of_hashes() -> None:
    program = (
        "import hashlib; from trackco_simulator import generate_cxm, generate_nps\n"
        "from datetime import datetime, timedelta, UTC\n"
        "now = datetime(2026, 9, 1, tzinfo=UTC); digest = hashlib.sha256()\n"
        "for account in generate_cxm(7, 300), generate_nps(7, 300):\n"
        "    account.add(9); account.edit(20, within=timedelta(days=99), now=now)\n"
        "    digest.update(repr((account.expected(), account.outcomes())).encode())\n"
        "    for timeline in account._timelines.values():\n"
        "        digest.update(b''.join(entry.raw for entry in timeline.entries))\n"
        "print(digest.hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_seeds_differ() -> None:
    assert generate_cxm(1, 50).expected() != generate_cxm(2, 50).expected()
    assert generate_nps(1, 50).expected() != generate_nps(2, 50).expected()


@pytest.mark.parametrize("answers", [0, 1, 777])
def test_an_account_has_as_many_answers_as_asked_for(answers: int) -> None:
    assert len(generate_cxm(1, answers)) == answers
    assert len(generate_nps(1, answers)) == answers


def test_cxm_surveys_hold_every_type_every_scale_and_the_awkward_cases() -> None:
    account = generate_cxm(1, 10)
    questions = [question for survey in account.surveys for question in survey.questions]
    assert {question.type for question in questions} == set(TYPE_NUMBERS)
    scales = {(sent.get("min_scale"), sent.get("max_scale")) for sent in (q.definition for q in questions)}
    assert scales >= {(0, 10), (1, 10), (1, 7), (0, 5), (1, 5), (None, None)}
    assert {type(question.definition["type"]) for question in questions} == {str, int}
    assert {type(question.definition["question"]) for question in questions} == {str, dict}
    assert [len(survey.scored) for survey in account.surveys] == [1, 1, 1, 0, 2]
    assert [survey.definition["status"] for survey in account.surveys][2] == "archived"
    texts = [[question.text for question in survey.questions] for survey in account.surveys]
    assert any(len(set(of_survey)) < len(of_survey) for of_survey in texts)


def test_cxm_answers_come_in_every_shape() -> None:
    account = generate_cxm(1, 3000)
    wire = list(cxm_wire(account))
    dates = Counter(type(answer.get("answered_at")).__name__ for answer in wire)
    assert dates["str"] > 0.8 * len(wire)
    assert dates["int"] > 0
    replies = [reply for answer in wire if isinstance(answer["answers"], list) for reply in answer["answers"]]
    assert {"question_uuid", "question", "type", "answer"} == {key for reply in replies for key in reply}
    assert {type(reply["answer"]) for reply in replies} >= {dict, str, int, list, bool}
    assert {answer.get("status") for answer in wire} == {3, 5, None, 1, 2, 4}
    assert {"interaction", "metadata", "customer"} <= {key for answer in wire for key in answer}


def test_contact_data_is_nobodys_and_stays_out_of_records() -> None:
    for account, wire in (
        (generate_cxm(1, 1000), cxm_wire(generate_cxm(1, 1000))),
        (generate_nps(1, 1000), nps_wire(generate_nps(1, 1000))),
    ):
        texts = " ".join(orjson.dumps(answer).decode() for answer in wire)
        assert texts.count("@") == texts.count("@example.com") > 0
        records = orjson.dumps(list(account.expected().values())).decode()
        assert "@" not in records
        assert "5500000000000" not in records


def test_dirt_can_be_switched_off() -> None:
    for account in (generate_cxm(1, 1000, dirty=0), generate_nps(1, 1000, dirty=0)):
        counts = account.expected_counts()
        assert counts.rejected == {}
        assert set(counts.skipped) <= {"status", "unscored"}


def test_dirt_is_about_one_in_a_hundred_and_of_every_kind() -> None:
    counts = generate_cxm(1, 20_000).expected_counts()
    assert 100 < sum(counts.rejected.values()) < 300
    assert set(counts.rejected) == {
        "record.shape", "id.missing", "date.missing", "date.invalid",
        "rating.type", "rating.not_whole", "rating.out_of_scale",
    }  # fmt: skip
    assert len(counts.unimportable) == 2


def test_changes_of_clocks_make_times_doubtful_where_the_period_has_any() -> None:
    assert generate_cxm(1, 2000).expected_counts().ambiguous_times == 0
    before_2019 = generate_cxm(1, 2000, end=datetime(2019, 4, 1, tzinfo=UTC))
    assert before_2019.expected_counts().ambiguous_times > 0


def test_windows_take_their_start_and_leave_their_end() -> None:
    for account in (generate_cxm(1, 2000), generate_nps(1, 2000)):
        records = account.expected()
        middle = datetime.fromisoformat(sorted(record["posted_at"] for record in records.values())[1000])
        before, after = account.expected(until=middle), account.expected(since=middle)
        assert {**before, **after} == records
        assert not before.keys() & after.keys()
        assert min(record["posted_at"] for record in after.values()) == middle.strftime("%Y-%m-%dT%H:%M:%SZ")
        counted = account.expected_counts(since=middle, until=middle + timedelta(days=9)).importable
        assert counted == len(account.expected(since=middle, until=middle + timedelta(days=9)))


def test_records_can_be_asked_for_by_survey_by_ticket_and_by_prefix() -> None:
    cxm, nps = generate_cxm(1, 500), generate_nps(1, 500)
    public_hash, code = cxm.surveys[0].public_hash, nps.campaigns[0].code
    assert {record["survey_id"] for record in cxm.expected(surveys=[public_hash]).values()} == {public_hash}
    assert {record["survey_id"] for record in nps.expected(campaigns=[code]).values()} == {str(code)}
    assert all(key.startswith("other:") for key in nps.expected(prefix="other:"))
    for account, field in ((cxm, "metadata.ticket_id"), (nps, "tag.ticket_id")):
        plain = account.expected().values()
        tied = account.expected(transaction_id_field="ticket_id").values()
        assert not any("transaction" in record for record in plain)
        assert any("transaction" in record for record in tied)
        assert not any(field in record["additional_fields"] for record in tied)
        assert account.expected(transaction_id_field=field) == account.expected(transaction_id_field="ticket_id")


def test_added_answers_are_importable_and_as_old_as_asked_for() -> None:
    for account, prefix in ((generate_cxm(1, 100), "trackco_cxm:"), (generate_nps(1, 100), "trackco_nps:")):
        before = account.expected().keys()
        ids = account.add(20, at=NOW)
        added = {key: record for key, record in account.expected().items() if key not in before}
        assert set(added) == {f"{prefix}{key}" for key in ids}
        assert {record["posted_at"][:15] for record in added.values()} == {"2026-08-31T23:5"}
        assert len(account.add(5)) == 5


def test_edits_change_the_records_of_the_period_and_no_others() -> None:
    for account, prefix in ((generate_cxm(1, 1000), "trackco_cxm:"), (generate_nps(1, 1000), "trackco_nps:")):
        before = account.expected()
        ids = account.edit(10, within=timedelta(days=30), now=NOW)
        after = account.expected()
        changed = {key for key in before if before[key] != after[key]}
        assert changed == {f"{prefix}{key}" for key in ids}
        assert len(changed) == 10
        assert min(before[key]["posted_at"] for key in changed) >= "2026-08-02"
        assert account.edit(10, within=timedelta(0), now=datetime(2030, 1, 1, tzinfo=UTC)) == []


def test_deleted_answers_are_gone() -> None:
    cxm, nps = generate_cxm(1, 100), generate_nps(1, 100)
    cxm.delete(list(cxm.outcomes())[:7])
    nps.delete(list(nps.outcomes())[:7])
    assert len(cxm) == len(nps) == 93


def test_the_golden_account_holds_the_documentations_own_example() -> None:
    [record] = golden_cxm().expected().values()
    documented = {key: record[key] for key in ("kind", "rating", "title", "posted_at", "additional_fields")}
    assert orjson.dumps(documented).decode() == (
        '{"kind":"csat","rating":"5","title":"[CSAT] Birdie","posted_at":"2024-07-01T10:30:00Z",'
        '"additional_fields":{"How satisfied are you with Birdie?":5,'
        '"What other features would you like to see?":"Better reporting dashboards",'
        '"How would you rate Birdie\'s usefulness?":4}}'
    )
