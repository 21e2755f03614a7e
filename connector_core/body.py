"""Reading the body of one answer: all of it, but no more than a bound, and not for longer than a while."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import requests
from urllib3 import BaseHTTPResponse

from connector_core.endpoint import Call
from connector_core.errors import TooLargeError
from connector_core.httptext import place
from connector_core.model import Json

Body: TypeAlias = bytes | Iterable[Json]
"""As it came; or the records of a long list."""

MAX_BODY = 256 * 2**20
"""Bytes of one answer, unpacked, that are taken into memory."""

_PIECE = 2**16
"""Bytes that are unpacked at a time."""


def asked_for(call: Call, response: requests.Response, monotonic: Callable[[], float], end: float) -> Body:
    """What `read` gives; but the list that a `long` call asks for as one, if it came and is none of a few records.

    Raises:
        SpoolError: there is no room on the disk for such a list.
        TooLargeError, TimeoutError, urllib3.exceptions.HTTPError: as `read` does.
    """
    if not call.long or response.status_code >= requests.codes.multiple_choices:
        return read(response, monotonic, end)
    from connector_core import longbody  # noqa: PLC0415 - most runs need none of it

    return longbody.read(response, monotonic, end)


def read(response: requests.Response, monotonic: Callable[[], float], end: float) -> bytes:
    """The whole body, unpacked. A connection whose body is left unread is closed, never used again.

    Args:
        response: an answer that was asked for with `stream=True`, not yet read.
        monotonic: seconds that never go back.
        end: when the last byte must be here, on that clock.

    Raises:
        TooLargeError: it is larger than `MAX_BODY`.
        TimeoutError: it is not complete in time.
        urllib3.exceptions.HTTPError: it broke off, or cannot be unpacked.
    """
    if not isinstance(response.raw, BaseHTTPResponse):
        return response.content  # in memory already
    try:
        return b"".join(within(MAX_BODY, pieces(response.raw, monotonic, end), place(response.url)))
    except BaseException:
        response.close()
        raise


def pieces(raw: BaseHTTPResponse, monotonic: Callable[[], float], end: float) -> Iterator[bytes]:
    """The same, piece by piece, and without a bound on its size."""
    # read1 returns what has come: a server that sends a byte now and then cannot hold us beyond the end
    while piece := raw.read1(_PIECE, decode_content=True):
        if monotonic() > end:
            raise TimeoutError
        yield piece


def within(most: int, pieces: Iterable[bytes], where: str) -> Iterator[bytes]:
    """The pieces of a body, as long as they are no more than so many bytes.

    Raises:
        TooLargeError: they are.
    """
    left = most
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise TooLargeError(
                f"{where} answers with more than {most // 2**20:,} MiB at once;"
                " ask for less: a smaller page size, or fewer days"
            )
        yield piece
