"""Threads for calls that may hang: none of them keeps anybody waiting, least of all the end of the process."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from queue import SimpleQueue
from typing import Generic, TypeVar

from attrs import define, field

from connector_core.errors import StoppedError
from connector_core.prefetch import RANK, Prefetch

T = TypeVar("T")

_LOOK = 0.25
"""Seconds after which whoever waits for a result looks up."""


@define
class Pool(Generic[T]):
    """Up to so many daemon threads that make calls, none begun before there is a call for it.

    Those of an executor are waited for when Python ends.
    """

    size: int
    _begun: int = field(default=0, init=False)
    _calls: "SimpleQueue[tuple[Future[T], Callable[[], T]] | None]" = field(factory=SimpleQueue, init=False)
    _closed: bool = field(default=False, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def submit(self, call: Callable[[], T]) -> "Future[T]":
        """Have a call made as soon as a thread is free; after closing, its result is a `StoppedError` at once."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed:  # no thread would ever come to it, and whoever asks for the result would hang
                future.set_exception(StoppedError("the run has ended; nothing more is sent"))
            else:
                self._calls.put((future, call))
                if self._begun < self.size:
                    threading.Thread(target=self._work, name=f"http-{self._begun}", daemon=True).start()
                    self._begun += 1
        return future

    def in_order(
        self, calls: Iterable[Callable[[], T]], prefetch: Prefetch, meanwhile: Callable[[], None] | None
    ) -> Iterator[T]:
        """Have calls made, as many ahead as there is room for, and yield their results in order.

        Args:
            calls: drawn one by one, none before it is to be made.
            prefetch: says whether another one may be made before the result of the first was taken.
            meanwhile: called for each result, and now and then while it is waited for; what it raises, this raises.
        """
        rank, ahead = RANK.get(), deque[Future[T]]()
        try:
            for call in calls:
                ahead.append(self.submit(call))
                prefetch.ask(rank)
                while ahead and not prefetch.has_room(rank):
                    yield self._taken(ahead, prefetch, rank, meanwhile)
            while ahead:
                yield self._taken(ahead, prefetch, rank, meanwhile)
        finally:
            prefetch.take(rank, len(ahead))
            for future in ahead:
                future.cancel()

    def _taken(self, ahead: deque[Future[T]], prefetch: Prefetch, rank: int, meanwhile: Callable[[], None] | None) -> T:
        while meanwhile:
            meanwhile()  # also where each result comes at once: many may be asked for
            if wait((ahead[0],), _LOOK).done:
                break
        result = ahead[0].result()
        ahead.popleft()
        prefetch.take(rank)
        return result

    def close(self) -> None:
        """Let the threads end after the calls that were submitted; waits for none."""
        with self._lock:
            self._closed = True
            for _ in range(self._begun):
                self._calls.put(None)

    def _work(self) -> None:
        while item := self._calls.get():
            _make(*item)
            del item  # a thread that waits for the next call keeps no result of the last one


def _make(future: "Future[T]", call: Callable[[], T]) -> None:
    if future.set_running_or_notify_cancel():
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - handed to whoever asks for the result
            future.set_exception(error)
