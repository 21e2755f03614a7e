"""A web application in a thread of its own, for as long as a block runs."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

from aiohttp import web

Report = TypeVar("Report")


@contextlib.contextmanager
def in_a_thread(
    name: str, work: Callable[[Callable[[Report], None], asyncio.Event], Coroutine[Any, Any, None]]
) -> Iterator[Report]:
    """Yield what a coroutine reports as soon as it is ready, and tell it to stop when the block ends.

    It is given the function to report with, and the event that tells it to stop. What it raises before it has
    reported is raised here.
    """
    ready: Future[Report] = Future()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    def run() -> None:
        try:
            loop.run_until_complete(work(ready.set_result, stop))
        except BaseException as error:  # noqa: BLE001 - the thread that waits must hear of it
            ready.set_exception(error)
        finally:
            loop.close()

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        yield ready.result()
    finally:
        with contextlib.suppress(RuntimeError):  # the loop is closed already if it could not start
            loop.call_soon_threadsafe(stop.set)
        thread.join()


@contextlib.asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[web.AppRunner]:
    """Make an application ready for the sites that are added, and end it without waiting for its clients."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        yield runner
    finally:
        await runner.cleanup()
