"""Which windows a run reads, and that over any sequence of runs nothing is ever missed."""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import define, evolve, field, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core.database import Database, open_database
from connector_core.errors import ConfigError, SourceError, TransientError
from connector_core.journal import Journal
from connector_core.model import Json, Partition, Selects, Window
from connector_core.plan import Options, Task, first_instant, plan
from connector_core.sink import History, Place
from connector_core.sqlite import TARGET, Table
from tests.fakes import Ledger, hour, imported

A = Partition("a", "A")
NOW = hour(1000)
WEEK = timedelta(days=7)
BEGUN: Mapping[str, str] = {}


def planned(
    place: Place | None,
    *,
    begin: datetime | None = None,
    now: datetime = NOW,
    selects: Selects = "posted",
    **options: Any,
) -> Task:
    """The task of a partition of a connection that is not fresh."""
    history = History({} if place is None else {"a": place}, begin, BEGUN)
    (task,) = plan([A], history, Options(**options), now, selects)
    return task


def read_to(number: int, **more: Any) -> Place:
    """A partition read from the beginning of time to an hour."""
    return Place(hour(number), **more)


# --- single runs


def test_a_first_run_reads_everything_there_is() -> None:
    (task,) = plan([A], History(), Options(), NOW)
    assert (task.window, task.cursor, task.place_at_end()) == (Window(None, NOW), None, Place(NOW))


def test_since_on_a_fresh_connection_is_where_history_begins() -> None:
    (task,) = plan([A], History(), Options(since=hour(5)), NOW)
    assert task.place_at_end() == Place(NOW, low_water=hour(5))
    assert first_instant(History(), Options(since=hour(5))) == hour(5)


def test_a_later_run_reads_the_lookback_again() -> None:
    assert planned(read_to(900)).window == Window(hour(900) - WEEK, NOW)
    assert planned(read_to(900), lookback=timedelta(0)).window == Window(hour(900), NOW)


def test_the_lookback_ends_where_history_begins() -> None:
    assert planned(read_to(900, low_water=hour(899)), begin=hour(899)).window == Window(hour(899), NOW)


def test_a_lookback_longer_than_the_calendar_reaches_the_beginning() -> None:
    assert planned(read_to(900), lookback=timedelta(days=999_999)).window == Window(None, NOW)


def test_an_earlier_since_reads_again_from_there_and_moves_the_mark() -> None:
    task = planned(read_to(900), since=hour(10))
    assert (task.window, task.place_at_end()) == (Window(hour(10), NOW), Place(NOW))


@pytest.mark.parametrize("since", [hour(950), hour(900) - WEEK + timedelta(hours=1)])
def test_a_since_that_leaves_out_what_a_plain_run_reads_moves_nothing(since: datetime) -> None:
    task = planned(read_to(900), since=since)
    assert task.window == Window(since, NOW)
    assert (task.place_at_end(), task.place_at("x")) == (None, None)


def test_a_since_before_the_beginning_moves_the_beginning_of_every_partition() -> None:
    """Also of those that this run could not read: the next one reads them from there on."""
    history = History({"a": Place(hour(900), low_water=hour(100))}, hour(100), BEGUN)
    options = Options(since=hour(50))
    assert first_instant(history, options) == hour(50)
    assert plan([A], history, options, NOW)[0].place_at_end() == Place(NOW, low_water=hour(50))
    assert planned(history.places["a"], begin=hour(50)).window == Window(hour(50), NOW)


def test_a_later_since_does_not_move_the_beginning() -> None:
    assert first_instant(History({}, hour(5), BEGUN), Options(since=hour(50))) == hour(5)
    assert first_instant(History({}, None, BEGUN), Options(since=hour(50))) is None
    assert first_instant(History({}, hour(5), None), Options()) == hour(5)


@pytest.mark.parametrize("sample", [{"until": hour(950)}, {"limit": 5}])
@pytest.mark.parametrize("place", [None, read_to(900)])
def test_until_and_limit_move_nothing(place: Place | None, sample: Any) -> None:
    task = planned(place, **sample)
    assert (task.place_at("x"), task.place_at_end()) == (None, None)
    assert task.window.end == sample.get("until", NOW)


def test_until_lies_in_the_present_at_the_latest() -> None:
    assert planned(None, until=hour(2000)).window.end == NOW


def test_a_partition_with_nothing_to_read_has_no_task() -> None:
    assert plan([A], History({"a": read_to(900)}, None, BEGUN), Options(until=hour(10)), NOW) == []


def test_a_clock_behind_the_mark_does_not_take_it_back() -> None:
    assert planned(read_to(900), now=hour(899)).place_at_end() is None


def test_a_new_partition_of_an_old_connection_is_read_from_where_history_begins() -> None:
    assert planned(None, begin=hour(3)).window == Window(hour(3), NOW)
    assert planned(None, begin=hour(3), since=hour(4)).place_at_end() is None


def test_a_full_refresh_reads_everything_whatever_was_read() -> None:
    place = Place(hour(900), Window(hour(800), hour(950)), "x", hour(3))
    task = planned(place, begin=hour(3), full_refresh=True)
    assert (task.window, task.cursor, task.place) == (Window(hour(3), NOW), None, Place())


@pytest.mark.parametrize("more", [{"since": hour(1)}, {"until": hour(1)}, {"limit": 1}])
def test_a_full_refresh_of_a_part_is_refused(more: Any) -> None:
    with pytest.raises(ConfigError, match="--full-refresh reads everything"):
        Options(full_refresh=True, **more)


# --- interrupted runs

PENDING = Place(hour(900), Window(hour(900) - WEEK, hour(950)), "x")


def test_an_interrupted_run_goes_on_where_it_was_and_reads_to_the_present() -> None:
    task = planned(PENDING)
    assert (task.window, task.cursor) == (Window(hour(900) - WEEK, NOW), "x")


def test_the_mark_of_a_resumed_run_is_the_end_of_the_first_one() -> None:
    """What came before the cursor is as old as that; the next lookback must reach from there."""
    task = planned(PENDING)
    assert task.place_at_end() == Place(hour(950))
    assert task.place_at("y") == evolve(PENDING, cursor="y")


def test_a_page_without_a_cursor_leaves_the_place() -> None:
    assert planned(PENDING).place_at(None) is None


def test_a_lookback_larger_than_the_interrupted_one_starts_anew() -> None:
    task = planned(PENDING, lookback=2 * WEEK)
    assert (task.window, task.cursor) == (Window(hour(900) - 2 * WEEK, NOW), None)
    assert task.place_at_end() == Place(NOW)


def test_a_smaller_lookback_goes_on_all_the_same() -> None:
    assert planned(PENDING, lookback=timedelta(0)).cursor == "x"


def test_a_run_since_elsewhere_starts_anew_and_the_same_command_again_goes_on() -> None:
    assert planned(PENDING, since=hour(5)).cursor is None
    pending = planned(PENDING, since=hour(5)).place_at("y")
    assert planned(pending, since=hour(5)).cursor == "y"
    assert planned(pending).cursor == "y"


def test_an_interrupted_window_is_not_gone_on_with_before_its_end() -> None:
    """The clock went back in between."""
    task = planned(Place(None, Window(None, hour(950)), "x"), now=hour(940))
    assert (task.cursor, task.place_at_end()) == (None, Place(hour(940)))


def test_a_beginning_that_moved_back_voids_what_was_interrupted_after_it() -> None:
    place = Place(None, Window(hour(100), hour(950)), "x")
    assert planned(place, begin=hour(50)).cursor is None


# --- a source that selects by update


def test_of_what_was_posted_in_the_window_all_is_kept_when_the_source_selects_by_that() -> None:
    task = planned(read_to(900), begin=hour(3))
    assert task.kept == task.window == Window(hour(900) - WEEK, NOW)


def test_of_what_was_updated_in_the_window_all_of_the_history_is_kept() -> None:
    task = planned(read_to(900), begin=hour(3), selects="updated")
    assert (task.window, task.kept) == (Window(hour(900) - WEEK, NOW), Window(hour(3), NOW))
    assert planned(read_to(900), selects="updated").kept == Window(None, NOW)


def test_since_on_a_fresh_connection_begins_its_history_whatever_the_source_selects_by() -> None:
    (task,) = plan([A], History(), Options(since=hour(5)), NOW, "updated")
    assert (task.window, task.kept) == (Window(hour(5), NOW), Window(hour(5), NOW))
    assert task.place_at_end() == Place(NOW, low_water=hour(5))


def test_a_since_that_moves_the_mark_throws_no_update_away_that_stands_before_it() -> None:
    """These updates are behind the mark afterwards, and no later run would bring them."""
    task = planned(read_to(900, low_water=hour(3)), begin=hour(3), since=hour(500), selects="updated")
    assert (task.window, task.kept, task.mark) == (Window(hour(500), NOW), Window(hour(3), NOW), NOW)


def test_a_since_that_moves_nothing_means_what_was_posted_from_then_on() -> None:
    task = planned(read_to(900), since=hour(950), selects="updated")
    assert (task.window, task.kept, task.mark) == (Window(hour(950), NOW), Window(hour(950), NOW), None)


def test_until_means_what_was_posted_before_it_even_if_it_was_updated_since() -> None:
    task = planned(None, since=hour(100), until=hour(200), selects="updated")
    assert (task.window, task.kept, task.mark) == (Window(hour(100), NOW), Window(hour(100), hour(200)), None)
    history = History({}, hour(300), BEGUN)
    assert plan([A], history, Options(until=hour(200)), NOW, "updated") == []


def test_an_interrupted_reading_of_updates_goes_on_and_keeps_the_whole_history() -> None:
    task = planned(PENDING, begin=hour(3), selects="updated")
    assert (task.window, task.cursor, task.kept) == (Window(hour(900) - WEEK, NOW), "x", Window(hour(3), NOW))
    assert task.place_at_end() == Place(hour(950), low_water=None)


def test_a_full_refresh_reads_the_updates_of_the_whole_history() -> None:
    task = planned(read_to(900), begin=hour(3), full_refresh=True, selects="updated")
    assert task.window == task.kept == Window(hour(3), NOW)


# --- any sequence of runs


@frozen
class Step:
    """Time passes, answers are given, and one run is made, perhaps broken off after so many pages."""

    hours: int
    answers: list[tuple[str, int, int]]
    options: dict[str, Any]
    broken_after: int | None = None
    fate: type[BaseException] = TransientError
    edits: list[int] = field(factory=list)


@define
class World:
    """A source and a target over many runs, and what must hold between them."""

    ledger: Ledger = field(factory=Ledger)
    database: Database = field(factory=lambda: open_database(":memory:", TARGET))
    late: timedelta = timedelta(0)

    def journal(self) -> Journal:
        return Journal(self.database, "ledger", Table(self.database, "ledger"))

    def take(self, step: Step) -> None:
        self.ledger.now += timedelta(hours=step.hours)
        now = round((self.ledger.now - hour(0)).total_seconds() / 3600)
        old = {key for key, said in self.ledger.said.items() if said}
        for partition, ago, late in step.answers:
            number = sum(map(len, self.ledger.said.values()))
            at = now - (min(ago, step.hours) if partition in old else ago)  # runs before must have been able to see it
            self.ledger.say(partition, f"{number}", at, shown=at + late)
        for number, edit in enumerate(step.edits):
            partition = "ab"[edit % 2]
            if there := self.ledger.said.get(partition):
                self.ledger.edit(partition, edit % len(there), why=f"{self.ledger.now} {number}")
        before, self.ledger.asked = self.journal().history(), []
        failure = None if step.broken_after is None else (step.broken_after, step.fate("broken"))
        self.ledger.failures = {"b": failure, "a": failure} if failure else {}
        complete = self.run(step)
        self.check(step, before, complete=complete)

    def run(self, step: Step) -> bool:
        values: dict[str, Any] = {
            name: hour(value) if name in ("since", "until") else value for name, value in step.options.items()
        }
        if values.get("since", self.ledger.now) > self.ledger.now:
            return False
        try:
            summary = imported(self.ledger, self.journal(), tick=2.0, **values)
        except KeyboardInterrupt:
            return False
        return not (summary.error or summary.failed or summary.interrupted)

    def check(self, step: Step, before: History, *, complete: bool) -> None:
        after = self.journal().history()
        if {"until", "limit"} & step.options.keys():
            assert after == before
        for key, place in before.places.items():
            mark = after.places[key].high_water
            if place.high_water and not step.options.get("full_refresh"):
                assert mark is not None
                assert mark >= place.high_water
        if not before.fresh:
            assert after.begin is None or (before.begin is not None and after.begin <= before.begin)
        resumed = any(cursor is not None for _, _, cursor in self.ledger.asked)
        if resumed and self.ledger.selects == "updated":
            return  # what was given while the interrupted run read may lie before its cursor; the next run has it
        if complete and not step.options.keys() - {"lookback"}:
            late = timedelta(0) if resumed else self.late
            assert not self.missing(after.begin, late)

    def missing(self, begin: datetime | None, late: timedelta) -> set[tuple[str, str | None]]:
        """What the source shows in the history that is wanted, and showed soon enough, and is not so in the target."""
        there = {
            (f"ledger:{said.raw['id']}", said.raw.get("why"))
            for answers in self.ledger.said.values()
            for said in answers
            if said.shown <= self.ledger.now
            and said.shown - said.raw["at"] <= late
            and Window(begin, self.ledger.now).holds(said.raw["at"])
        }
        return there - set(self.database.select("SELECT id, text FROM feedback"))


def answers(late: int) -> st.SearchStrategy[list[tuple[str, int, int]]]:
    """Answers of one of two partitions, given some hours ago, and shown at once or some hours late.

    A partition begins with its first answers, which may be older than any run.
    """
    return st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 400), st.integers(0, late)), max_size=5)


INSTANTS = st.integers(-400, 900)
PLAIN: st.SearchStrategy[dict[str, Any]] = st.just({})
MOVING = st.one_of(
    PLAIN, st.fixed_dictionaries({"since": INSTANTS}), st.just({"full_refresh": True}),
)  # fmt: skip
ANY = st.one_of(
    PLAIN,
    MOVING,
    st.builds(lambda hours: {"lookback": timedelta(hours=hours)}, st.integers(0, 600)),
    st.fixed_dictionaries({"until": INSTANTS}, optional={"since": INSTANTS}),
    st.fixed_dictionaries({"limit": st.integers(1, 4)}, optional={"since": INSTANTS}),
)
BREAKS = st.one_of(st.none(), st.integers(0, 4))
FATES = st.sampled_from([TransientError, SourceError, KeyboardInterrupt])


@settings(max_examples=80, deadline=None)
@given(st.lists(st.builds(Step, st.integers(0, 200), answers(0), ANY, BREAKS, FATES), min_size=2, max_size=7))
def test_after_a_complete_plain_run_all_that_is_wanted_is_in_the_target(steps: list[Step]) -> None:
    """Whatever runs came before: since, until, limit, any lookback, refreshes, broken off anywhere, new partitions."""
    world = World()
    for step in steps:
        world.take(step)
    world.take(Step(1, [], {}))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.builds(Step, st.integers(0, 300), answers(167), MOVING, BREAKS, FATES), min_size=2, max_size=7))
def test_what_the_source_shows_within_the_lookback_is_never_missed(steps: list[Step]) -> None:
    """Answers that arrive late, or are edited, by up to seven days; the run after a resumed one has them."""
    world = World(late=WEEK)
    for step in steps:
        world.take(step)
    world.take(Step(1, [], {}))
    world.take(Step(1, [], {}))


EDITS = st.lists(st.integers(0, 40), max_size=4)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.builds(Step, st.integers(0, 300), answers(0), ANY, BREAKS, FATES, EDITS), min_size=2, max_size=7))
def test_an_edit_of_any_age_is_never_missed_where_the_source_selects_by_update(steps: list[Step]) -> None:
    """Whatever runs came before, the next complete plain one that resumes none brings every answer's last version."""
    world = World(ledger=Ledger(selects="updated"))
    for step in steps:
        world.take(step)
    world.take(Step(1, [], {}))
    world.take(Step(1, [], {}))
    assert not world.missing(world.journal().history().begin, timedelta(0))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 9), st.integers(0, 9))
def test_every_interruption_is_gone_on_from(first: int, second: int) -> None:
    """The pages of both runs together are those of one, but for those after the last cursor."""
    world = World()
    for number in range(20):
        world.ledger.say("a", str(number), number)
    world.take(Step(100, [], {}, first, TransientError))
    world.take(Step(1, [], {}, second, TransientError))
    world.take(Step(1, [], {}))
    cursors: list[Json] = [cursor for _, _, cursor in world.ledger.asked]
    assert cursors == [None] if first < 2 and second < 2 else cursors[0] is not None
    assert world.journal().history().places["a"].window is None


def test_stopping_is_noticed_after_the_page_in_hand() -> None:
    world, stop = World(), threading.Event()
    for number in range(20):
        world.ledger.say("a", str(number), number)
    world.ledger.now, world.ledger.stop = hour(100), (4, stop)
    summary = imported(world.ledger, world.journal(), job_values={"stop": stop})
    assert (summary.interrupted, summary.exit_code, summary.total.read) == (True, 130, 8)
    assert world.journal().history().places["a"].cursor is not None
