"""What cannot be imported is kept, told once, and mapped again after a fix; too much of it stops the run."""

import json
from datetime import timedelta
from typing import Any

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from connector_core.database import Database, open_database
from connector_core.errors import ConfigError
from connector_core.job import PLUGIN
from connector_core.journal import Journal
from connector_core.jsontext import encode
from connector_core.mapping import Keeping
from connector_core.model import Reject, Window
from connector_core.plan import Options, Tolerance
from connector_core.privacy import Privacy, raw_protector
from connector_core.retrying import retry
from connector_core.sink import Held
from connector_core.sqlite import TARGET, Table
from connector_core.summary import Summary
from connector_core.telling import text_of
from tests.fakes import Ledger, hour, imported, job

ALL = Tolerance(share=1.0)


@define
class Target:
    """A SQLite target in memory over many runs."""

    database: Database = field(factory=lambda: open_database(":memory:", TARGET))

    def sink(self) -> Journal:
        return Journal(self.database, "ledger", Table(self.database, "ledger"))

    def take(self, ledger: Ledger, **options: Any) -> Summary:
        return imported(ledger, self.sink(), **options)

    def retry(self, ledger: Ledger, **more: Any) -> Summary:
        return retry(job(ledger, self.sink(), **more), Options(threads=1))

    def rejects(self) -> list[tuple[Any, ...]]:
        return self.database.select("SELECT key, partition, reason, path, rejected_at FROM connector_reject")

    def ratings(self) -> dict[str, str]:
        return dict(self.database.select("SELECT id, rating FROM feedback"))


@pytest.fixture
def target() -> Target:
    return Target()


@pytest.fixture
def ledger() -> Ledger:
    """A survey of 200 answers, an hour apart; one is scored in a word, one is not scored, and one has no id."""
    made = Ledger(now=hour(1000), page=50)
    odd: dict[int, dict[str, Any]] = {7: {"score": "nine"}, 8: {"score": None}, 9: {"score": "nine", "nameless": True}}
    for number in range(200):
        made.say("a", f"a{number}", number, **({"score": number % 11} | odd.get(number, {})))
    return made


# --- the store


def test_a_reject_is_kept_with_all_that_mapping_it_again_takes(ledger: Ledger, target: Target) -> None:
    """Its id, partition, reason, path, time, and the record itself."""
    assert target.take(ledger).exit_code == 3
    first = target.rejects()[0]
    assert first == ("ledger:a7", "a", "rating.type", "score", "2024-02-11T16:00:00Z")
    kept = target.sink().rejects("a")
    assert json.loads(kept[0].raw) == {"id": "a7", "at": hour(7).isoformat(), "score": "nine"}
    assert [(len(refused.key), refused.posted_at, refused.at) for refused in kept] == [
        (9, hour(7), hour(1000)),
        (32, hour(9), hour(1000)),
    ]
    assert target.sink().rejects("b") == []


def test_a_known_reject_is_told_once_and_keeps_its_time(ledger: Ledger, target: Target) -> None:
    target.take(ledger)
    ledger.now = hour(1001)
    again = target.take(ledger, full_refresh=True)
    assert (again.exit_code, again.total.rejected, again.total.new_rejects) == (0, 2, 0)
    assert {at for *_, at in target.rejects()} == {"2024-02-11T16:00:00Z"}


def test_what_is_kept_of_a_reject_is_what_privacy_leaves() -> None:
    """By the names of the source's own fields, at any depth, and by the label of a pair; addresses everywhere."""
    raw = {
        "id": 1,
        "customer": {"email": "canary@example.com", "name": "Canária"},
        "tags": [{"name": "Telefone", "value": "+55 11"}, {"name": "Cidade", "value": "Recife"}],
        "other": ["canary@example.com", "a"],
        "comment": "ligue para mim",
        "score": "nine",
    }
    personal = {"email": "contact", "telefone": "contact", "customer.name": "author", "comment": "text"}
    dropped = raw_protector(personal, Privacy(author_name="drop"))(raw)  # type: ignore[arg-type]
    assert dropped == {
        "id": 1,
        "customer": {},
        "tags": [{"name": "Telefone"}, {"name": "Cidade", "value": "Recife"}],
        "other": ["a"],
        "comment": "ligue para mim",
        "score": "nine",
    }
    hashed = raw_protector(personal, Privacy(contact_data="hash", hash_key="a key of some length"))(raw)  # type: ignore[arg-type]
    assert hashed["customer"]["name"] == "Canária"
    assert hashed["customer"]["email"].startswith("connector-hash:")
    assert "canary" not in json.dumps(hashed)
    public = raw_protector({"title": "public", "email": "contact"}, Privacy())
    assert public({"title": "Poll", "email": "x"}) == {"title": "Poll"}
    assert raw_protector(personal, Privacy(contact_data="keep"))(raw) is raw  # type: ignore[arg-type]
    assert raw_protector(personal, Privacy())("canary@example.com") is None  # type: ignore[arg-type]


def test_the_kept_record_is_cleaned_and_its_key_is_that_of_the_whole_one() -> None:
    """Two records that differ only in what privacy takes out are two rejects."""
    keeping = Keeping(encode, lambda _: "clean", hour(0))
    one, other = (keeping.refused({"a": number}, Reject("id.missing", "id")) for number in (1, 2))
    assert one.raw == other.raw == b'"clean"'
    assert one.key != other.key


# --- too many


def test_a_source_that_has_changed_its_shape_stops_the_run_before_it_is_passed_over(target: Target) -> None:
    """From the 100th answer on every score is a word: what came before is stored, no place moves past the change."""
    changed = Ledger(now=hour(5000), page=50)
    for number in range(400):
        changed.say("a", f"a{number}", number, 5 if number < 100 else "nine")
    summary = target.take(changed, tick=1.0)
    assert summary.error
    assert (summary.exit_code, summary.error.kind, len(target.ratings()), target.rejects()) == (1, "source", 100, [])
    assert "50 of 150 new answers would be rejected (50 rating.type), more than --max-rejects 5%" in str(summary.error)
    changed.fixed = True
    assert (target.take(changed).exit_code, len(target.ratings())) == (0, 400)


def test_a_few_odd_answers_of_a_small_survey_are_no_reason_to_stop(target: Target) -> None:
    small = Ledger(now=hour(5000))
    for number in range(6):
        small.say("a", f"a{number}", number, "nine" if number < 5 else 5)
    assert target.take(small).exit_code == 3
    assert (len(target.rejects()), len(target.ratings())) == (5, 1)


def test_a_small_survey_of_nothing_but_rejects_is(target: Target) -> None:
    """Judged at the end, since it never has 100 answers; however slowly its pages come."""
    small = Ledger(now=hour(5000))
    for number in range(30):
        small.say("a", f"a{number}", number, "nine")
    summary = target.take(small, tick=5.0)
    assert (summary.exit_code, target.rejects()) == (1, [])
    assert target.sink().history().places == {}


def test_rejects_that_are_known_are_not_held_against_a_run(target: Target) -> None:
    small = Ledger(now=hour(5000))
    for number in range(30):
        small.say("a", f"a{number}", number, "nine")
    assert target.take(small, tolerance=ALL).exit_code == 3
    assert target.take(small, full_refresh=True).exit_code == 0


@given(st.integers(0, 400), st.integers(0, 400))
def test_how_many_are_borne(rejects: int, read: int) -> None:
    assert Tolerance().bears(rejects, read) == (rejects <= max(read, 100) / 20)
    assert Tolerance(count=7).bears(rejects, read) == (rejects <= 7)


@pytest.mark.parametrize(
    ("tolerance", "text"),
    [(Tolerance(), "5%"), (Tolerance(0.0), "0%"), (Tolerance(0.005), "0.5%"), (Tolerance(1.0), "100%"),
     (Tolerance(0.2), "20%"), (Tolerance(count=20), "20")],
)  # fmt: skip
def test_a_tolerance_reads_as_it_is_written(tolerance: Tolerance, text: str) -> None:
    assert str(tolerance) == text


# --- mapped again


def test_a_raw_record_keeps_no_more_of_a_person_than_the_record_does() -> None:
    """An id that may be a CPF, and an address among other words in whatever is no free text."""
    raw = {
        "id": 1,
        "agent": "Fulana <fulana@example.com>",
        "person": {"id": "12345678909"},
        "tags": [{"name": "Contato", "value": "Fulana <fulana@example.com>"}],
        "comment": "write to fulana@example.com, please",
    }
    clean = raw_protector({"person.id": "author", "comment": "text"}, Privacy(author_name="drop"))
    assert clean(raw) == {"id": 1, "person": {}, "tags": [{"name": "Contato"}], "comment": raw["comment"]}


def test_after_a_fix_rejects_are_loaded_from_what_was_kept(ledger: Ledger, target: Target) -> None:
    """No answer is read again, no place moves, and a second retry finds nothing."""
    target.take(ledger)
    places, asked = target.sink().history().places, len(ledger.asked)
    ledger.fixed = True
    summary = target.retry(ledger)
    assert (summary.exit_code, summary.total.new, summary.total.read) == (0, 2, 2)
    assert (target.rejects(), len(ledger.asked)) == ([], asked)
    assert (target.ratings()["ledger:a7"], target.ratings()["ledger:a9"]) == ("9", "9")
    assert target.sink().history().places == places
    assert target.retry(ledger).total.read == 0
    assert target.take(ledger, full_refresh=True).total.unchanged == 199


def test_what_still_cannot_be_mapped_stays_as_it_is(ledger: Ledger, target: Target) -> None:
    imported(ledger, target.sink(), job_values={"clean": lambda raw: {**raw, "mail": "taken out"}})
    before = target.sink().rejects("a")
    summary = target.retry(ledger)
    assert (summary.exit_code, summary.total.rejected, summary.total.new_rejects) == (0, 2, 0)
    assert target.sink().rejects("a") == before  # its digest and its time too, so that it stays known
    assert target.take(ledger, full_refresh=True).total.new_rejects == 0


def test_a_newer_record_is_not_replaced_by_an_old_reject(ledger: Ledger, target: Target) -> None:
    """Rejected without an id, then edited at the source and loaded, then mapped again: what stands is newer."""
    target.take(ledger)
    ledger.edit("a", 9, score=3, nameless=False)
    target.take(ledger, lookback=timedelta(days=60))
    ledger.fixed = True
    summary = target.retry(ledger)
    assert (summary.total.new, summary.total.unchanged, target.rejects()) == (1, 1, [])
    assert target.ratings()["ledger:a9"] == "3"


def test_an_edit_that_was_rejected_takes_the_place_of_what_was_loaded_before(ledger: Ledger, target: Target) -> None:
    """Loaded, then edited at the source and rejected, then mapped again: what was kept is newer."""
    target.take(ledger)
    ledger.edit("a", 5, score="nine")
    target.take(ledger, lookback=timedelta(days=60))
    assert (target.ratings()["ledger:a5"], len(target.rejects())) == ("5", 3)
    ledger.fixed = True
    summary = target.retry(ledger)
    assert (summary.total.updated, target.rejects()) == (1, [])
    assert target.ratings()["ledger:a5"] == "9"


def test_a_sample_is_never_stopped(target: Target) -> None:
    """It shows a few answers of a page, among whose rejects they would be too many."""
    odd = Ledger(now=hour(5000), page=50)
    for number in range(50):
        odd.say("a", f"a{number}", number, "nine" if number % 2 else 5)
    assert target.take(odd, limit=3).exit_code == 3


def test_what_is_unchanged_does_not_make_up_for_new_rejects(target: Target) -> None:
    """An hourly run reads a week of good answers again, and everything new is odd."""
    ledger = Ledger(now=hour(600), page=50)
    for number in range(500):
        ledger.say("a", f"a{number}", number)
    target.take(ledger)
    ledger.now = hour(700)
    for number in range(600, 625):
        ledger.say("a", f"a{number}", number, "nine")
    summary = target.take(ledger, lookback=timedelta(days=60))
    assert (summary.exit_code, target.rejects()) == (1, [])


def test_a_reject_that_is_skipped_now_is_one_no_more(ledger: Ledger, target: Target) -> None:
    target.take(ledger)
    target.database.db.execute("UPDATE connector_reject SET raw = CAST(replace(raw, '\"nine\"', 'null') AS BLOB)")
    everything = Window(None, hour(10_000))
    before = target.sink().held("a", everything)
    assert target.retry(ledger).total.skipped == {"unscored": 2}
    assert target.rejects() == []
    after = target.sink().held("a", everything)
    assert (before.rejected - after.rejected, after.skipped - before.skipped) == (2, 2)


def test_a_retry_is_ended_by_the_user_between_partitions(ledger: Ledger, target: Target) -> None:
    target.take(ledger)
    work = job(ledger, target.sink())
    work.stop.set()
    summary = retry(work, Options(threads=1))
    assert (summary.exit_code, summary.interrupted) == (130, True)


@pytest.mark.parametrize("raw", [b"{", "{}", None])
def test_a_kept_record_that_somebody_spoiled_is_said_and_left(raw: Any, ledger: Ledger, target: Target) -> None:
    target.take(ledger)
    target.database.db.execute("UPDATE connector_reject SET raw = ? WHERE key = 'ledger:a7'", (raw or 7,))
    summary = target.retry(ledger)
    assert (summary.exit_code, str(summary.error)) == (
        1,
        "the reject ledger:a7 of partition a cannot be read as it is kept; somebody else has written there",
    )
    assert len(target.rejects()) == 2


def test_rejects_of_what_is_listed_no_more_are_named_and_wait(ledger: Ledger, target: Target) -> None:
    target.take(ledger)
    before = target.rejects()
    ledger.fixed = True
    del ledger.said["a"]
    summary = target.retry(ledger)
    assert (summary.exit_code, summary.unlisted, target.rejects()) == (0, ["a"], before)
    told = text_of(summary)
    assert "no longer listed: a; deleted at the source, or not chosen: what is kept of it stays" in told
    assert "Nothing new" not in told


def test_a_retry_with_other_settings_is_refused(ledger: Ledger, target: Target) -> None:
    target.take(ledger)
    with pytest.raises(ConfigError, match="belongs to the plugin"):
        target.retry(ledger, fingerprint={PLUGIN: "other"})


# --- what is held


def test_what_a_target_holds_is_told_by_rating_and_by_what_was_not_loaded(ledger: Ledger, target: Target) -> None:
    target.take(ledger)
    held = target.sink().held("a", Window(hour(0), hour(11)))
    assert held == Held({str(score): 1 for score in (0, 1, 2, 3, 4, 5, 6, 10)}, rejected=2, skipped=1)
    assert target.sink().held("b", Window(None, hour(11))) == Held()


def test_an_answer_is_one_thing_at_a_time(ledger: Ledger, target: Target) -> None:
    """Skipped first, then rejected, then loaded, then skipped again: its record stays, and it is counted once."""
    counts = []
    for score in (None, "nine", 4, None):
        ledger.edit("a", 8, score=score)
        target.take(ledger, full_refresh=True)
        held = target.sink().held("a", Window(hour(8), hour(9)))
        counts.append((sum(held.ratings.values()), held.rejected, held.skipped))
    assert counts == [(0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 0, 0)]


def test_a_full_refresh_forgets_what_was_skipped_and_is_gone(ledger: Ledger, target: Target) -> None:
    target.take(ledger)
    del ledger.said["a"][8]
    target.take(ledger, full_refresh=True)
    assert target.sink().held("a", Window(None, hour(1000))).skipped == 0
