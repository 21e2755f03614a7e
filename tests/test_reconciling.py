"""What the source counts beside what the target holds, partition by partition."""

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from attrs import define, field

from connector_core.database import Database, open_database
from connector_core.errors import StoppedError
from connector_core.hookspecs import hookimpl
from connector_core.journal import Journal
from connector_core.model import Counted, Partition, Window
from connector_core.reconciling import bands_of, reconcile, show
from connector_core.secrets import Guard
from connector_core.sqlite import TARGET, Table
from tests.fakes import Ledger, hour, imported, job


@define(eq=False)
class Counting(Ledger):
    """A ledger that says of its answers what the test wants, and notes what it was asked."""

    says: Mapping[str, Any] | None = None
    windows: list[Window] = field(factory=list)

    @hookimpl
    def count(self, partition: Partition, window: Window) -> Counted | None:  # noqa: ARG002 - the hook's own
        self.windows.append(window)
        if self.says is None:
            return None
        return Counted(window, **self.says)


@pytest.fixture
def database() -> Database:
    return open_database(":memory:", TARGET)


def sink(database: Database) -> Journal:
    return Journal(database, "ledger", Table(database, "ledger"))


def ledger(kind: type[Ledger] = Ledger, **more: Any) -> Any:
    """Ten answers with the scores 0 to 9, one that is not scored and one that is rejected."""
    made = kind(now=hour(100), **more)
    for number in range(10):
        made.say("a", f"a{number}", number, number)
    made.say("a", "a10", 10, None)
    made.say("a", "a11", 11, "nine")
    return made


def lines(source: Ledger, database: Database) -> list[tuple[bool | None, str]]:
    return [(line.agrees, line.text) for line in reconcile(job(source, sink(database)))]


def test_every_answer_counts_once_loaded_rejected_or_skipped(database: Database) -> None:
    source = ledger()
    imported(source, sink(database))
    ((agrees, text),) = lines(source, database)
    assert agrees is True
    assert text == "source / target until 2024-01-05T04:00:00Z: answers 12 / 12, 1 rejected, 1 skipped"


@pytest.mark.parametrize("counted", [10, 11, 12, 13])
def test_answers_without_a_date_may_be_among_those_that_the_source_counts_or_not(
    counted: int, database: Database
) -> None:
    """They may have been given before history begins, or after the window."""
    source = ledger(Counting, says={"answers": counted})
    imported(source, sink(database))
    database.db.execute("UPDATE connector_reject SET posted_at = NULL")
    ((agrees, text),) = lines(source, database)
    assert agrees == (counted in (11, 12))
    assert f"answers {counted} / 11, 1 rejected, 1 skipped (1 of them without a date)" in text


def test_an_answer_that_the_target_lost_is_a_difference(database: Database) -> None:
    source = ledger()
    imported(source, sink(database))
    database.db.execute("DELETE FROM feedback WHERE rating = '3'")
    ((agrees, text),) = lines(source, database)
    assert agrees is False
    assert text.endswith("answers 12 / 11, 1 rejected, 1 skipped; DIFFERENT: answers")


@pytest.mark.parametrize(
    ("says", "agrees", "text"),
    [
        ({"answers": 10, "scored_only": True}, True, "scored answers 10 / 10"),
        ({"answers": 11, "scored_only": True}, True, "scored answers 11 / 10, 1 rejected, 1 skipped"),
        ({"answers": 12, "scored_only": True}, False, "scored answers 12 / 10, 1 rejected, 1 skipped; DIFFERENT: sc"),
        ({"answers": 9, "scored_only": True}, False, "; DIFFERENT: scored answers"),
        ({"bands": (7, 2, 1), "nps": -60}, True, "promoters (7, 2, 1) / (7, 2, 1)"),
        ({"bands": (7, 2, 2)}, True, "promoters (7, 2, 2) / (7, 2, 1), 1 rejected"),
        ({"bands": (8, 2, 2)}, False, "; DIFFERENT: detractors, passives, promoters"),
        ({"bands": (6, 3, 1), "nps": -50}, False, "; DIFFERENT: detractors, passives, promoters"),
        ({}, None, "the source does not count"),
        (None, None, "the source does not count"),
    ],
)
def test_what_the_source_says_is_compared(
    says: Mapping[str, Any] | None, agrees: Any, text: str, database: Database
) -> None:
    source = ledger(Counting, says=says)
    imported(source, sink(database))
    ((found, told),) = lines(source, database)
    assert found is agrees
    assert text in told


def test_only_what_was_read_is_compared(database: Database) -> None:
    """From where history begins to where the last run ended; what came since is the next run's."""
    source = ledger(Counting, says={"answers": 12})
    assert lines(source, database) == [(None, "not read to its end yet")]
    imported(source, sink(database), since=hour(2))
    lines(source, database)
    assert source.windows == [Window(hour(2), hour(100))]


def test_what_the_target_holds_is_counted_in_the_window_that_the_source_counted(database: Database) -> None:
    """Which may be whole days of its own within the one that was asked for."""

    class Days(Ledger):
        """Counts from the third hour to the sixth only."""

        @hookimpl
        def count(self, partition: Partition, window: Window) -> Counted | None:  # noqa: ARG002 - the hook's own
            return Counted(Window(hour(3), hour(6)), 3)

    source = ledger(Days)
    imported(source, sink(database))
    assert lines(source, database) == [(True, "source / target until 2024-01-01T06:00:00Z: answers 3 / 3")]


def test_a_source_that_hangs_while_it_counts_is_left(database: Database) -> None:
    """As a run is: some seconds after the user wants it."""
    ends = threading.Event()

    class Hanging(Ledger):
        """Never says how many it has."""

        @hookimpl
        def count(self, partition: Partition, window: Window) -> Counted | None:  # noqa: ARG002 - the hook's own
            ends.wait()
            return None

    source = ledger(Hanging)
    imported(source, sink(database))
    stop = threading.Event()
    stop.set()
    with pytest.raises(StoppedError):
        list(reconcile(job(source, sink(database), tick=2.0, stop=stop)))
    ends.set()


def test_a_stop_is_noticed_between_two_partitions(database: Database) -> None:
    source = ledger()
    source.say("b", "b0", 1)
    imported(source, sink(database))
    stop = threading.Event()
    stop.set()
    with pytest.raises(StoppedError, match="stopped before every partition was compared"):
        list(reconcile(job(source, sink(database), stop=stop)))


def test_it_is_printed_and_exits_1_where_they_differ(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    source = ledger()
    imported(source, sink(database))
    assert show(job(source, sink(database)), Guard()) == 0
    assert capsys.readouterr().out.startswith("ok    A (a): source / target until ")
    database.db.execute("DELETE FROM feedback")
    assert show(job(source, sink(database)), Guard()) == 1
    assert capsys.readouterr().out.startswith("DIFF  A (a): ")


def test_bands_are_those_of_nps() -> None:
    assert bands_of({str(score): 1 for score in range(11)}) == (7, 2, 2)
