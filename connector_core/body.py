"""Reading the body of one answer: all of it, but no more than a bound, and not for longer than a while."""

from collections.abc import Callable, Iterator

import requests
from urllib3 import BaseHTTPResponse

from connector_core.errors import TooLargeError
from connector_core.httptext import place

MAX_BODY = 256 * 2**20
"""Bytes of one answer, unpacked, that are taken into memory."""

_PIECE = 2**18
"""Bytes that are unpacked at a time."""


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
        return b"".join(_pieces(response.raw, place(response.url), monotonic, end))
    except BaseException:
        response.close()
        raise


def _pieces(raw: BaseHTTPResponse, where: str, monotonic: Callable[[], float], end: float) -> Iterator[bytes]:
    left = MAX_BODY
    # read1 returns what has come: a server that sends a byte now and then cannot hold us beyond the end
    while piece := raw.read1(_PIECE, decode_content=True):
        left -= len(piece)
        if left < 0:
            raise TooLargeError(
                f"{where} answers with more than {MAX_BODY // 2**20} MiB at once;"
                " ask for less: a smaller page size, or fewer days"
            )
        if monotonic() > end:
            raise TimeoutError
        yield piece
