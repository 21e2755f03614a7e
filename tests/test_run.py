"""One import: what is stored, what is said, and what an error, a limit or the user leaves behind."""

import threading
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core.database import Database, open_database
from connector_core.errors import ConfigError, SourceError, TargetError, TransientError
from connector_core.hookspecs import hookimpl
from connector_core.job import PLUGIN
from connector_core.journal import Journal
from connector_core.model import Json, Page, Partition, Unimportable, Window
from connector_core.plan import Options, Tolerance
from connector_core.run import run
from connector_core.sink import History, Portion, Stored
from connector_core.sqlite import TARGET, Table
from connector_core.summary import Summary
from connector_core.telling import text_of
from tests.fakes import Ledger, Scripted, answer, hour, imported, job

WEEK = timedelta(days=7)


@define
class Target:
    """A SQLite target in memory over many runs."""

    database: Database = field(factory=lambda: open_database(":memory:", TARGET))

    def sink(self, connection: str = "ledger") -> Journal:
        return Journal(self.database, connection, Table(self.database, connection))

    def take(self, ledger: Ledger, **options: Any) -> Summary:
        return imported(ledger, self.sink(), **options)

    def ids(self) -> list[str]:
        return [key.removeprefix("ledger:") for (key,) in self.database.select("SELECT id FROM feedback ORDER BY id")]


@pytest.fixture
def target() -> Target:
    return Target()


@pytest.fixture
def ledger() -> Ledger:
    """Two surveys of five answers each, an hour apart, one of them unscored and one rejected."""
    made = Ledger(now=hour(100))
    for number in range(5):
        made.say("a", f"a{number}", number)
        made.say("b", f"b{number}", number, {3: None, 4: "nine"}.get(number, 9))
    return made


# --- the ordinary run


def test_a_run_loads_everything_and_a_second_one_finds_nothing_new(ledger: Ledger, target: Target) -> None:
    first, second = target.take(ledger), target.take(ledger)
    assert (first.total.new, first.total.skipped, first.total.rejected_by) == (8, {"unscored": 1}, {"rating.type": 1})
    assert (first.exit_code, second.exit_code) == (3, 0)
    assert (second.total.loaded, second.total.unchanged, second.total.read) == (0, 8, 10)
    assert (second.total.rejected, second.total.new_rejects) == (1, 0)
    assert "Nothing new" in text_of(second)


def test_an_answer_that_is_rejected_otherwise_is_a_new_reject(ledger: Ledger, target: Target) -> None:
    target.take(ledger)
    ledger.edit("b", 4, score="ten")
    assert target.take(ledger).exit_code == 3
    ledger.edit("b", 4, score=10)
    assert target.take(ledger).total.new == 1
    assert target.database.select("SELECT * FROM connector_reject") == []


def test_an_edit_within_the_lookback_updates_and_an_older_one_waits_for_a_larger_one(
    ledger: Ledger, target: Target
) -> None:
    target.take(ledger)
    ledger.now += WEEK
    target.take(ledger)
    ledger.edit("a", 0, score=1)
    assert target.take(ledger).total.updated == 0
    assert target.take(ledger, lookback=2 * WEEK).total.updated == 1
    ledger.edit("a", 0, score=2)
    assert target.take(ledger, since=hour(0)).total.updated == 1


def test_any_number_of_threads_stores_the_same(ledger: Ledger) -> None:
    for partition in "cdefgh":
        for number in range(30):
            ledger.say(partition, f"{partition}{number}", number % 7)
    summaries, contents = [], []
    for threads in (1, 8):
        target = Target()
        summaries.append(target.take(ledger, threads=threads).as_json())
        contents.append(target.database.select("SELECT * FROM feedback"))
    assert summaries[0] == summaries[1]
    assert contents[0] == contents[1]


def test_the_servers_clock_ends_the_window_where_it_is_behind(ledger: Ledger, target: Target) -> None:
    work = job(ledger, target.sink())
    work.http.transport = Scripted(lambda _: answer(Date="Mon, 01 Jan 2024 02:00:00 GMT"))
    work.http.get("x")
    summary = run(work, Options())
    assert summary.until == summary.now == hour(2)
    assert target.ids() == ["a0", "a1", "b0", "b1"]
    assert {place.high_water for place in target.sink().history().places.values()} == {hour(2)}


def test_a_servers_clock_that_is_ahead_does_not_count(ledger: Ledger, target: Target) -> None:
    work = job(ledger, target.sink())
    work.http.transport = Scripted(lambda _: answer(Date="Fri, 01 Jan 2044 02:00:00 GMT"))
    work.http.get("x")
    assert run(work, Options()).until == hour(100)


def test_a_commit_is_made_each_second_and_each_two_thousand_records(ledger: Ledger) -> None:
    slow, many = Counting(), Counting()
    imported(ledger, slow.sink(), tick=1.0)
    assert slow.commits == [0, *[1] * 6, 2]  # that history begins; then pages; a reject waits for the end
    ledger.page = 600
    for number in range(5_000):
        ledger.say("a", f"x{number}", 5)
    imported(ledger, many.sink())
    assert many.commits == [0, 4, 4, 4]  # twice 2,400; then 205, the end of a, all of b and its end
    quick = Counting()
    imported(ledger, quick.sink(), tick=0.0)
    assert sum(quick.commits) == sum(many.commits)


@define
class Counting:
    """A target that notes how many pages each commit held, and may fail in one of them."""

    inner: Target = field(factory=Target)
    commits: list[int] = field(factory=list)
    fails_at: int | None = None

    def sink(self) -> "CountingSink":
        return CountingSink(self.inner.sink(), self)


@define
class CountingSink:
    """What `Counting` hands out: a sink in all but `write`."""

    inner: Journal
    counting: Counting

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def write(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        if len(self.counting.commits) == self.counting.fails_at:
            raise TargetError("the disk is full")
        self.counting.commits.append(len(portions))
        return self.inner.write(portions)


def test_progress_is_told_after_each_commit(ledger: Ledger, target: Target) -> None:
    told: list[int] = []
    values = {"progress": lambda summary: told.append(summary.total.read)}
    imported(ledger, target.sink(), tick=1.0, job_values=values)
    assert told == [2, 4, 5, 5, 7, 9, 10]


# --- what ends a partition, or the run


def test_a_partition_that_fails_does_not_stop_the_others(ledger: Ledger, target: Target) -> None:
    ledger.failures = {"a": (2, SourceError("survey a: gone", status=404))}
    summary = target.take(ledger)
    assert (summary.exit_code, {k: str(why) for k, why in summary.failed.items()}) == (1, {"a": "survey a: gone"})
    assert target.ids() == ["a0", "a1", "a2", "a3", "b0", "b1", "b2"]
    ledger.failures = {}
    again = target.take(ledger)
    assert (again.exit_code, again.total.new) == (0, 1)
    assert [(key, cursor is None) for key, _, cursor in ledger.asked[-2:]] == [("a", False), ("b", True)]


@pytest.mark.parametrize("error", [TransientError("late"), SourceError("no", ends_run=True), ConfigError("no")])
@pytest.mark.parametrize("threads", [1, 4])
def test_what_all_would_meet_ends_the_run_and_progress_is_kept(error: Exception, threads: int, ledger: Ledger) -> None:
    target = Target()
    ledger.failures = {"a": (2, error)}
    summary = target.take(ledger, threads=threads)
    assert (summary.error, summary.exit_code) == (error, error.exit_code)  # type: ignore[attr-defined]
    assert target.ids() == ["a0", "a1", "a2", "a3"]
    assert target.sink().history().places["a"].cursor is not None


def test_one_partition_that_is_out_of_reach_keeps_none_of_the_others(ledger: Ledger, target: Target) -> None:
    ledger.failures = {"a": (2, TransientError("still answers HTTP 500", ends_run=False))}
    summary = target.take(ledger)
    assert summary.error is None
    assert (summary.exit_code, [why.kind for why in summary.failed.values()]) == (1, ["transient"])
    assert target.ids() == ["a0", "a1", "a2", "a3", "b0", "b1", "b2"]


def test_three_partitions_in_a_row_that_are_out_of_reach_are_an_outage(target: Target) -> None:
    away = TransientError("cannot be reached", ends_run=False)
    many = Ledger(now=hour(100))
    for number in range(9):
        many.say(f"p{number}", f"{number}", number)
    many.failures = {f"p{number}": (0, away) for number in (0, 1, 3, 4, 5, 6)}
    summary = target.take(many)
    assert (summary.error, sorted(summary.failed), len(many.asked)) == (away, ["p0", "p1", "p3", "p4", "p5"], 6)
    assert target.ids() == ["2"]


def test_a_target_that_fails_ends_the_run_and_nothing_more_is_counted(ledger: Ledger) -> None:
    counting = Counting(fails_at=3)
    summary = imported(ledger, counting.sink(), tick=1.0)
    assert (str(summary.error), summary.exit_code) == ("the disk is full", 1)
    assert (summary.total.read, len(counting.inner.ids())) == (4, 4)


def test_a_limit_ends_the_run_and_the_next_one_reads_it_all(ledger: Ledger, target: Target) -> None:
    sampled = target.take(ledger, limit=3)
    assert (sampled.total.loaded, target.ids()) == (3, ["a0", "a1", "a2"])
    assert target.sink().history() == Target().sink().history()
    assert target.take(ledger).total.new == 5


@pytest.mark.parametrize("failing", [True, False])
def test_stop_is_noticed_between_partitions_that_give_nothing_too(failing: object, target: Target) -> None:
    stop, empty = threading.Event(), Ledger(now=hour(1))
    for number in range(50):
        empty.say(f"p{number:02}", "later", 5)
        if failing:
            empty.failures[f"p{number:02}"] = (0, SourceError("gone"))
    stop.set()
    summary = imported(empty, target.sink(), job_values={"stop": stop})
    assert (summary.exit_code, summary.interrupted) == (130, True)
    assert len(empty.asked) == 1


@define(eq=False)
class Hanging(Ledger):
    """A ledger whose second survey never gives a page."""

    ends: threading.Event = field(factory=threading.Event)

    @hookimpl
    def extract(self, partition: Partition, window: Window, cursor: Json) -> Iterator[Page]:
        if partition.key == "b":
            self.ends.wait()
        return Ledger.extract(self, partition, window, cursor)


@pytest.mark.parametrize(("seconds", "tick"), [(60.0, 5.0), (float("inf"), 200.0)])
def test_a_run_whose_time_is_up_leaves_a_server_that_hangs(
    seconds: float, tick: float, ledger: Ledger, target: Target
) -> None:
    """The limits of requests end it before; these hold whatever a plugin waits for, also where no end was set."""
    hanging = Hanging(said=ledger.said, now=hour(100))
    summary = imported(hanging, target.sink(), tick=tick, job_values={"seconds": seconds})
    hanging.ends.set()
    assert summary.error
    assert (summary.error.kind, summary.exit_code, len(target.ids())) == ("transient", 1, 5)
    assert "time is up, and a server hangs" in str(summary.error)
    assert target.take(ledger).total.new == 3


def test_stop_ends_after_the_page_in_hand(ledger: Ledger, target: Target) -> None:
    stop = threading.Event()
    ledger.stop = (4, stop)
    summary = imported(ledger, target.sink(), job_values={"stop": stop})
    assert (summary.interrupted, summary.exit_code, summary.total.read) == (True, 130, 7)


def test_a_bug_in_a_plugin_ends_the_run_progress_is_kept_and_no_value_shown(ledger: Ledger, target: Target) -> None:
    ledger.failures = {"a": (1, ZeroDivisionError("a value of a customer"))}
    summary = target.take(ledger, threads=4)
    assert summary.error
    assert (summary.error.kind, summary.exit_code) == ("bug", 1)
    assert "ZeroDivisionError at fakes.py" in str(summary.error)
    assert "customer" not in str(summary.error)
    assert target.ids() == ["a0", "a1"]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("partition-")]


def test_a_source_that_lists_a_partition_twice_is_refused(ledger: Ledger, target: Target) -> None:
    ledger.listed_too = [Partition("a", "A")]
    summary = target.take(ledger)
    assert "lists a twice" in str(summary.error)
    assert summary.exit_code == 1


def test_a_source_that_cannot_be_listed_leaves_a_summary_that_says_so(ledger: Ledger, target: Target) -> None:
    """And no history: whoever tries again says anew where it begins."""
    ledger.unlisted = TransientError("away")
    summary = target.take(ledger, since=hour(2))
    assert (str(summary.error), summary.exit_code, summary.total.read) == ("away", 1, 0)
    assert target.sink().history().fresh


def test_history_begins_with_the_first_run_even_if_its_first_page_never_came(ledger: Ledger, target: Target) -> None:
    ledger.failures = {"a": (0, SourceError("away")), "b": (0, SourceError("away"))}
    target.take(ledger, since=hour(2))
    ledger.failures = {}
    target.take(ledger)
    assert "a0" not in target.ids()


def test_partitions_that_are_listed_no_more_are_named_and_keep_their_records(ledger: Ledger, target: Target) -> None:
    target.take(ledger)
    del ledger.said["a"]
    summary = target.take(ledger, full_refresh=True, prune=True)
    assert summary.unlisted == ["a"]
    assert "no longer listed: a" in text_of(summary)
    assert len(target.ids()) == 8


# --- what is remembered


def test_since_on_a_fresh_connection_is_where_history_begins_for_every_later_run(
    ledger: Ledger, target: Target
) -> None:
    target.take(ledger, since=hour(2))
    assert target.ids() == ["a2", "a3", "a4", "b2"]
    ledger.say("c", "c1", 1)
    ledger.say("c", "c2", 2)
    target.take(ledger, lookback=50 * WEEK)
    assert target.ids() == ["a2", "a3", "a4", "b2", "c2"]
    target.take(ledger, full_refresh=True)
    assert target.ids() == ["a2", "a3", "a4", "b2", "c2"]


def test_history_begins_even_in_an_account_without_surveys(target: Target) -> None:
    ledger = Ledger(now=hour(100))
    assert target.take(ledger, since=hour(50)).exit_code == 0
    ledger.say("a", "1", 49)
    ledger.say("a", "2", 51)
    target.take(ledger)
    assert target.ids() == ["2"]


def test_an_earlier_since_reaches_the_partitions_that_failed_then_with_the_next_run(
    ledger: Ledger, target: Target
) -> None:
    target.take(ledger, since=hour(2))
    ledger.failures = {"a": (0, SourceError("away"))}
    target.take(ledger, since=hour(0))
    ledger.failures = {}
    target.take(ledger)
    assert target.ids() == ["a0", "a1", "a2", "a3", "a4", "b0", "b1", "b2"]


def test_a_since_after_an_interrupted_refresh_does_not_move_the_beginning(ledger: Ledger, target: Target) -> None:
    """Its places are forgotten, but the connection is not fresh."""
    target.take(ledger)
    ledger.failures = {"a": (1, TransientError("away"))}
    target.take(ledger, full_refresh=True)
    ledger.failures = {}
    target.take(ledger, since=hour(90))
    assert target.sink().history().begin is None
    for number in range(5):
        ledger.edit("a", number, score=1)
    assert target.take(ledger).total.updated == 5


def test_an_interrupted_refresh_goes_on_with_the_next_run(ledger: Ledger, target: Target) -> None:
    target.take(ledger)
    ledger.now += 4 * WEEK
    ledger.edit("a", 4, score=1)
    ledger.edit("b", 0, score=1)
    ledger.failures = {"a": (2, TransientError("away"))}
    target.take(ledger, full_refresh=True)
    ledger.failures = {}
    summary = target.take(ledger)
    assert (summary.total.updated, summary.partitions["a"].read, summary.partitions["b"].read) == (2, 1, 5)


def test_a_since_in_the_future_is_refused_before_anything_is_read(ledger: Ledger, target: Target) -> None:
    with pytest.raises(ConfigError, match="--since: lies in the future"):
        target.take(ledger, since=hour(101))
    assert ledger.asked == []


def test_changed_settings_ask_for_a_full_refresh(ledger: Ledger, target: Target) -> None:
    target.take(ledger)
    changed = {"fingerprint": {"mapping": "2", "privacy.contact_data": "keep"}}
    with pytest.raises(ConfigError) as caught:
        imported(ledger, target.sink(), job_values=changed)
    assert str(caught.value).startswith("mapping, privacy.contact_data: changed since the stored records were made")
    assert "--full-refresh" in str(caught.value)
    assert imported(ledger, target.sink(), job_values=changed, full_refresh=True).exit_code == 0
    assert imported(ledger, target.sink(), job_values=changed).exit_code == 0


def test_a_sample_of_a_fresh_connection_settles_nothing(ledger: Ledger, target: Target) -> None:
    """Neither settings nor a beginning: the first whole run does, and reads the sample again."""
    target.take(ledger, since=hour(3), limit=1)
    changed = {"fingerprint": {"mapping": "2"}}
    assert imported(ledger, target.sink(), job_values=changed).total.read == 10


def test_two_connections_keep_their_own_places(ledger: Ledger, target: Target) -> None:
    target.take(ledger)
    other = imported(ledger, target.sink("other"), job_values={"connection": "other"})
    assert other.total.new == 8
    assert len(target.ids()) == 16
    assert sum(key.startswith("ledger.other:") for key in target.ids()) == 8


def test_a_history_that_is_handed_in_is_where_the_run_starts(ledger: Ledger, target: Target) -> None:
    target.take(ledger)
    summary = imported(ledger, Target().sink(), job_values={"history": target.sink().history()})
    assert summary.total.read == 10
    assert {window.start for _, window, _ in ledger.asked[-2:]} == {hour(100) - WEEK}


def test_a_replay_leaves_records_and_nothing_else(ledger: Ledger, target: Target) -> None:
    """Else a later live run would take it that the replayed windows were read."""
    elsewhere = Target()
    imported(ledger, elsewhere.sink(), job_values={"history": target.sink().history()})
    assert len(elsewhere.ids()) == 8
    assert elsewhere.sink().history().fresh
    assert not elsewhere.sink().history().places
    target.take(ledger)
    before = target.sink().history()
    imported(ledger, target.sink(), job_values={"history": History()}, full_refresh=True)
    assert target.sink().history() == before


def test_a_replay_of_other_settings_is_refused(ledger: Ledger, target: Target) -> None:
    target.take(ledger)
    with pytest.raises(ConfigError, match="zone: changed since"):
        imported(ledger, target.sink(), job_values={"history": History(), "fingerprint": {"zone": "other"}})


def test_a_connection_belongs_to_one_plugin(ledger: Ledger, target: Target) -> None:
    imported(ledger, target.sink(), job_values={"fingerprint": {PLUGIN: "ledger"}})
    with pytest.raises(ConfigError, match="belongs to the plugin ledger; give this one another name"):
        imported(ledger, target.sink(), job_values={"fingerprint": {PLUGIN: "other"}}, full_refresh=True)


# --- what is gone


def test_a_full_refresh_tells_what_is_gone_and_prune_deletes_it(ledger: Ledger, target: Target) -> None:
    target.take(ledger)
    del ledger.said["a"][0]
    told = target.take(ledger, full_refresh=True)
    assert (told.gone, told.pruned, len(target.ids())) == (["ledger:a0"], False, 8)
    assert "no longer at the source: 1: ledger:a0" in text_of(told)
    pruned = target.take(ledger, full_refresh=True, prune=True)
    assert (pruned.gone, pruned.pruned, len(target.ids())) == (["ledger:a0"], True, 7)
    assert target.take(ledger, full_refresh=True, prune=True).gone == []


def test_an_old_edit_that_the_source_gives_for_free_is_kept(ledger: Ledger, target: Target) -> None:
    """Of a source that selects by update: the answer is from long before the window."""
    ledger.selects = "updated"
    for ledger.now in (hour(100), hour(5000)):
        target.take(ledger)
    ledger.edit("a", 0, why="late thoughts")
    summary = target.take(ledger)
    assert (summary.total.updated, summary.total.outside, summary.total.read) == (1, 0, 1)


def test_what_was_posted_before_the_history_is_cut_however_lately_it_was_edited(ledger: Ledger, target: Target) -> None:
    ledger.selects = "updated"
    target.take(ledger, since=hour(2))
    ledger.edit("a", 0, why="late thoughts")
    summary = target.take(ledger)
    assert (summary.total.updated, summary.total.outside) == (0, 1)


def test_what_is_edited_while_a_refresh_reads_is_not_called_gone(ledger: Ledger, target: Target) -> None:
    """The instants of updates have no end: an answer that was edited a moment ago is there all the same."""
    ledger.selects = "updated"
    target.take(ledger)
    ledger.edit("a", 0, why="just now")
    del ledger.said["a"][1]
    assert target.take(ledger, full_refresh=True, prune=True).gone == ["ledger:a1"]


def test_what_is_skipped_or_rejected_now_is_still_there(ledger: Ledger, target: Target) -> None:
    target.take(ledger)
    ledger.edit("a", 0, score=None)
    ledger.edit("a", 1, score="x")
    assert target.take(ledger, full_refresh=True).gone == []


def test_nothing_is_said_to_be_gone_of_a_partition_that_failed(ledger: Ledger, target: Target) -> None:
    target.take(ledger)
    del ledger.said["a"][4], ledger.said["b"][0]
    ledger.failures = {"a": (1, SourceError("away"))}
    assert target.take(ledger, full_refresh=True).gone == ["ledger:b0"]


def test_nothing_is_said_to_be_gone_of_a_partition_with_an_answer_that_has_no_id(
    ledger: Ledger, target: Target
) -> None:
    """It may be any of those that were not met."""
    target.take(ledger)
    ledger.edit("a", 0, score="x", nameless=True)
    summary = target.take(ledger, full_refresh=True, prune=True)
    assert (summary.gone, len(target.ids())) == ([], 8)
    assert "not looked for in A (a): not all answers could be told apart" in text_of(summary)
    assert summary.as_json()["gone_not_looked_for"] == ["a"]


def test_a_refresh_that_could_look_nowhere_says_so(target: Target) -> None:
    """`--prune` deletes nothing then; that must not read as if nothing were to be deleted."""
    ledger = Ledger(now=hour(100))
    for number in range(6):
        ledger.say("a", f"a{number}", number)
    target.take(ledger)
    ledger.edit("a", 0, score="x", nameless=True)
    for _ in range(2):
        summary = target.take(ledger, full_refresh=True, prune=True)
        assert (summary.gone, summary.as_json()["gone_not_looked_for"]) == ([], ["a"])
        assert "not looked for in A (a)" in text_of(summary)
        assert "Nothing new" not in text_of(summary)


def test_nothing_is_said_to_be_gone_that_lies_before_the_beginning(ledger: Ledger, target: Target) -> None:
    """A sample may have loaded it; the refresh does not read so far back."""
    target.take(ledger, limit=1)
    target.take(ledger, since=hour(2))
    assert target.take(ledger, full_refresh=True, prune=True).gone == []
    assert "a0" in target.ids()


@pytest.mark.parametrize("error", [TransientError("away"), None])
def test_nothing_is_said_to_be_gone_when_the_refresh_did_not_end(
    error: Exception | None, ledger: Ledger, target: Target
) -> None:
    target.take(ledger)
    stop = threading.Event()
    if error:
        ledger.failures = {"a": (1, error)}
    else:
        ledger.stop = (ledger.given + 1, stop)
    summary = imported(ledger, target.sink(), job_values={"stop": stop}, full_refresh=True, prune=True)
    assert (summary.gone, len(target.ids())) == (None, 8)


def test_a_full_refresh_of_an_account_without_surveys_finds_nothing_gone(target: Target) -> None:
    assert target.take(Ledger(now=hour(1)), full_refresh=True).gone is None


def test_a_target_that_cannot_prune_says_so_before_anything_is_read(ledger: Ledger) -> None:
    class Log(CountingSink):
        def prune(self, ids: Collection[str]) -> None:
            raise ConfigError(f"--prune: cannot delete ({len(ids)})")

    with pytest.raises(ConfigError, match="cannot delete"):
        imported(ledger, Log(Target().sink(), Counting()), full_refresh=True, prune=True)
    assert ledger.asked == []


def test_what_cannot_be_imported_is_said(ledger: Ledger, target: Target) -> None:
    ledger.listed_too = [Unimportable("z", "Z", "holds 2 scored questions")]
    assert "not importable: Z (z): holds 2 scored questions" in text_of(target.take(ledger))


# --- any source


SCORES = st.sampled_from([1, 2, None, "x"])


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("12345"), st.integers(0, 9), SCORES),
        max_size=30,
    ),
    st.integers(1, 4),
    st.sampled_from([1, 3]),
)  # fmt: skip
def test_the_numbers_add_up_for_any_source_and_the_last_version_counts(
    said: list[tuple[str, str, int, Any]], page: int, threads: int
) -> None:
    """Also where one id comes several times, with the same content or another."""
    ledger, target = Ledger(now=hour(100), page=page), Target()
    for partition, key, at, score in said:
        ledger.say(partition, f"{partition}{key}", at, score)
    summary = target.take(ledger, threads=threads, tolerance=Tolerance(1.0))
    assert summary.total.read == len(said)
    assert summary.total.adds_up()
    assert sum(tally.read for tally in summary.partitions.values()) == len(said)
    loadable = {f"{partition}{key}" for partition, key, _, score in said if isinstance(score, int)}
    assert (set(target.ids()), summary.total.new) == (loadable, len(loadable))
    again = target.take(ledger, threads=threads)
    assert again.total.new == 0
