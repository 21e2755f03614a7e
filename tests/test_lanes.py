"""Reading side by side gives what reading one by one does, in bounded memory, and leaves no thread behind."""

import threading
import weakref
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core.lanes import Bound, elsewhere, side_by_side


class BrokenTaskError(Exception):
    """What a task may raise in the middle."""


@define
class Reader:
    """Gives the pages of each task, from any thread; a page that is None breaks the task.

    Attributes:
        of: how many pages of each task were given.
        taken: how many of them the test has taken.
        threads: who gave them.
        closed: the tasks that were not read to their end.
    """

    tasks: list[list[int | None]]
    of: Counter[int] = field(factory=Counter)
    taken: Counter[int] = field(factory=Counter)
    threads: set[str] = field(factory=set)
    closed: set[int] = field(factory=set)
    lock: threading.Lock = field(factory=threading.Lock)

    def read(self, number: int) -> Iterator[int]:
        try:
            for page in self.tasks[number]:
                with self.lock:
                    self.of[number] += 1
                    self.threads.add(threading.current_thread().name)
                if page is None:
                    raise BrokenTaskError(number)
                yield page
        except GeneratorExit:
            self.closed.add(number)
            raise

    @property
    def given(self) -> int:
        """How many pages were given."""
        return self.of.total()

    def read_of(self) -> dict[int, int]:
        """How many pages of each task were given."""
        with self.lock:
            return dict(self.of)

    def all(self, threads: int, most: int = 64) -> list[tuple[int, list[int | str]]]:
        """What comes of each task: its pages, which weigh as much as they say, and how it ended."""
        bound = Bound[int](most, lambda page: page**4)
        result: list[tuple[int, list[int | str]]] = []
        with closing(side_by_side(range(len(self.tasks)), self.read, threads, bound)) as lanes:
            for task, pages in lanes:
                got: list[int | str] = []
                result.append((task, got))
                try:
                    got.extend(pages)
                except BrokenTaskError as error:
                    got.append(f"broken {error}")
        return result


def reading() -> list[str]:
    """The reading threads that are alive."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("partition-")]


TASKS = st.lists(st.lists(st.integers(0, 9) | st.none(), max_size=12), max_size=40)


@settings(max_examples=60, deadline=None)
@given(TASKS, st.integers(1, 8), st.integers(0, 1000))
def test_any_number_of_threads_gives_what_one_gives(tasks: list[list[int | None]], threads: int, most: int) -> None:
    """Pages in order, errors at their place, later tasks all the same, and nobody left reading.

    Whatever the bound, and however far a single page exceeds it: the page that is waited for always comes.
    """
    assert Reader(tasks).all(threads, most) == Reader(tasks).all(1)
    assert reading() == []


@pytest.mark.parametrize("threads", [1, 8])
def test_nothing_is_read_in_the_callers_thread(threads: int) -> None:
    """Which can therefore leave at any time, however long a page takes."""
    reader = Reader([[1], [2]])
    reader.all(threads)
    assert threading.current_thread().name not in reader.threads


def test_with_nothing_ahead_a_page_is_read_when_it_is_asked_for() -> None:
    """A run with a limit asks for no more than it takes."""
    reader = Reader([[1, 2, 3], [4]])
    with closing(side_by_side(range(2), reader.read, 1, Bound(0))) as lanes:
        for taken, (_, pages) in enumerate(lanes):
            next(pages)
            assert reader.given == taken + 1
    assert reader.closed == {0, 1}


def test_a_caller_that_waits_can_be_called_away() -> None:
    """The thread that reads hangs for ever; the caller leaves it behind."""
    hangs, calls = threading.Event(), iter([None, BrokenTaskError("called away")])

    def meanwhile() -> None:
        error = next(calls)
        if error:
            raise error

    def read(_: int) -> Iterator[int]:
        hangs.wait()
        yield 0

    with (
        closing(side_by_side(range(1), read, 1, Bound(0), meanwhile=meanwhile)) as lanes,
        pytest.raises(BrokenTaskError, match="called away"),
    ):
        next(next(lanes)[1])
    hangs.set()


def test_a_call_made_elsewhere_gives_its_value_or_its_error() -> None:
    assert elsewhere(lambda: threading.current_thread().name, lambda: None) == "partition-0"
    assert elsewhere(lambda: None, lambda: None) is None

    def broken() -> int:
        raise BrokenTaskError("there")

    with pytest.raises(BrokenTaskError, match="there"):
        elsewhere(broken, lambda: None)


def test_many_threads_read_beside_the_caller() -> None:
    """Each of four tasks waits until all four are being read."""
    meeting = threading.Barrier(4, timeout=10)

    def read(task: int) -> Iterator[int]:
        meeting.wait()
        yield task

    with closing(side_by_side(range(4), read, 4, Bound(64))) as lanes:
        assert [list(pages) for _, pages in lanes] == [[0], [1], [2], [3]]


@pytest.mark.parametrize("weight", [1, 7, 40, 1000])
@pytest.mark.parametrize("tasks", [[[0] * 500, [0] * 500, [0] * 500], [[0] * 5 for _ in range(300)]])
def test_a_slow_target_slows_the_reading(tasks: list[list[int | None]], weight: int) -> None:
    """However many partitions and pages, and however large they are: what waits for the writer is bounded.

    Beside the partition whose turn it is, three quarters of the bound are never exceeded; and if a page is larger than
    that, nothing else is read but by those who do not know it yet.
    """
    reader, most, threads = Reader(tasks), 320, 3
    with closing(side_by_side(range(len(tasks)), reader.read, threads, Bound(most, lambda _: weight))) as lanes:
        for task, pages in lanes:
            for number, _ in enumerate(pages, 1):
                reader.taken[task] = number
                ahead = {key: read - reader.taken[key] for key, read in reader.read_of().items()}
                assert sum(ahead.values()) <= most // weight + 1
                first = ahead.pop(task)
                assert task or first <= most // 4 // weight + 1, "later ones may have been read while they were others"
                assert sum(ahead.values()) <= max(most // 4 * 3 // weight, threads - 1)
    assert reader.given == sum(map(len, tasks))


def test_threads_do_not_run_ahead_of_a_writer_that_takes_nothing() -> None:
    """They wait with the pages they have; if they did not, they would soon have read all and be gone."""
    reader = Reader([[0] for _ in range(300)])
    with closing(side_by_side(range(300), reader.read, 2, Bound(64))) as lanes:
        next(lanes)
        for thread in [thread for thread in threading.enumerate() if thread.name in reading()]:
            thread.join(0.1)
            assert thread.is_alive()
        assert reader.given <= 2 * 4


def test_a_task_that_is_left_early_is_closed_and_the_next_one_comes() -> None:
    reader = Reader([[1] * 100, [2] * 100, [3]])
    with closing(side_by_side(range(3), reader.read, 2, Bound(64))) as lanes:
        firsts = [next(pages) for _, pages in lanes]
    assert firsts == [1, 2, 3]
    assert {0, 1} <= reader.closed
    assert reading() == []


def test_a_task_may_be_passed_over() -> None:
    reader = Reader([[number] * 20 for number in range(30)])
    with closing(side_by_side(range(30), reader.read, 4, Bound(64))) as lanes:
        assert [list(pages) for task, pages in lanes if task % 7 == 6] == [[task] * 20 for task in range(6, 30, 7)]
    assert reading() == []


@pytest.mark.parametrize("pages", [0, 1, 50])
def test_closing_ends_every_thread(pages: int) -> None:
    """Whether they wait for room, for a task, or have ended."""
    reader = Reader([[1] * 100 for _ in range(100)])
    lanes = side_by_side(range(100), reader.read, 8, Bound(64))
    _, first = next(lanes)
    for _ in range(pages):
        next(first)
    lanes.close()
    assert reading() == []
    assert reader.given < 100 * 100


def test_an_interrupt_in_the_readers_thread_reaches_the_caller() -> None:
    def read(_: int) -> Iterator[int]:
        if threading.current_thread().name in reading():
            raise KeyboardInterrupt
        yield 0

    with closing(side_by_side(range(2), read, 2, Bound(64))) as lanes, pytest.raises(KeyboardInterrupt):
        next(next(lanes)[1])


def test_an_error_that_is_kept_keeps_nothing_of_the_task_that_it_ended() -> None:
    """Neither records nor requests that are under way: a run keeps the error to its end."""

    class Held:
        """What a task holds while it is read."""

    gone = threading.Event()

    def read(number: int) -> Iterator[int]:
        held = Held()
        weakref.finalize(held, gone.set)
        yield from range(number)
        raise BrokenTaskError(held is None)

    with closing(side_by_side([1], read, 1, Bound(10))) as lanes:
        _, pages = next(lanes)
        with pytest.raises(BrokenTaskError) as kept:
            list(pages)
    assert gone.wait(10)
    assert kept.value.args == (False,)
