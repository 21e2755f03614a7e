"""Partitions read side by side, while their pages come out one partition after the other, through bounded buffers."""

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import Generic, TypeVar

from attrs import define, field

T = TypeVar("T")
P = TypeVar("P")

PAGES = 4
"""Pages that one partition may be ahead of the writer; a slow target slows the reading."""
_AHEAD = 4
"""Partitions, for each thread, that may have been begun before the writer comes to them."""
_LOOK = 0.25
"""Seconds after which a writer that waits looks up."""
_FAREWELL = 1.0
"""Seconds that threads which are no longer needed have to end. One that waits for a server is left behind; it can do
nothing more, since the client that it uses is closed, and ends with the process."""


def side_by_side(
    tasks: Sequence[T],
    read: Callable[[T], Iterator[P]],
    threads: int,
    *,
    ahead: int = PAGES,
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
        ahead: how many pages may be read before the caller asks for them; with 0, only the one that it waits for.
        meanwhile: called now and then while the caller waits for a page; what it raises, the iterator raises.
    """
    lanes = _Lanes(tasks, read, ahead, threads * _AHEAD, meanwhile, [deque() for _ in tasks])
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
    with closing(side_by_side((call,), lambda call: iter([(call(),)]), 1, meanwhile=meanwhile)) as lanes:
        return next(next(lanes)[1])[0]


@define
class _Lanes(Generic[T, P]):
    """A queue of pages for each task, ended by None or by what went wrong, and how far both sides have come.

    Attributes:
        ahead: how many pages of a task may wait for the writer.
        begun_ahead: how many tasks may have been begun and not left.
        queues: what was read and not yet taken, for each task.
        begun: how many tasks a thread has taken up.
        left: how many tasks the writer has done with; nobody waits for their pages.
        waited_for: the task whose next page the writer waits for.
        changed: guards all of it.
    """

    tasks: Sequence[T]
    read: Callable[[T], Iterator[P]]
    ahead: int
    begun_ahead: int
    meanwhile: Callable[[], None]
    queues: "list[deque[P | BaseException | None]]"
    begun: int = 0
    left: int = 0
    waited_for: int = -1
    changed: threading.Condition = field(factory=threading.Condition)

    def work(self) -> None:
        """Be one reading thread: fill the queue of the next task, until there is none."""
        while (number := self._next()) < len(self.tasks):
            end: BaseException | None = None
            try:
                pages = iter(self.read(self.tasks[number]))
                while self._has_room(number):
                    self._put(number, next(pages))
            except StopIteration:
                pass
            except BaseException as error:  # noqa: BLE001 - handed to the thread that reads the queue, which raises it
                end = error
            self._put(number, end)

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
        with self.changed:
            self.left = number + 1
            self.changed.notify_all()

    def _take(self, number: int) -> "P | BaseException | None":
        queue = self.queues[number]
        with self.changed:
            self.waited_for = number
            self.changed.notify_all()
            while not self.changed.wait_for(lambda: queue, _LOOK):
                self.meanwhile()
            self.waited_for = -1
            return queue.popleft()

    def _next(self) -> int:
        with self.changed:
            self.changed.wait_for(lambda: self.begun < self.left + self.begun_ahead)
            number = self.begun = max(self.begun, self.left)
            self.begun += 1
            return number

    def _has_room(self, number: int) -> bool:
        """Wait until one more page of a task is wanted; False when none ever will be."""
        queue = self.queues[number]
        with self.changed:
            self.changed.wait_for(
                lambda: number < self.left or len(queue) < self.ahead or (self.waited_for == number and not queue)
            )
            return number >= self.left

    def _put(self, number: int, item: "P | BaseException | None") -> None:
        with self.changed:
            if number >= self.left:
                self.queues[number].append(item)
                self.changed.notify_all()
