"""Threads for calls that may hang: none of them keeps anybody waiting, least of all the end of the process."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Generic, TypeVar

from attrs import define, field

from connector_core.errors import StoppedError

T = TypeVar("T")


@define
class Pool(Generic[T]):
    """So many daemon threads that make calls; those of an executor are waited for when Python ends."""

    size: int
    _calls: "SimpleQueue[tuple[Future[T], Callable[[], T]] | None]" = field(factory=SimpleQueue, init=False)
    _closed: bool = field(default=False, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        for number in range(self.size):
            threading.Thread(target=self._work, name=f"http-{number}", daemon=True).start()

    def submit(self, call: Callable[[], T]) -> "Future[T]":
        """Have a call made as soon as a thread is free; after closing, its result is a `StoppedError` at once."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed:  # no thread would ever come to it, and whoever asks for the result would hang
                future.set_exception(StoppedError("the run has ended; nothing more is sent"))
            else:
                self._calls.put((future, call))
        return future

    def close(self) -> None:
        """Let the threads end after the calls that were submitted; waits for none."""
        with self._lock:
            self._closed = True
            for _ in range(self.size):
                self._calls.put(None)

    def _work(self) -> None:
        while item := self._calls.get():
            future, call = item
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as error:  # noqa: BLE001 - handed to whoever asks for the result
                    future.set_exception(error)
