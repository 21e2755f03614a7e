"""The listening socket, which can be shut for a while, and the other host to which redirects lead."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from aiohttp import web
from attrs import define, field

LOOPBACK = "127.0.0.1"


@define(eq=False)
class Door:
    """Where connections come in. While it is shut the machine refuses them; those that are open stay."""

    runner: web.AppRunner
    port: int
    _site: web.SockSite | None = field(default=None, init=False)
    _listening: int = field(default=-1, init=False)
    _loop: asyncio.AbstractEventLoop = field(factory=asyncio.get_running_loop, init=False)
    _reopening: asyncio.TimerHandle | None = field(default=None, init=False)
    _one_at_a_time: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    @property
    def is_open(self) -> bool:
        """Whether connections come in."""
        return self._site is not None

    async def open(self) -> None:
        """Listen, if nobody does yet; a port that was any free one is kept from then on."""
        async with self._one_at_a_time:
            if self._reopening is not None:
                self._reopening.cancel()
                self._reopening = None
            if self._site is None:
                listening = socket.create_server((LOOPBACK, self.port))
                site = web.SockSite(self.runner, listening)
                await site.start()
                self.port, self._listening, self._site = listening.getsockname()[1], listening.fileno(), site

    async def shut(self, seconds: float) -> None:
        """Refuse connections for so many seconds, or until somebody opens it."""
        async with self._one_at_a_time:
            if self._site is not None:
                site, self._site = self._site, None
                self._loop.remove_reader(self._listening)
                # asyncio drops, and never closes, what it took when its server closes before it was served
                await asyncio.sleep(0)
                await site.stop()
                self._reopening = self._loop.call_later(seconds, lambda: self._loop.create_task(self.open()))

    def open_from_outside(self) -> None:
        """Open it, called in a thread that is not the server's."""
        asyncio.run_coroutine_threadsafe(self.open(), self._loop).result()


@contextlib.asynccontextmanager
async def other_host(heard: list[str]) -> AsyncIterator[str]:
    """Serve another host that writes down each request's `Authorization`, empty if it has none; yield its URL."""

    async def hear(request: web.Request) -> web.Response:
        heard.append(request.headers.get("Authorization", ""))
        return web.json_response([])

    app = web.Application()
    app.router.add_get("/{path:.*}", hear)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, 0).start()
        yield f"http://{LOOPBACK}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
