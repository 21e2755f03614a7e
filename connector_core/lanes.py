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


class _ClosedError(Exception):
    """The reader of the lanes has gone; the writers end."""


@define
class _Lane(Generic[P]):
    """A bounded queue of one partition's pages, ended by None or by what went wrong."""

    _items: "deque[P | BaseException | None]" = field(factory=deque)
    _changed: threading.Condition = field(factory=threading.Condition)
    _closed: bool = False

    def put(self, item: "P | BaseException | None") -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._items) < _PAGES)
            if self._closed:
                raise _ClosedError
            self._items.append(item)
            self._changed.notify_all()

    def get(self) -> "P | BaseException | None":
        with self._changed:
            self._changed.wait_for(lambda: self._items)
            item = self._items.popleft()
            self._changed.notify_all()
            return item

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def side_by_side(
    tasks: Sequence[T], read: Callable[[T], Iterator[P]], threads: int
) -> Generator[tuple[T, Iterator[P]], None, None]:
    """Yield each task, in order, with an iterator of its pages, while up to `threads` tasks are being read.

    The iterator raises what `read` raised. With one thread everything happens in the caller's.
    """
    if threads == 1 or len(tasks) == 1:
        for task in tasks:
            yield task, read(task)
        return
    lanes: list[_Lane[P]] = [_Lane() for _ in tasks]
    pairs = list(zip(tasks, lanes, strict=True))
    following, turn = iter(pairs), threading.Lock()
    names = [f"partition-{number}" for number in range(min(threads, len(tasks)))]
    workers = [threading.Thread(target=_work, args=(following, turn, read), name=name, daemon=True) for name in names]
    for worker in workers:
        worker.start()
    try:
        for task, lane in pairs:
            yield task, _drain(lane)
    finally:
        for lane in lanes:
            lane.close()
        for worker in workers:
            worker.join()


def _work(following: Iterator[tuple[T, _Lane[P]]], turn: threading.Lock, read: Callable[[T], Iterator[P]]) -> None:
    """One reading thread: take the next task, fill its lane, until there is none or nobody reads."""
    while True:
        with turn:
            task, lane = next(following, (None, None))
        if task is None or lane is None:
            return
        try:
            _fill(lane, read(task))
        except _ClosedError:
            return


def _fill(lane: _Lane[P], pages: Iterator[P]) -> None:
    try:
        for page in pages:
            lane.put(page)
    except _ClosedError:
        raise
    except BaseException as error:  # noqa: BLE001 - handed to the thread that reads the lane, which raises it
        lane.put(error)
    else:
        lane.put(None)


def _drain(lane: _Lane[P]) -> Iterator[P]:
    try:
        while (item := lane.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        lane.close()
