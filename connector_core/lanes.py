"""Partitions read side by side, while their pages come out one partition after the other, through bounded buffers."""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Generic, TypeVar

from attrs import define, field

T = TypeVar("T")
P = TypeVar("P")

_PAGES = 4
"""Pages that one partition may be ahead of the writer; a slow target slows the reading."""
_AHEAD = 4
"""Partitions, for each thread, that may have been begun before the writer comes to them."""


def side_by_side(
    tasks: Sequence[T], read: Callable[[T], Iterator[P]], threads: int
) -> Generator[tuple[T, Iterator[P]], None, None]:
    """Yield each task, in order, with an iterator of its pages, while up to `threads` tasks are being read.

    The iterator raises what `read` raised, after the pages before it. An iterator that is left early ends the reading
    of its task, and closing the generator ends all. With one thread everything happens in the caller's.
    """
    if threads == 1 or len(tasks) == 1:
        for task in tasks:
            yield task, read(task)
        return
    lanes = _Lanes(tasks, read, threads * _AHEAD, [deque() for _ in tasks])
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
        for worker in workers:
            worker.join()


@define
class _Lanes(Generic[T, P]):
    """A queue of pages for each task, ended by None or by what went wrong, and how far both sides have come.

    Attributes:
        ahead: how many tasks may have been begun and not left.
        queues: what was read and not yet taken, for each task.
        begun: how many tasks a thread has taken up.
        left: how many tasks the writer has done with; nobody waits for their pages.
        changed: guards all of it.
    """

    tasks: Sequence[T]
    read: Callable[[T], Iterator[P]]
    ahead: int
    queues: "list[deque[P | BaseException | None]]"
    begun: int = 0
    left: int = 0
    changed: threading.Condition = field(factory=threading.Condition)

    def work(self) -> None:
        """Be one reading thread: fill the queue of the next task, until there is none."""
        while (number := self._next()) < len(self.tasks):
            try:
                end: BaseException | None = None
                for page in self.read(self.tasks[number]):
                    if not self._put(number, page):
                        break
            except BaseException as error:  # noqa: BLE001 - handed to the thread that reads the queue, which raises it
                end = error
            self._put(number, end)

    def pages(self, number: int) -> Iterator[P]:
        """What one task gives, as the writer sees it."""
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.queues[number])
                item = self.queues[number].popleft()
                self.changed.notify_all()
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

    def _next(self) -> int:
        with self.changed:
            self.changed.wait_for(lambda: self.begun < self.left + self.ahead)
            number = self.begun = max(self.begun, self.left)
            self.begun += 1
            return number

    def _put(self, number: int, item: "P | BaseException | None") -> bool:
        """Wait for room and add a page; False when nobody waits for it."""
        with self.changed:
            self.changed.wait_for(lambda: number < self.left or len(self.queues[number]) < _PAGES)
            if number >= self.left:
                self.queues[number].append(item)
                self.changed.notify_all()
            return number >= self.left
