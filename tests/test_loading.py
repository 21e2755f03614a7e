"""What load plugins are given beside the journal: a state that knows its target, and a form of their settings."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from attrs import frozen

from connector_core import ConfigError, TargetError, setting
from connector_core.database import open_database
from connector_core.loading import STATE, Delivery, Journal, form_of, open_state
from connector_core.plugins import open_sink
from connector_core.sink import Place, Portion
from connector_core.tables import _SEEN, TABLES
from tests.fakes import hour, row


def test_a_state_is_that_of_one_target(tmp_path: Path) -> None:
    path = f"{tmp_path}/shop.state"
    open_state(path, "shop.example/a").close()
    open_state(path, "shop.example/a").close()
    with pytest.raises(ConfigError, match=r"the state of shop\.example/a, not of shop\.example/b; give another path"):
        open_state(path, "shop.example/b")
    with closing(open_database(path, STATE)) as database:
        assert database.select("SELECT name FROM connector_target") == [("shop.example/a",)]


def test_the_state_of_a_log_is_that_of_no_other_target(tmp_path: Path) -> None:
    with closing(open_sink(f"jsonl:{tmp_path}/f.jsonl", "acme", None)) as sink:
        sink.write([Portion("p", [row("acme:1")], place=Place(hour(1)))])
    with pytest.raises(ConfigError, match="is the state of another target, not of shop"):
        open_state(f"{tmp_path}/f.jsonl.state", "shop")


def test_a_state_of_an_older_version_is_gone_on_with(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "old.state")) as db:
        for statement in (*TABLES, _SEEN, "CREATE TABLE connector_file (inode TEXT, length INTEGER)"):
            db.execute(statement)
        db.execute(f"PRAGMA application_id = {STATE.mark}")
        db.execute("PRAGMA user_version = 1")
    open_state(f"{tmp_path}/old.state", "shop").close()


@frozen
class Stuck:
    """A target that cannot be let go of."""

    seen: None = None

    @contextmanager
    def delivering(self, _: Sequence[Delivery]) -> Iterator[None]:
        """Deliver to nowhere."""
        yield

    def delete(self, _: Collection[str], /) -> None:
        """Delete nothing."""

    def close(self) -> None:
        """Fail."""
        raise TargetError("stuck")


def test_a_state_is_let_go_of_even_if_its_target_is_not(tmp_path: Path) -> None:
    path = f"{tmp_path}/shop.state"
    journal = Journal(open_state(path, "shop.example/a"), "acme", Stuck())
    with pytest.raises(TargetError, match="stuck"):
        journal.close()
    open_state(path, "shop.example/a").close()


@frozen
class Plain:
    """Settings that shape nothing."""

    key: str = setting("A key.", default="k", secret=True)


@frozen
class Shaping(Plain):
    """Settings of which one shapes what is stored."""

    names: str = setting("Names.", default="plain", shapes=True)


def test_a_form_changes_with_the_settings_that_shape_records_and_with_no_other() -> None:
    assert form_of(Plain()) == b""
    assert len(form_of(Shaping())) == 16
    assert form_of(Shaping(key="other")) == form_of(Shaping())
    assert form_of(Shaping(names="other")) != form_of(Shaping())
