"""Reading the body of an answer that may be a list longer than memory. What is anything else is read as any body is."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import requests
from urllib3 import BaseHTTPResponse

from connector_core import body
from connector_core.httptext import place
from connector_core.longlist import is_array
from connector_core.spool import LongList, kept

MAX_LIST = 8 * 2**30
"""Bytes of one list, unpacked, that are taken onto the disk."""

SHORT = 2**16
"""Bytes of a list that is decoded whole all the same."""

_HEAD = 2**12
"""Bytes at the beginning of a body, blanks before them included, by which it is known whether it is a list."""


def read(response: requests.Response, monotonic: Callable[[], float], end: float) -> bytes | LongList:
    """The whole body: of a list that is not short, what goes over its records; of all else, its bytes.

    Raises:
        SpoolError: there is no room on the disk for the list.
        TooLargeError: it is larger than `MAX_LIST`, or no whole list and larger than `body.MAX_BODY`.
        TimeoutError: it is not complete in time.
        urllib3.exceptions.HTTPError: it broke off, or cannot be unpacked.
    """
    raw, where = response.raw, place(response.url)
    pieces = body.pieces(raw, monotonic, end) if isinstance(raw, BaseHTTPResponse) else iter((response.content,))
    try:
        return _read(pieces, where)
    except BaseException:
        response.close()
        raise


def _read(pieces: Iterator[bytes], where: str) -> bytes | LongList:
    head = _until(_HEAD, pieces)
    pieces = chain((head,), pieces)
    if not is_array(head):
        return b"".join(body.within(body.MAX_BODY, pieces, where))
    pieces = body.within(MAX_LIST, pieces, where)
    head = _until(SHORT + 1, pieces)
    if len(head) <= SHORT:
        return head
    whole = kept(chain((head,), pieces), where)
    if whole.is_closed():
        return whole
    return b"".join(body.within(body.MAX_BODY, whole.pieces(), where))  # as any body that is no JSON, or a bit more


def _until(size: int, pieces: Iterable[bytes]) -> bytes:
    """The first pieces, of so many bytes or a few more; fewer only if there are no more."""
    head = bytearray()
    for piece in pieces:
        head += piece
        if len(head) >= size:
            break
    return bytes(head)
