"""The embedded target: what is in its table, that it is exactly once, and what it refuses."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from connector_core.errors import ConfigError, TargetError
from connector_core.journal import Journal
from connector_core.model import Skip, Transaction, Window
from connector_core.plugins import open_sink
from connector_core.sink import Place, Portion, Sink, Stored
from connector_core.sqlite import load
from tests.dying import ledger
from tests.fakes import PLAINLY, hour, imported, refused, row


def opened(path: Path, connection: str = "acme") -> Journal:
    sink = load(f"sqlite:///{path}", connection, None)
    assert isinstance(sink, Journal)
    return sink


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "f.db"


def test_a_row_has_a_column_for_each_key_of_the_record(path: Path) -> None:
    ticket = Transaction("T", "Z")
    full = row("1", text="Olá\0", author_id="c", author_name="n", additional_fields={"ç": [1]}, transaction=ticket)
    sink = opened(path)
    sink.write([Portion("p", [full, row("2")])])
    assert sink.database.select("SELECT * FROM feedback") == [
        ("1", "nps", "9", "[NPS] A", "Olá\0", "2024-01-01T00:00:00Z", "c", "n", "a", "A", "T", "Z", '{"ç":[1]}',
         "acme", "p", full.digest, 1),
        ("2", "nps", "9", "[NPS] A", None, "2024-01-01T00:00:00Z", None, None, "a", "A", None, None, "{}",
         "acme", "p", row("2").digest, 1),
    ]  # fmt: skip
    sink.close()


def test_a_changed_answer_replaces_its_row(path: Path) -> None:
    sink = opened(path)
    sink.write([Portion("p", [row("1", text="old")])])
    assert sink.write([Portion("q", [row("1")])]) == [Stored(updated=1)]
    assert sink.database.select("SELECT text, partition FROM feedback") == [(None, "q")]
    sink.close()


def test_all_of_a_commit_is_stored_or_nothing(path: Path) -> None:
    """Rows, rejects and cursors: the second page cannot be stored, so the first is not either."""
    sink = opened(path)
    nothing: Any = None
    broken = row("2", title=nothing)
    portions = [
        Portion("p", [row("1")], [refused("r")], place=Place(hour(1))),
        Portion("p", [broken], place=Place(hour(2))),
    ]
    with pytest.raises(
        TargetError, match=r"NOT NULL constraint failed: feedback\.title; nothing of this step was stored"
    ):
        sink.write(portions)
    sink.close()
    again = opened(path)
    assert again.history().places == {}
    for table in ("feedback", "connector_reject", "connector_connection"):
        assert again.database.select(f"SELECT * FROM {table}") == []
    assert again.write([Portion("p", [row("1")])]) == [Stored(new=1)]
    again.close()


def test_a_lone_surrogate_is_stored_as_a_replacement_and_refused_in_an_id(path: Path) -> None:
    """Only a mapper can have made it: what the host decodes holds none."""
    sink = opened(path)
    sink.write([Portion("p", [row("1", text="a\ud800b", author_name="\udc80"), row("2")])])
    assert sink.database.select("SELECT id, text, author_name FROM feedback") == [
        ("1", "a\ufffdb", "\ufffd"),
        ("2", None, None),
    ]
    with pytest.raises(TargetError, match="an id holds a lone surrogate, which is no text; it cannot be read"):
        sink.write([Portion("p", [row("3\ud800")], place=Place(hour(1)))])
    with pytest.raises(
        TargetError, match="an id holds a lone surrogate, which is no text; nothing of this step was stored"
    ):
        sink.write([Portion("p", skipped=[Skip("unscored", "3\ud800")], place=Place(hour(1)))])
    assert sink.write([Portion("p", [row("4")])]) == [Stored(new=1)]
    assert sink.history().places == {}
    sink.close()


def test_a_row_that_somebody_deleted_comes_back_when_it_is_read_again(path: Path) -> None:
    """The table itself is the truth."""
    sink = opened(path)
    sink.write([Portion("p", [row("1"), row("2")])])
    sink.database.db.execute("DELETE FROM feedback WHERE id = '1'")
    assert sink.write([Portion("p", [row("1"), row("2")])]) == [Stored(new=1, duplicate=1)]
    sink.close()


def test_prune_deletes_rows(path: Path) -> None:
    sink = opened(path)
    sink.write([Portion("p", [row("1"), row("2")])])
    sink.prune(())
    sink.prune(["1"])
    assert sink.database.select("SELECT id FROM feedback") == [("2",)]
    sink.close()


def test_a_file_stays_what_it_is_when_it_is_opened_again(path: Path) -> None:
    first = opened(path)
    first.write([Portion("p", [row("1")], place=Place(hour(5), Window(None, hour(6)), {"c": [1]}, hour(1)))])
    first.close()
    second = opened(path)
    assert second.history().places == {"p": Place(hour(5), Window(None, hour(6)), {"c": [1]}, hour(1))}
    assert second.write([Portion("p", [row("1")])]) == [Stored(unchanged=1)]
    second.close()


def test_a_target_in_memory_lasts_as_long_as_the_run() -> None:
    sink: Sink = open_sink("sqlite:///:memory:", "ledger", None)
    assert imported(ledger(), sink).total.new == 4
    sink.close()


@pytest.mark.parametrize("target", ["sqlite:", "sqlite:///", "sqlite://f.db", "sqlite:f.db"])
def test_a_target_that_is_written_otherwise_is_explained(target: str) -> None:
    with pytest.raises(ConfigError, match=r"write sqlite:///relative/path\.db or sqlite:////absolute/path\.db"):
        load(target, "acme", None)


def test_other_targets_are_left_to_others() -> None:
    assert load("jsonl:f", "acme", None) is None


def test_state_has_no_place_beside_a_database() -> None:
    with pytest.raises(ConfigError, match="--state: a SQLite target keeps its state itself"):
        load("sqlite:///f.db", "acme", "f.state")


def test_a_file_of_a_journal_is_no_target(path: Path) -> None:
    state = open_sink(f"jsonl:{path}", "acme", None)
    state.close()
    with pytest.raises(ConfigError, match="is a database of something else"):
        opened(path.with_name("f.db.state"))


def test_killed_at_any_point_the_next_run_makes_it_whole(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.dying", "sqlite", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=PLAINLY)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 30
