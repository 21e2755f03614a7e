"""The memory of a connection: what counts as new, where one goes on, and two runs at a time."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core.database import Database, open_database
from connector_core.errors import TargetError
from connector_core.journal import Journal
from connector_core.model import Skip, Window
from connector_core.sink import History, Memory, Place, Portion, Refused, Row, Stored
from connector_core.sqlite import TARGET, Table
from tests.fakes import hour, refused, row

ALL = Window(None, hour(1000))


@pytest.fixture
def database() -> Iterator[Database]:
    """A file in memory; each journal over it is a run."""
    database = open_database(":memory:", TARGET)
    with closing(database.db):
        yield database


def begun(database: Database, connection: str = "acme") -> Journal:
    """The next run of a connection."""
    return Journal(database, connection, Table(database, connection))


# --- what counts as what


def test_rows_are_new_changed_unchanged_or_duplicate(database: Database) -> None:
    first = begun(database)
    rows = [row("1"), row("2"), row("1"), row("2", text="edited"), row("2")]
    assert first.write([Portion("p", rows)]) == [Stored(new=2, updated=2, duplicate=1)]
    assert first.write([Portion("p", [row("1")])]) == [Stored(duplicate=1)]
    second = begun(database)
    assert second.write([Portion("p", [row("1")]), Portion("q", [row("1")])]) == [
        Stored(unchanged=1),
        Stored(duplicate=1),
    ]


def test_a_reject_is_new_once(database: Database) -> None:
    first = begun(database)
    twice = [Portion("p", (), [refused("1"), refused("1")]), Portion("p", (), [refused("1")])]
    assert first.write(twice) == [Stored(new_rejects=1), Stored()]
    assert begun(database).write(twice) == [Stored(), Stored()]


@pytest.mark.parametrize("other", [refused("1", "rating.not_whole"), refused("1", digest=b"2"), refused("2")])
def test_a_reject_for_another_reason_or_of_another_content_is_new(other: Refused, database: Database) -> None:
    begun(database).write([Portion("p", (), [refused("1")])])
    assert begun(database).write([Portion("p", (), [other])]) == [Stored(new_rejects=1)]


def test_an_answer_that_is_loaded_is_no_reject_any_more(database: Database) -> None:
    begun(database).write([Portion("p", (), [refused("1")])])
    begun(database).write([Portion("p", [row("1")])])
    assert database.select("SELECT key FROM connector_reject") == []
    assert begun(database).write([Portion("p", (), [refused("1")])]) == [Stored(new_rejects=1)]


def test_an_answer_that_is_skipped_now_is_no_reject_any_more(database: Database) -> None:
    begun(database).write([Portion("p", (), [refused("1"), refused("2")], [Skip("s", "1"), Skip("s", "2")])])
    begun(database).write([Portion("p", (), [refused("2")], [Skip("s", "1"), Skip("s", "2")])])
    assert database.select("SELECT key FROM connector_reject") == [("2",)]


def test_what_is_skipped_without_an_id_is_counted_and_not_remembered(database: Database) -> None:
    begun(database).write([Portion("p", [row("1")], skipped=[Skip("unscored"), Skip("unscored", "2")])])
    assert database.select("SELECT id FROM connector_skip") == [("2",)]


def test_a_preview_says_what_a_write_would(database: Database) -> None:
    begun(database).write([Portion("p", [row("1"), row("2")], [refused("3")])])
    run = begun(database)
    portions = [Portion("p", [row("1"), row("2", text="edited"), row("4")], [refused("3"), refused("5")])]
    seen = run.preview(portions)
    assert seen == [Stored(new=1, updated=1, unchanged=1, new_rejects=1)]
    assert run.write(portions) == seen


def test_what_may_be_kept_of_a_known_reject_is_kept_anew_and_it_stays_known(database: Database) -> None:
    """As when privacy was tightened: what it takes out now must not stay in what was kept before."""
    begun(database).write([Portion("p", (), [refused("1", raw=b'{"email": "canary@example.com"}')])])
    stored = begun(database).write([Portion("p", (), [refused("1", raw=b"{}", at=hour(9))])])
    assert stored == [Stored()]
    assert database.select("SELECT raw, rejected_at FROM connector_reject") == [(b"{}", "2024-01-01T00:00:00Z")]


def test_a_reject_that_a_full_refresh_has_not_met_is_forgotten(database: Database) -> None:
    begun(database).write([Portion("p", (), [refused("1"), refused("2")]), Portion("q", (), [refused("3")])])
    run = begun(database)
    run.write([Portion("p", (), [refused("1")])])
    run.gone(["p"], ALL)
    assert database.select("SELECT key FROM connector_reject ORDER BY key") == [("1",), ("3",)]


def test_rejects_of_another_connection_are_its_own(database: Database) -> None:
    begun(database).write([Portion("p", (), [refused("1")])])
    assert begun(database, "other").write([Portion("p", (), [refused("1")])]) == [Stored(new_rejects=1)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([None, "x", "y"])), max_size=6), max_size=6))
def test_how_pages_are_cut_into_commits_changes_no_number(pages: list[list[tuple[str, str | None]]]) -> None:
    portions = [Portion("p", [row(key, text=text) for key, text in page]) for page in pages]
    results, contents = [], []
    for commits in ([portions], [[portion] for portion in portions]):
        database = open_database(":memory:", TARGET)
        run = begun(database)
        results.append([stored for commit in commits for stored in run.write(commit)])
        contents.append(database.select("SELECT id, text, run_no FROM feedback"))
        database.db.close()
    assert results[0] == results[1]
    assert contents[0] == contents[1]


# --- what is remembered


def test_a_fresh_connection_remembers_nothing(database: Database) -> None:
    assert begun(database).history() == History()
    assert begun(database).history().fresh


def test_places_and_memory_come_back(database: Database) -> None:
    run = begun(database)
    place = Place(hour(5), Window(hour(1), hour(6)), {"page": [1, "ç"]}, hour(2))
    run.remember(Memory(hour(1), {"a": "b"}))
    assert begun(database).history().fresh
    run.write([Portion("p", place=place), Portion("q", place=Place(hour(7)))])
    history = begun(database).history()
    assert history == History({"p": place, "q": Place(hour(7))}, hour(1), {"a": "b"})
    assert not history.fresh


def test_a_portion_without_a_place_leaves_it(database: Database) -> None:
    run = begun(database)
    run.write([Portion("p", place=Place(hour(5)))])
    run.write([Portion("p", [row("1")])])
    assert run.history().places == {"p": Place(hour(5))}


def test_a_run_that_only_samples_leaves_no_memory(database: Database) -> None:
    first = begun(database)
    first.remember(Memory(hour(1), {"a": "b"}))
    first.write(())
    begun(database).write([Portion("p", [row("1")])])
    assert begun(database).history() == History({}, hour(1), {"a": "b"})


def test_a_restart_forgets_every_place_with_the_first_write(database: Database) -> None:
    first = begun(database)
    first.write([Portion("p", place=Place(hour(5))), Portion("q", place=Place(hour(5)))])
    begun(database, "other").write([Portion("p", place=Place(hour(5)))])
    run = begun(database)
    run.remember(Memory(restart=True))
    run.write([Portion("q", place=Place(None, Window(None, hour(9)), "c"))])
    run.write([Portion("q", place=Place(hour(9)))])
    assert run.history().places == {"p": Place(), "q": Place(hour(9))}
    assert begun(database, "other").history().places == {"p": Place(hour(5))}


def test_reset_forgets_some_places_or_all_of_them_and_the_beginning(database: Database) -> None:
    run = begun(database)
    run.remember(Memory(hour(1), {"a": "b"}))
    run.write([Portion(key, place=Place(hour(5))) for key in "pqr"])
    assert begun(database).reset(["p", "x"]) == 1
    assert begun(database).history() == History(
        {"p": Place(), "q": Place(hour(5)), "r": Place(hour(5))}, hour(1), {"a": "b"}
    )
    assert begun(database).reset(None) == 3
    assert begun(database).history() == History(dict.fromkeys("pqr", Place()))
    assert begun(database, "nobody").reset() == 0


# --- what is gone


def test_what_a_run_has_not_met_is_gone(database: Database) -> None:
    first = begun(database)
    first.write([Portion("p", [row(key) for key in "abcd"]), Portion("q", [row("e")])])
    begun(database, "other").write([Portion("p", [row("f")])])
    run = begun(database)
    run.write([Portion("p", [row("a"), row("b", text="edited")], skipped=[Skip("unscored", "c")])])
    assert run.gone(["p"], ALL) == ["d"]
    assert run.gone(["p", "q"], ALL) == ["d", "e"]
    assert run.gone([], ALL) == []


def test_what_lies_outside_the_window_is_not_gone(database: Database) -> None:
    begun(database).write([Portion("p", [row(f"{number}", at=number) for number in range(5)])])
    run = begun(database)
    run.write(())
    assert run.gone(["p"], Window(hour(1), hour(4))) == ["1", "2", "3"]


# --- two runs at a time


def overtaken(run: Journal, row_: Row) -> None:
    with pytest.raises(TargetError, match="another run of acme has begun meanwhile"):
        run.write([Portion("p", [row_], place=Place(hour(1)))])


def test_the_run_that_began_first_ends_when_another_one_begins(database: Database) -> None:
    first, second = begun(database), begun(database)
    first.write([Portion("p", [row("1")])])
    third = begun(database)
    third.write([Portion("p", [row("2")], place=Place(hour(2)))])
    overtaken(first, row("3"))
    overtaken(second, row("4"))
    third.write([Portion("p", [row("5")])])
    assert database.select("SELECT id FROM feedback") == [("1",), ("2",), ("5",)]
    assert third.history().places == {"p": Place(hour(2))}


def test_a_reset_ends_the_run_that_is_under_way(database: Database) -> None:
    run = begun(database)
    run.write([Portion("p", place=Place(hour(2)))])
    begun(database).reset(["p"])
    overtaken(run, row("1"))


def test_runs_of_two_connections_do_not_meet(database: Database) -> None:
    first, second = begun(database), begun(database, "other")
    for number in range(3):
        first.write([Portion("p", [row(f"a{number}")])])
        second.write([Portion("p", [row(f"b{number}")])])
    assert len(database.select("SELECT id FROM feedback")) == 6


def test_a_write_that_failed_can_be_made_again(tmp_path: Path) -> None:
    """The run's number is taken with the first write that is stored, not before."""
    database = open_database(str(tmp_path / "f.db"), TARGET)
    run, limit = begun(database), database.select("PRAGMA max_page_count")[0][0]
    (pages,) = database.select("PRAGMA page_count")[0]
    database.db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(TargetError, match="full"):
        run.write([Portion("p", [row("1", text="x" * 100_000)])])
    database.db.execute(f"PRAGMA max_page_count = {limit}")
    assert run.write([Portion("p", [row("1", text="x" * 100_000)])]) == [Stored(new=1)]
    database.db.close()
