"""What a journal knows of a target that keeps nothing itself."""

from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from attrs import evolve

from connector_core.database import Database, Layout, open_database
from connector_core.errors import TargetError
from connector_core.journal import Journal
from connector_core.jsonl import Stream
from connector_core.model import Window
from connector_core.seen import OWN
from connector_core.sink import Held, Portion, Stored
from connector_core.tables import STATE
from tests.fakes import hour, row

ALL = Window(None, hour(1000))


@pytest.fixture
def database() -> Iterator[Database]:
    database = open_database(":memory:", STATE)
    with closing(database.db):
        yield database


def begun(database: Database) -> Journal:
    """The next run."""
    return Journal(database, "acme", Stream(database, BytesIO()))


def test_rows_are_new_changed_unchanged_or_duplicate(database: Database) -> None:
    first = begun(database)
    rows = [row("1"), row("2"), row("1"), row("2", text="edited"), row("2")]
    assert first.write([Portion("p", rows)]) == [Stored(new=2, updated=2, duplicate=1)]
    assert begun(database).write([Portion("p", [row("1"), row("3"), row("1"), row("2", rating="3")])]) == [
        Stored(new=1, updated=1, unchanged=1, duplicate=1)
    ]
    assert begun(database).held("p", ALL) == Held({"9": 2, "3": 1}, 0, 0)


def test_what_a_run_has_not_met_is_told_and_forgotten_when_it_is_deleted(database: Database) -> None:
    begun(database).write([Portion("p", [row("1"), row("2"), row("3")])])
    last = begun(database)
    last.write([Portion("p", [row("2")])])
    assert last.gone(["p"], ALL) == ["1", "3"]
    with database.transaction():
        OWN.forget(database, ["1"])
    assert last.gone(["p"], ALL) == ["3"]
    assert begun(database).write([Portion("p", [row("1"), row("3")])]) == [Stored(new=1, unchanged=1)]


def test_records_come_in_the_order_of_their_commits(database: Database) -> None:
    """So a time that is read again is one place of the file, whatever the ids are, and an edit leaves them there."""
    journal = begun(database)
    commits = [[f"{number * 7919 % 1000:03}" for number in range(first, first + 50)] for first in range(0, 500, 50)]
    for ids in commits:
        journal.write([Portion("p", [row(each) for each in ids])])
    journal.write([Portion("p", [row(each, text="edited") for each in commits[3]])])
    kept = [each for (each,) in database.select("SELECT id FROM connector_seen ORDER BY rowid")]
    assert [sorted(kept[first : first + 50]) for first in range(0, 500, 50)] == [sorted(ids) for ids in commits]


def test_an_id_that_is_no_text_is_an_error_of_the_target(database: Database) -> None:
    """A lone surrogate: JSON knows it, UTF-8 does not."""
    broken = evolve(row("1"), id="\ud800")
    with pytest.raises(TargetError, match="an id holds a lone surrogate"):
        begun(database).write([Portion("p", [broken])])


def test_a_state_of_the_version_before_is_gone_on_with(tmp_path: Path) -> None:
    """Each digest is known, each place, and which run has met what."""
    path = str(tmp_path / "state")
    rows = [row(str(number)) for number in range(300)]
    with closing(open_database(path, Layout(STATE.mark, STATE.steps[:2]))) as old, old.transaction():
        old.db.executemany(
            "INSERT INTO connector_seen VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(each.id, each.rating, each.posted_at, "acme", "p", each.digest, 4) for each in rows],
        )
        old.db.execute("INSERT INTO connector_connection (name, runs) VALUES ('acme', 4)")
    with closing(open_database(path, STATE)) as database:
        journal = begun(database)
        assert journal.held("p", ALL) == Held({"9": 300}, 0, 0)
        assert journal.write([Portion("p", rows[1:])]) == [Stored(unchanged=299)]
        assert journal.gone(["p"], ALL) == ["0"]
