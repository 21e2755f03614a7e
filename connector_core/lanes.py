"""Partitions read side by side, while their pages come out one partition after the other, through bounded buffers."""

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import Generic, TypeVar

from attrs import define, field, frozen

from connector_core.prefetch import RANK

T = TypeVar("T")
P = TypeVar("P")

RECORDS = 6_000
"""Records that all partitions together may be ahead of the writer; a slow target slows the reading."""
_IN_HAND = 4
"""How many times as much memory a page takes while it is being read: raw records beside what becomes of them."""
_AT_FIRST = 20
"""What a page is taken to weigh before one was read: this part of what may be read ahead."""
_FORGETTING = 64
"""How many pages, more or less, the heaviest is remembered."""
_FOR_THE_FIRST = 4
"""Which part of what may be read ahead is for the task at which the writer is."""
_AHEAD = 4
"""Partitions, for each thread, that may have been begun before the writer comes to them."""
_LOOK = 0.25
"""Seconds after which a writer that waits looks up."""
_FAREWELL = 1.0
"""Seconds that threads which are no longer needed have to end. One that waits for a server is left behind; it can do
nothing more, since the client that it uses is closed, and ends with the process."""


@frozen
class Bound(Generic[P]):
    """How much may be read before the writer takes it.

    Attributes:
        most: of all tasks together. A quarter of it is for the task at which the writer is, so that others never keep
            it from being read ahead. With 0, only the page is read that the writer waits for.
        weigh: how much a page is.
    """

    most: int
    weigh: Callable[[P], int] = lambda _: 1


def side_by_side(
    tasks: Sequence[T],
    read: Callable[[T], Iterator[P]],
    threads: int,
    bound: Bound[P],
    *,
    meanwhile: Callable[[], None] = lambda: None,
) -> Generator[tuple[T, Iterator[P]], None, None]:
    """Yield each task, in order, with an iterator of its pages, while up to `threads` tasks are being read.

    The iterator raises what `read` raised, after the pages before it. An iterator that is left early ends the reading
    of its task, and closing the generator ends all. Nothing is read in the caller's thread, so that the caller can
    always leave.

    Args:
        tasks: what is to be read.
        read: gives the pages of one, lazily; called in another thread.
        threads: how many.
        bound: how much may be read before the caller takes it. What the caller waits for is always read.
        meanwhile: called now and then while the caller waits for a page; what it raises, the iterator raises.
    """
    usual = max(1, bound.most // _AT_FIRST)
    lanes = _Lanes(tasks, read, bound, threads * _AHEAD, meanwhile, [deque() for _ in tasks], usual)
    workers = [
        threading.Thread(target=lanes.work, name=f"partition-{number}", daemon=True)
        for number in range(min(threads, len(tasks)))
    ]
    for worker in workers:
        worker.start()
    try:
        for number, task in enumerate(tasks):
            yield task, lanes.pages(number)
            lanes.leave(number)
    finally:
        lanes.leave(len(tasks))
        end = time.monotonic() + _FAREWELL
        for worker in workers:
            worker.join(max(0.0, end - time.monotonic()))


def elsewhere(call: Callable[[], P], meanwhile: Callable[[], None]) -> P:
    """What a call gives or raises, made in another thread, so that `meanwhile` can end the waiting for it."""
    with closing(side_by_side((call,), lambda call: iter([(call(),)]), 1, Bound(0), meanwhile=meanwhile)) as lanes:
        return next(next(lanes)[1])[0]


@frozen
class _Item(Generic[P]):
    """What a task gives: a page, or its end, which is None or what went wrong."""

    what: "P | BaseException | None"
    weight: int


@define
class _Lanes(Generic[T, P]):
    """A queue of pages for each task, and how far both sides have come.

    Attributes:
        begun_ahead: how many tasks may have been begun and not left.
        queues: what was read and not yet taken, for each task.
        usual: what a page in hand is taken to weigh: as much as the heaviest of late.
        begun: how many tasks a thread has taken up.
        left: how many tasks the writer has done with; nobody waits for their pages.
        waited_for: the task whose next page the writer waits for.
        held: what waits for the writer.
        reading: the tasks that are being read; each has a page in hand, unless it waits.
        waiting: the reading threads that wait for room, by their tasks.
        changed: guards all of it; waited for by the writer, and by threads that wait for a task.
    """

    tasks: Sequence[T]
    read: Callable[[T], Iterator[P]]
    bound: Bound[P]
    begun_ahead: int
    meanwhile: Callable[[], None]
    queues: list[deque[_Item[P]]]
    usual: int
    begun: int = 0
    left: int = 0
    waited_for: int = -1
    held: int = 0
    reading: set[int] = field(factory=set)
    waiting: dict[int, threading.Condition] = field(factory=dict)
    lock: threading.Lock = field(factory=threading.Lock)
    changed: threading.Condition = field(init=False)

    @changed.default
    def _changed(self) -> threading.Condition:
        return threading.Condition(self.lock)

    def work(self) -> None:
        """Be one reading thread: fill the queue of the next task, until there is none."""
        while (number := self._next()) < len(self.tasks):
            RANK.set(number)
            end: BaseException | None = None
            try:
                pages = iter(self.read(self.tasks[number]))
                while self._has_room(number):
                    self._put(number, self._weighed(next(pages)))
            except StopIteration:
                pass
            except BaseException as error:  # noqa: BLE001 - handed to the thread that reads the queue, which raises it
                end = error
                traceback.clear_frames(error.__traceback__)  # what was under way there would stay as long as the error
            self._put(number, _Item(end, 0))

    def pages(self, number: int) -> Iterator[P]:
        """What one task gives, as the writer sees it."""
        while True:
            item = self._take(number)
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item

    def leave(self, number: int) -> None:
        """Be done with a task and all before it."""
        with self.lock:
            for queue in self.queues[self.left : number + 1]:
                self.held -= sum(item.weight for item in queue)
                queue.clear()
            self.left = number + 1
            self.changed.notify_all()
            self._wake()

    def _take(self, number: int) -> "P | BaseException | None":
        queue = self.queues[number]
        with self.lock:
            self.waited_for = number
            self._wake()
            while not self.changed.wait_for(lambda: queue, _LOOK):
                self.meanwhile()
            self.waited_for = -1
            item = queue.popleft()
            self.held -= item.weight
            return item.what

    def _next(self) -> int:
        with self.lock:
            self.changed.wait_for(lambda: self.begun < self.left + self.begun_ahead)
            number = self.begun = max(self.begun, self.left)
            self.begun += 1
            return number

    def _weighed(self, page: P) -> _Item[P]:
        return _Item(page, max(1, self.bound.weigh(page)))

    def _wanted(self, number: int) -> bool:
        """Whether a thread that reads a task may go on: to read one more page, or to leave the task."""
        if number < self.left or (self.waited_for == number and not self.queues[number]):
            return True
        in_hand, for_the_first = _IN_HAND * self.usual, self.bound.most // _FOR_THE_FIRST
        if number == self.left:
            return sum(item.weight for item in self.queues[number]) + in_hand <= for_the_first
        active = len((self.reading - self.waiting.keys()) | {number})
        return self.held + in_hand * active <= self.bound.most - for_the_first

    def _wake(self) -> None:
        """Let the first of the threads go on that may; it wakes the next one."""
        for number in sorted(self.waiting):
            if self._wanted(number):
                self.waiting[number].notify()
                return

    def _has_room(self, number: int) -> bool:
        """Wait until one more page of a task is wanted; False when none ever will be."""
        with self.lock:
            if not self._wanted(number):
                self.waiting[number] = threading.Condition(self.lock)
                self.waiting[number].wait_for(lambda: self._wanted(number))
                del self.waiting[number]
            if number >= self.left:
                self.reading.add(number)
            self._wake()
            return number >= self.left

    def _put(self, number: int, item: _Item[P]) -> None:
        with self.lock:
            if item.weight:
                self.usual = max(item.weight, self.usual - self.usual // _FORGETTING)
            else:
                self.reading.discard(number)
            if number >= self.left:
                self.held += item.weight
                self.queues[number].append(item)
            if self.waited_for == number:
                self.changed.notify_all()
            self._wake()
