"""A target that is sent rows, some of which it refuses: what is kept, told and sent again, and what a stop costs."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from connector_core.database import Database, open_database
from connector_core.errors import StoppedError
from connector_core.journal import Journal
from connector_core.jsontext import encode
from connector_core.plan import Options, Tolerance
from connector_core.record import Record
from connector_core.retrying import retry
from connector_core.sink import Batch, Place, Portion, Row, Stored
from connector_core.summary import Summary
from connector_core.tables import STATE
from connector_core.target import Delivery, Refusal
from tests.fakes import START, Ledger, hour, imported, job, row

ALL = Tolerance(share=1.0)


@define
class Shop:
    """A target in memory behind a journal; it refuses some ids, and stops a run that sends too often."""

    database: Database = field(factory=lambda: open_database(":memory:", STATE))
    refuses: Collection[str] = ()
    patience: int = 10**6
    sent: list[list[str]] = field(factory=list)
    holds: dict[str, bytes] = field(factory=dict)
    seen: None = None

    @contextmanager
    def delivering(self, deliveries: Sequence[Delivery]) -> Iterator[list[Refusal]]:
        if len(self.sent) == self.patience:
            raise StoppedError("stopped")
        self.sent.append([d.row.id for d in deliveries])
        self.holds |= {d.row.id: d.row.line for d in deliveries if d.row.id not in self.refuses}
        with self.database.transaction():
            refused = [d.row.id for d in deliveries if d.row.id in self.refuses]
            yield [Refusal(key, "invalid", "/rating: must be a word", START) for key in refused]

    def delete(self, ids: Collection[str], /) -> None:
        self.holds = {key: line for key, line in self.holds.items() if key not in ids}

    def close(self) -> None:
        """It goes on."""

    def sink(self, **more: Any) -> Journal:
        return Journal(self.database, "ledger", self, **more)

    def rejects(self) -> list[tuple[Any, ...]]:
        return self.database.select("SELECT key, reason, path FROM connector_reject ORDER BY key")


@pytest.fixture
def ledger() -> Ledger:
    """A survey of 200 answers, an hour apart."""
    made = Ledger(now=hour(1000), page=50)
    for number in range(200):
        made.say("a", f"a{number}", number, score=number % 11, why="Ótimo")
    return made


def test_what_the_target_refuses_waits_among_the_rejects_and_the_run_goes_on(ledger: Ledger) -> None:
    shop = Shop(refuses={"ledger:a3", "ledger:a150"})
    summary = imported(ledger, shop.sink())
    assert summary.exit_code == 3
    assert (summary.total.loaded, summary.total.rejected, summary.total.new_rejects) == (198, 2, 2)
    assert summary.total.rejected_by == {"target.invalid": 2}
    assert summary.total.adds_up()
    said = "/rating: must be a word"
    assert shop.rejects() == [("ledger:a150", "target.invalid", said), ("ledger:a3", "target.invalid", said)]
    assert shop.sink().history().places["a"].high_water == hour(1000)


def test_it_is_offered_again_when_it_comes_again_and_told_once(ledger: Ledger) -> None:
    shop = Shop(refuses={"ledger:a3"})
    imported(ledger, shop.sink())
    again = imported(ledger, shop.sink(), full_refresh=True)
    assert (again.exit_code, again.total.rejected, again.total.new_rejects, again.total.unchanged) == (0, 1, 0, 199)
    assert shop.sent[-1] == ["ledger:a3"]
    shop.refuses = ()
    healed = imported(ledger, shop.sink(), full_refresh=True)
    assert (healed.total.new, shop.rejects(), len(shop.holds)) == (1, [], 200)


def test_after_a_fix_it_is_sent_again_as_it_was(ledger: Ledger) -> None:
    """Nothing of the source is read, and no mapper is asked."""
    shop = Shop(refuses={"ledger:a3", "ledger:a4"})
    whole = Shop()
    imported(ledger, whole.sink())
    imported(ledger, shop.sink())
    shop.refuses = {"ledger:a4"}
    summary: Summary = retry(job(ledger, shop.sink()), Options(threads=1))
    assert (summary.total.new, summary.total.rejected, summary.total.new_rejects) == (1, 1, 0)
    assert [key for key, *_ in shop.rejects()] == ["ledger:a4"]
    shop.refuses = ()
    retry(job(ledger, shop.sink()), Options(threads=1))
    assert shop.rejects() == []
    assert shop.holds == whole.holds


def test_what_was_refused_is_sent_again_though_its_partition_is_listed_no_more(ledger: Ledger) -> None:
    shop = Shop(refuses={"ledger:a3"})
    imported(ledger, shop.sink())
    shop.refuses = ()
    del ledger.said["a"]
    summary: Summary = retry(job(ledger, shop.sink()), Options(threads=1))
    assert (summary.total.new, shop.rejects(), summary.unlisted) == (1, [], [])
    assert "a3" in str(shop.holds.keys())


def test_what_is_sent_again_is_not_written_anew(ledger: Ledger) -> None:
    """Personal data that was hashed once would become another pseudonym."""

    def hashed(record: Record) -> bytes:
        return encode(record | {"title": record["title"] + "#"})

    shop = Shop(refuses={"ledger:a3"})
    imported(ledger, shop.sink(), job_values={"write": hashed})
    shop.refuses = ()
    retry(job(ledger, shop.sink(), write=hashed), Options(threads=1))
    assert shop.rejects() == []
    assert {line.count(b"#") for line in shop.holds.values()} == {1}


def test_an_edit_that_was_refused_is_sent_after_a_fix_and_is_not_gone_meanwhile(ledger: Ledger) -> None:
    """The target holds an older version of it, which must not stand for the newer one."""
    shop = Shop()
    imported(ledger, shop.sink())
    ledger.edit("a", 3, why="edited")
    shop.refuses = {"ledger:a3"}
    refused = imported(ledger, shop.sink(), full_refresh=True)
    assert (refused.total.rejected, refused.gone) == (1, [])
    shop.refuses = ()
    summary = retry(job(ledger, shop.sink()), Options(threads=1))
    assert (summary.total.updated, shop.rejects()) == (1, [])
    assert b"edited" in shop.holds["ledger:a3"]


def test_what_is_refused_waits_however_often_its_page_comes_in_one_commit() -> None:
    """Pages shift while they are read, so that an answer comes twice; the second time is not offered again."""
    shop, one = Shop(refuses={"k:a"}), row("k:a")
    first, second = shop.sink().write([Portion("p", [one]), Portion("p", [one])])
    assert (first.refused, second) == (("target.invalid",), Stored(duplicate=1))
    assert [key for key, *_ in shop.rejects()] == ["k:a"]


def test_too_many_refusals_end_the_run_and_are_kept(ledger: Ledger) -> None:
    shop = Shop(refuses={f"ledger:a{number}" for number in range(0, 200, 2)})
    summary = imported(ledger, shop.sink(batch=Batch(rows=50)))
    assert summary.exit_code == 1
    assert "25 of 50 new answers were rejected, now by the target (25 target.invalid)" in str(summary.error)
    assert (len(shop.rejects()), len(shop.holds)) == (25, 25)


def test_the_target_says_how_much_a_commit_holds(ledger: Ledger) -> None:
    shop = Shop()
    imported(ledger, shop.sink(batch=Batch(rows=100)))
    assert [len(sent) for sent in shop.sent if sent] == [100, 100]


def test_what_a_stopped_run_has_delivered_in_steps_is_not_sent_again(ledger: Ledger) -> None:
    """The place stays, so that the page is read again, and only the rest of it is sent."""
    shop, batch = Shop(patience=4), Batch(step=20)
    stopped = imported(ledger, shop.sink(batch=batch))
    assert (stopped.exit_code, len(shop.holds)) == (130, 60)
    assert shop.sink().history().places == {}
    shop.patience = 10**6
    summary = imported(ledger, shop.sink(batch=batch))
    assert (summary.total.unchanged, summary.total.new, len(shop.holds)) == (60, 140, 200)


def test_another_form_makes_each_record_another_version_of_itself(ledger: Ledger) -> None:
    shop = Shop()
    imported(ledger, shop.sink(form=b"one"))
    same = imported(ledger, shop.sink(form=b"one"), full_refresh=True)
    other = imported(ledger, shop.sink(form=b"two"), full_refresh=True)
    assert (same.total.unchanged, other.total.updated) == (200, 200)


@given(
    versions=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=12),
    refuses=st.sets(st.sampled_from(["k:a", "k:b", "k:c"])),
    step=st.sampled_from([None, 1, 3]),
)
def test_whatever_is_refused_in_whatever_steps_the_counts_and_the_journal_agree(
    versions: list[tuple[str, str]], refuses: set[str], step: int | None
) -> None:
    shop = Shop(refuses=refuses)
    rows = [row(f"k:{key}", text=text) for key, text in versions]
    (stored,) = shop.sink(batch=Batch(step=step)).write([Portion("p", rows, place=Place(hour(1)))])
    assert stored.new + stored.updated + stored.unchanged + stored.duplicate + len(stored.refused) == len(rows)
    refused = {one.id for one in rows} & refuses
    assert {key for key, *_ in shop.rejects()} == refused
    assert stored.new_rejects == len(refused)
    assert shop.holds == {one.id: one.line for one in rows if one.id not in refuses}
    known = dict(shop.database.select("SELECT id, digest FROM connector_seen"))
    assert known == {one.id: one.digest for one in rows if one.id not in refuses}
    (again,) = shop.sink().write([Portion("p", rows[-1:])])
    assert again in (Stored(), Stored(unchanged=1), Stored(refused=("target.invalid",)))


@define
class Choosy(Shop):
    """The same, which refuses what says so; of an id, what it said last counts."""

    @contextmanager
    def delivering(self, deliveries: Sequence[Delivery]) -> Iterator[list[Refusal]]:
        said: dict[str, list[Refusal]] = {}
        for one in (delivery.row for delivery in deliveries):
            bad = self.refuses and one.feedback.title == "bad"
            said[one.id] = [Refusal(one.id, "invalid", "", START)] if bad else []
            self.holds |= {} if bad else {one.id: one.line}
        with self.database.transaction():
            yield [refusal for each in said.values() for refusal in each]


@given(
    commits=st.lists(st.lists(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=4), max_size=3)),
    step=st.sampled_from([None, 1, 2]),
)
def test_of_whatever_versions_in_whatever_commits_the_last_is_there_or_waits(
    commits: list[list[list[tuple[str, bool]]]], step: int | None
) -> None:
    """It may come again in any page of a commit; after a fix, all that waited is there."""
    shop, number, last = Choosy(refuses="all"), count(), dict[str, Row]()
    ledger = Ledger(said={"p": []})
    sink = shop.sink(batch=Batch(step=step))
    for commit in commits:
        portions = []
        for page in commit:
            rows = [row(f"k:{key}", text=str(next(number) // 3), title="bad" if bad else "good") for key, bad in page]
            last |= {one.id: one for one in rows}
            portions.append(Portion("p", rows))
        sink.write(portions)
        waiting = {key for key, *_ in shop.rejects()}
        for key, one in last.items():
            assert (shop.holds.get(key) == one.line) != (key in waiting)
    shop.refuses = ()
    retry(job(ledger, shop.sink()), Options(threads=1))
    assert (shop.holds, shop.rejects()) == ({key: one.line for key, one in last.items()}, [])
