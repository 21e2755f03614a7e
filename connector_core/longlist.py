"""A JSON array that may be longer than memory, decoded some records at a time."""

import re
from collections.abc import Iterable, Iterator

from connector_core import jsontext
from connector_core.model import Json

RUN = 2**16
"""Bytes of JSON that are decoded at a time; more only where one record is larger."""

LARGEST = 2**28
"""Bytes of one record that are taken into memory, or somewhat more."""

_BLANK = b" \t\n\r"
_BOM = b"\xef\xbb\xbf"
_TOKENS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]|,', re.DOTALL)
_BEGINNING = re.compile(rb'\{[ \t\n\r]*"[^"\\]*"[ \t\n\r]*:')
"""How a record begins. In most lists all begin alike, so the last such place is where the last record does."""


def runs(pieces: Iterable[bytes], size: int = RUN) -> Iterator[list[Json]]:
    """The records of an array, each as `jsontext.decode` gives it; no more is held than a run and the next piece.

    What is left undecided is looked at again only once it has doubled: the time is linear in any input.

    Raises:
        ValueError: this is no JSON array, it ends too early, or a record is larger than `LARGEST`; what came before was
            yielded already.
    """
    rest, opened, cut_before, beginning, wanted = b"", False, False, b"", size
    waiting: list[bytes] = []
    held = 0
    for piece in pieces:
        waiting.append(piece)
        held += len(piece)
        if held < wanted:
            continue
        rest, waiting = b"".join((rest, *waiting)), []
        if not opened:
            if _BOM.startswith(rest) or not rest.removeprefix(_BOM).strip(_BLANK):
                held, wanted = len(rest), 2 * len(rest)
                continue
            rest, opened = _opened(rest), True
            beginning = found.group() if (found := _BEGINNING.match(rest.lstrip(_BLANK))) else b""
        cut = _likely(rest, beginning)
        run = _decoded(rest[:cut]) if cut > 0 else None
        if run is None and (cut := _last_comma(rest)) >= 0:
            run = _list(jsontext.decode(b"[" + rest[:cut] + b"]"))
        if run is not None:
            if not run:
                raise ValueError("a comma without a record before it")
            cut_before, rest = True, rest[cut + 1 :]
            yield run
        held, wanted = len(rest), max(size, 2 * len(rest))
        if held > LARGEST:
            raise ValueError("a record that is too large")
    rest = b"".join((rest, *waiting))
    last = _list(jsontext.decode(b"[" + (rest if opened else _opened(rest))))
    if cut_before and not last:
        raise ValueError("a comma without a record after it")
    yield last


def is_array(start: bytes) -> bool:
    """Whether what begins so may be an array."""
    return start.removeprefix(_BOM).lstrip(_BLANK).startswith(b"[")


def is_closed(end: bytes) -> bool:
    """Whether what ends so may be one."""
    return end.rstrip(_BLANK).endswith(b"]")


def _opened(start: bytes) -> bytes:
    """What follows the opening bracket."""
    text = start.removeprefix(_BOM).lstrip(_BLANK)
    if not text.startswith(b"["):
        raise ValueError("this is no array")
    return text[1:]


def _likely(text: bytes, beginning: bytes) -> int:
    """Where the comma before what looks like the last record stands; -1 if nowhere."""
    start = text.rfind(beginning) if beginning else -1
    before = text[max(0, start - 64) : max(0, start)].rstrip(_BLANK)
    return max(0, start - 64) + len(before) - 1 if before.endswith(b",") else -1


def _decoded(inner: bytes) -> list[Json] | None:
    """The records before a cut; None if it is within one: then brackets or quotes stay open, and nothing decodes."""
    try:
        return _list(jsontext.decode(b"[" + inner + b"]"))
    except ValueError:
        return None


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise ValueError("this is no array")  # noqa: TRY004 - it is the text that is wrong, as everywhere here
    return value


def _last_comma(text: bytes) -> int:
    """Where the last comma between two records stands; -1 if there is none. One pass."""
    level, last = 0, -1
    for token in _TOKENS.finditer(text):
        mark = token.group()
        if mark in (b"[", b"{"):
            level += 1
        elif mark in (b"]", b"}"):
            level -= 1
            if level < 0:
                break
        elif mark == b"," and level == 0:
            last = token.start()
    return last
