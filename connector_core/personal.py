"""Which raw fields hold personal data: the one matcher that privacy and the recorder share."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from connector_core.model import Json, Personal

ATTRIBUTES = ("metadata.", "interaction.", "customer.", "tag.", "answer.")
"""What the names of attributes begin with in a record's additional fields; all other names are texts of questions."""

LABELS = ("name", "key", "label", "field")
"""In `{"name": "E-mail", "value": ...}` the name is a field's name, and says what the value is."""

_TICKED = "justification."
"""What the name of an answer that was ticked begins with: nobody's data."""

_REMEMBERED = 10_000
"""Paths come from field names, which are few; the bound is for sources that use values as names."""

_CASE_CHANGE = re.compile("(?<=[a-z][a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""As in `mobilePhone` and `CPFCliente`; `iPhone` and `eMail` are one word."""

_FULL_STOP = re.compile(r"\.(?=\W|$)")
"""As in "1. Telefone" and "Ex.: e-mail": no border between the segments of a path."""

_LONGEST = 4
"""Words that can make one declared name together: `e`, `mail`."""


def matcher(personal: Mapping[str, Personal], *, questions: bool = False) -> Callable[[str], Personal | None]:
    """Compile a declaration (`Description.personal`) into a function from a dotted path to what stands there.

    A declared name matches as the end of the path, whatever its case, accents and punctuation, and only from the
    beginning of a segment: `email` matches `customer.email` and `tag.E-mail`, not `useremail`. A name inside a path may
    itself hold dots (`tag.E.mail`). Where several declared names match, the longest counts.

    Where none does, a declared name of contact data also matches whole words anywhere in a segment, in the singular or
    with an s: `phone` matches `home_phone`, `mobilePhone`, `phones`, `phone2`, `tag.Contact phone of the buyer` and
    `customer.phone.number`, not `microphone`. So does what is only about it, as `email_verified`: rather too much than
    too little. Names of authors and of free text do not match in this way (`campaign_name` is nobody's name), nor do
    declared names with dots.

    With `questions`, paths may also begin with the text of a question ("How was our phone support?"), which no part
    matches: words count in `ATTRIBUTES` only. The name of what was ticked (`justification.Telefone`) never matches.

    The function is pure and remembers its answers; it may be called from many threads.
    """
    kinds = {plain(name): kind for name, kind in personal.items() if plain(name)}
    contacts = {_singular(name) for name, kind in kinds.items() if kind == "contact" and "." not in name}

    @lru_cache(_REMEMBERED)
    def match(path: str) -> Personal | None:
        by_words = is_attribute(path) or not questions
        if not by_words and path.startswith(_TICKED):
            return None
        end, more = plain(path if by_words else _FULL_STOP.sub("", path)), "."
        while more:
            if end in kinds:
                return kinds[end]
            _, more, end = end.partition(".")
        return "contact" if by_words and not contacts.isdisjoint(phrases(path)) else None

    return match


def labelled_by(entries: Mapping[str, Json]) -> str | None:
    """The key under which an object says what its value is; None where it is no such pair."""
    keys = (name for name in LABELS if isinstance(entries.get(name), str))
    return next(keys, None) if "value" in entries else None


def is_attribute(path: str) -> bool:
    """Whether a name among a record's additional fields is that of an attribute, not the text of a question."""
    return path.startswith(ATTRIBUTES)


def phrases(path: str) -> Iterator[str]:
    """Each word of a path, and each few that follow each other in a segment, written as one, in the singular."""
    for segment in _without_accents(path).split("."):
        words = re.findall(r"[^\W\d_]+", _CASE_CHANGE.sub(" ", segment).casefold())
        for first in range(len(words)):
            for end in range(first + 1, min(first + _LONGEST, len(words)) + 1):
                yield _singular("".join(words[first:end]))


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and len(word) > 1 else word


def plain(name: str) -> str:
    """Letters, digits and dots alone, without case or accents."""
    spelled = _without_accents(name).casefold()
    return "".join(letter for letter in spelled if letter.isalnum() or letter == ".")


def _without_accents(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
