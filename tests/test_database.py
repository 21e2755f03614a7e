"""The files that are ours: which are taken, which are refused untouched, and how they are brought up to date."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from connector_core.database import Database, Layout, open_database
from connector_core.errors import ConfigError, ConnectorError, TargetError, TransientError
from connector_core.sqlite import TARGET
from connector_core.tables import STATE

FIRST = ("CREATE TABLE a (x)",)
SECOND = ("ALTER TABLE a ADD COLUMN y", "UPDATE a SET y = x + 1")
ONE = Layout(7, (FIRST,))
TWO = Layout(7, (FIRST, SECOND))


INSERT = "INSERT INTO a VALUES (1)"
LARGE = "INSERT INTO a VALUES (zeroblob(50000))"


def store(database: Database, *statements: str) -> None:
    """One transaction; the empty statement is where the user interrupts."""
    with database.transaction():
        for statement in statements:
            if not statement:
                raise KeyboardInterrupt
            database.db.execute(statement)


def write(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def test_a_new_file_is_marked_and_has_the_latest_schema(tmp_path: Path) -> None:
    path = tmp_path / "f.db"
    open_database(str(path), TARGET).close()
    with closing(sqlite3.connect(path)) as db:
        marks = [
            db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version", "journal_mode")
        ]
    assert marks == [TARGET.mark, len(TARGET.steps), "wal"]


def test_whatever_the_umask_only_its_owner_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        database = open_database(str(tmp_path / "f.db"), ONE)
        store(database, INSERT)
    finally:
        os.umask(before)
    modes = {entry.name: entry.stat().st_mode & 0o777 for entry in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("f.db", "f.db-wal", "f.db-shm", "f.db.lock"), 0o600)
    database.close()


def test_a_file_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "f.db"
    path.touch()
    path.chmod(0o640)
    open_database(str(path), ONE).close()
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_commit_waits_for_the_disk(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "f.db"), ONE)
    assert database.select("PRAGMA synchronous") == [(2,)]
    database.close()


def test_a_file_of_an_earlier_schema_is_migrated_and_keeps_its_rows(tmp_path: Path) -> None:
    path = str(tmp_path / "f.db")
    with closing(open_database(path, ONE)) as database:
        store(database, INSERT)
    for _ in range(2):
        database = open_database(path, TWO)
        assert database.select("SELECT x, y FROM a") == [(1, 2)]
        database.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = str(tmp_path / "f.db")
    open_database(path, ONE).close()
    with pytest.raises(TargetError, match="no such table: b; nothing of this step was stored"):
        open_database(path, Layout(7, (FIRST, ("ALTER TABLE a ADD COLUMN y", "DELETE FROM b"))))
    database = open_database(path, TWO)
    assert database.select("SELECT count(*) FROM pragma_table_info('a')") == [(2,)]
    database.close()


REFUSED: dict[str, tuple[list[str], str]] = {
    "another's tables": (["CREATE TABLE t (x)"], "is a database of something else; nothing was touched"),
    "another's mark": (["PRAGMA application_id = 5"], "is a database of something else"),
    "another's version": (["PRAGMA user_version = 5"], "is a database of something else"),
    "our state": ([f"PRAGMA application_id = {STATE.mark}", "CREATE TABLE t (x)"], "is a database of something else"),
    "a newer schema": (
        [f"PRAGMA application_id = {TARGET.mark}", "PRAGMA user_version = 99"],
        f"was written by a newer connector-core (schema 99, this one has {len(TARGET.steps)})",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_not_ours_is_refused_and_not_touched(case: str, tmp_path: Path) -> None:
    path, (statements, why) = tmp_path / "f.db", REFUSED[case]
    write(path, *statements)
    before = path.read_bytes(), path.stat().st_mtime_ns
    with pytest.raises(ConfigError) as caught:
        open_database(str(path), TARGET)
    assert str(caught.value).startswith(f"{path}: {why}")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["f.db"]


def test_what_another_program_that_was_killed_has_not_finished_is_left_to_it(tmp_path: Path) -> None:
    path = tmp_path / "f.db"
    write(path, "PRAGMA journal_mode = WAL", "CREATE TABLE theirs (x)")
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO theirs VALUES (1)")
        db.commit()
        db.interrupt()
    before = path.read_bytes(), (tmp_path / "f.db-wal").read_bytes()
    assert before[1]
    with pytest.raises(ConfigError, match="is a database of something else"):
        open_database(str(path), TARGET)
    assert (path.read_bytes(), (tmp_path / "f.db-wal").read_bytes()) == before


def test_a_file_that_is_no_database_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "f.db"
    path.write_text("a letter to a friend " * 100)
    with pytest.raises(TargetError, match=r"cannot be used as a database \(file is not a database\)"):
        open_database(str(path), TARGET)
    assert path.read_text() == "a letter to a friend " * 100


@pytest.mark.parametrize(
    ("name", "error"),
    [("missing/f.db", ConfigError), (".", TargetError), ("file/f.db", TargetError), ("x" * 300, TargetError)],
)
def test_a_place_where_no_file_can_be_is_one_line(name: str, error: type[ConnectorError], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(error) as caught:
        open_database(str(tmp_path / name), TARGET)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path))


def test_a_file_is_for_one_at_a_time_by_whatever_name(tmp_path: Path) -> None:
    path, link = str(tmp_path / "f.db"), tmp_path / "link"
    link.symlink_to(path)
    first = open_database(path, ONE)
    with pytest.raises(TransientError, match=rf"link: process {os.getpid()} on \S+ has had it open since"):
        open_database(str(link), ONE)
    store(first, INSERT)
    first.close()
    open_database(str(link), ONE).close()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["f.db", "link"]


def test_a_file_that_is_refused_is_not_held(tmp_path: Path) -> None:
    path = str(tmp_path / "f.db")
    open_database(path, TWO).close()
    for _ in range(2):
        with pytest.raises(ConfigError, match="newer connector-core"):
            open_database(path, ONE)


def test_what_another_program_locks_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector_core.database._PATIENCE", 0)
    path = str(tmp_path / "f.db")
    database = open_database(path, ONE)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TransientError, match="another program has locked it; wait for it to end; nothing of this"):
            store(database, INSERT)
        other.execute("ROLLBACK")
    store(database, INSERT)
    database.close()


def test_another_program_may_move_what_the_wal_holds(tmp_path: Path) -> None:
    """A checkpoint makes the file longer, and whole; nothing of ours was changed by it."""
    path = str(tmp_path / "f.db")
    database = open_database(path, ONE)
    for _ in range(3):
        store(database, INSERT)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    store(database, INSERT)
    database.close()


def test_a_shared_file_may_be_read_while_it_is_written(tmp_path: Path) -> None:
    path = str(tmp_path / "f.db")
    database = open_database(path, ONE)
    with database.transaction(), closing(sqlite3.connect(path)) as reader:
        database.db.execute("INSERT INTO a VALUES (1)")
        assert reader.execute("SELECT count(*) FROM a").fetchone() == (0,)
    assert database.select("SELECT count(*) FROM a") == [(1,)]
    database.close()


@pytest.mark.parametrize(
    ("statements", "error"),
    [
        ((INSERT, ""), KeyboardInterrupt),
        ((INSERT, "UPDATE a SET z = 1"), TargetError),
        ((INSERT, "COMMIT"), TargetError),
    ],
)
def test_what_fails_within_a_transaction_undoes_it(statements: tuple[str, ...], error: type[BaseException]) -> None:
    database = open_database(":memory:", ONE)
    with pytest.raises(error):
        store(database, *statements)
    assert not database.db.in_transaction
    assert len(database.select("SELECT * FROM a")) == ("COMMIT" in statements)
    database.close()


def test_a_full_disk_undoes_the_transaction_and_is_one_line(tmp_path: Path) -> None:
    """SQLite rolls back by itself then."""
    database = open_database(str(tmp_path / "f.db"), ONE)
    database.db.execute("PRAGMA max_page_count = 10")
    with pytest.raises(TargetError, match=r"database or disk is full; nothing of this step was stored$"):
        store(database, "INSERT INTO a VALUES (zeroblob(1000000))")
    assert database.select("SELECT * FROM a") == []
    database.close()


def test_a_database_that_may_only_be_read_is_one_line() -> None:
    database = open_database(":memory:", ONE)
    database.db.execute("PRAGMA query_only = ON")
    with pytest.raises(TargetError, match=r"attempt to write a readonly database; nothing of this step was stored$"):
        store(database, INSERT)
    database.close()


def test_a_query_that_fails_is_one_line() -> None:
    database = open_database(":memory:", ONE)
    with pytest.raises(TargetError, match="no such table: b; it cannot be read"):
        database.select("SELECT * FROM b")
    database.close()


def test_any_number_of_keys_can_be_looked_up() -> None:
    database = open_database(":memory:", ONE)
    database.db.executemany("INSERT INTO a VALUES (?)", [(f"k{number}\0",) for number in range(0, 2000, 2)])
    found = database.among("SELECT x FROM a WHERE 1 = ? AND x", 1, keys=[f"k{number}\0" for number in range(2000)])
    assert len(list(found)) == 1000
    database.close()
