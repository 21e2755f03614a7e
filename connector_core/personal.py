"""Which raw fields hold personal data: the one matcher that the privacy wrapper and the recorder share."""

import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache

from connector_core.model import Personal

_REMEMBERED = 10_000
"""Paths come from field names, which are few; the bound is for sources that use values as names."""


def matcher(personal: Mapping[str, Personal]) -> Callable[[str], Personal | None]:
    """Compile a declaration (`Description.personal`) into a function from a dotted path to what stands there.

    A declared name matches as the end of the path, whatever its case, accents and punctuation, and only from the
    beginning of a segment: `email` matches `customer.email` and `tag.E-mail`, not `useremail`. A name inside a path may
    itself hold dots (`tag.E.mail`). Where several declared names match, the longest counts. The function is pure
    and remembers its answers; it may be called from many threads.
    """
    kinds = {_plain(name): kind for name, kind in personal.items() if _plain(name)}

    @lru_cache(_REMEMBERED)
    def match(path: str) -> Personal | None:
        end, more = _plain(path), "."
        while more:
            if end in kinds:
                return kinds[end]
            _, more, end = end.partition(".")
        return None

    return match


def _plain(name: str) -> str:
    """Letters, digits and dots alone, without case or accents."""
    spelled = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in spelled if letter.isalnum() or letter == ".")
