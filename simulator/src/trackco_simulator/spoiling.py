"""What each fault does to a good answer: another answer in its place, or mischief on the connection itself."""

import asyncio
import contextlib
import gzip
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from http import HTTPStatus
from itertools import chain, repeat

from aiohttp import web
from attrs import frozen

from trackco_simulator.gate import CAPTCHA, GATEWAY_PAGE, Api, error_body

_PAUSE = 0.001
"""Seconds between two drips."""
_DRIPS = 20
"""Bytes that drip before the rest of a body comes at once."""
_BLANKS = b" " * 65_536
_HARD = struct.pack("ii", 1, 0)
"""The socket option by which closing a connection resets it."""


@frozen
class Scene:
    """A request, the good answer to it, and what surrounds them."""

    api: Api
    request: web.Request
    response: web.Response
    now: datetime
    elsewhere: str
    """Another host, to which the request can be sent on."""

    @property
    def body(self) -> bytes:
        """The good answer's body."""
        return bytes(self.response.body) if isinstance(self.response.body, bytes | bytearray) else b""


async def spoil(kind: str, scene: Scene) -> web.StreamResponse:
    """Return what is sent in place of a good answer, under its `Date`; or send it, and return what was sent."""
    if kind in _STREAMS:
        return await _STREAMS[kind](scene)
    response = _REPLIES[kind](scene)
    response.headers["Date"] = scene.response.headers["Date"]
    return response


def cut(request: web.Request) -> None:
    """Reset a connection."""
    if request.transport is not None:
        request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _HARD)
        request.transport.abort()


def _json(body: bytes, content_type: str = "application/json") -> web.Response:
    return web.Response(body=body, content_type=content_type)


def _error(status: int, scene: Scene, retry_after: str | None = None) -> web.Response:
    phrase = HTTPStatus(status).phrase
    response = web.Response(status=status, body=error_body(scene.api, status, phrase), content_type="application/json")
    if retry_after is not None:
        response.headers["Retry-After"] = retry_after
    return response


def _page(status: int, html: str) -> web.Response:
    return web.Response(status=status, body=html.encode(), content_type="text/html")


def _gateway(status: int, _: Scene) -> web.Response:
    return _page(status, GATEWAY_PAGE.format(title=f"{status} {HTTPStatus(status).phrase}"))


def _zipped(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json", headers={"Content-Encoding": "gzip"})


def _corrupt(scene: Scene) -> web.Response:
    body = bytearray(gzip.compress(scene.body, mtime=0))
    body[-8] ^= 0xFF  # the checksum
    return _zipped(bytes(body))


def _soon(scene: Scene) -> str:
    return format_datetime(scene.now.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=2), usegmt=True)


def _redirect(scene: Scene) -> web.Response:
    return web.Response(status=HTTPStatus.FOUND, headers={"Location": scene.elsewhere + scene.request.path_qs})


def _method_not_allowed(scene: Scene) -> web.Response:
    return _page(HTTPStatus.METHOD_NOT_ALLOWED, CAPTCHA) if scene.api == "nps" else _error(405, scene)


_REPLIES: dict[str, Callable[[Scene], web.Response]] = {
    "401": partial(_error, 401),
    "405": _method_not_allowed,
    "429": partial(_error, 429),
    "429_date": lambda scene: _error(429, scene, _soon(scene)),
    "429_seconds": lambda scene: _error(429, scene, str(len(scene.body) % 3)),  # 0 among them
    "500": partial(_error, 500),
    "502": partial(_gateway, 502),
    "503": lambda scene: _error(503, scene, "1"),
    "504": partial(_gateway, 504),
    "corrupt_gzip": _corrupt,
    "gzip": lambda scene: _zipped(gzip.compress(scene.body, mtime=0)),
    "html_200": lambda _: _page(200, GATEWAY_PAGE.format(title="Em manutenção")),
    "redirect_elsewhere": _redirect,
    "truncated_json": lambda scene: _json(scene.body[: len(scene.body) // 2]),
    "wrong_content_type": lambda scene: _json(scene.body, "text/html"),
}


async def _reset(scene: Scene) -> web.StreamResponse:
    cut(scene.request)
    return scene.response


async def _reset_mid_body(scene: Scene) -> web.StreamResponse:
    stream = await _stream(scene, [scene.body[: len(scene.body) // 2]], {"Content-Length": str(len(scene.body))})
    cut(scene.request)
    return stream


async def _slow_drip(scene: Scene) -> web.StreamResponse:
    drips = [bytes([letter]) for letter in scene.body[:_DRIPS]]
    headers = {"Content-Length": str(len(scene.body))}
    return await _stream(scene, [*drips, scene.body[_DRIPS:]], headers, pause=_PAUSE)


async def _endless(scene: Scene) -> web.StreamResponse:
    return await _stream(scene, chain([b"["], repeat(_BLANKS)))


async def _endless_drip(scene: Scene) -> web.StreamResponse:
    return await _stream(scene, chain([b"["], repeat(b" ")), pause=_PAUSE)


async def _bomb(scene: Scene) -> web.StreamResponse:
    zipper = zlib.compressobj(wbits=31)
    begin = zipper.compress(b"[") + zipper.flush(zlib.Z_FULL_FLUSH)
    block = zipper.compress(16 * _BLANKS) + zipper.flush(zlib.Z_FULL_FLUSH)  # refers to nothing before it
    return await _stream(scene, chain([begin], repeat(block)), {"Content-Encoding": "gzip"})


_STREAMS: dict[str, Callable[[Scene], Awaitable[web.StreamResponse]]] = {
    "endless_body": _endless,
    "endless_drip": _endless_drip,
    "gzip_bomb": _bomb,
    "refused": _reset,
    "reset": _reset,
    "reset_mid_body": _reset_mid_body,
    "slow_drip": _slow_drip,
}


async def _stream(
    scene: Scene, pieces: Iterable[bytes], headers: Mapping[str, str] | None = None, *, pause: float = 0.0
) -> web.StreamResponse:
    """Send a body piece by piece, until there are none or the client goes."""
    stream = web.StreamResponse(headers={"Date": scene.response.headers["Date"], **(headers or {})})
    stream.content_type = "application/json"
    with contextlib.suppress(ConnectionError):  # it has had enough
        await stream.prepare(scene.request)
        for piece in pieces:
            if piece:
                await stream.write(piece)
                await asyncio.sleep(pause)
    return stream
