"""Texts as people wrote them: comments out of HTML, names out of their two encodings.

Comments are taken apart by two regular expressions and not by `html.parser`: what that makes of broken markup differs
from one Python release to the next, it raises on some, drops the rest of a comment after an unclosed `<script>`, and
takes seconds for a few kilobytes of `<a <a <a`. These take linear time and cannot fail.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from html import unescape
from typing import Any

from connector_core import Json

_TAG = re.compile(
    r"""<(?: (/?[a-z][a-z0-9:-]*) (?=[\s/>])                        # an element's name, or / and its name
             (?: (?: [^<>"']++ | "[^"<]*+" | '[^'<]*+' )*+ | [^<>]*+ ) # its attributes, > in quotes included
           | [!?][^<>]*+ )>                                           # a comment, declaration or instruction
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
_NEWLINES = re.compile(r"(?:\r?\n){3,}")
_BREAKS = frozenset({"br", "/p", "/div", "/li"})


def comment(markup: str) -> str | None:
    """A comment as plain text, outer white space removed; None when nothing is left.

    `<br>` and the ends of `p`, `div` and `li` become a newline, other tags vanish, entities are resolved once, and
    runs of more than two newlines become two. What only looks like markup (`a < b`, `<3`, `R&D`) stays.
    """
    plain = markup
    if "<" in plain:
        plain = _TAG.sub(_in_place_of, plain)
    if "&" in plain:
        plain = _ENTITY.sub(lambda entity: unescape(entity[0]), plain)
    if "\n" in plain:
        plain = _NEWLINES.sub("\n\n", plain)
    return plain.strip() or None


def _in_place_of(tag: re.Match[str]) -> str:
    return "\n" if (tag[1] or "").lower() in _BREAKS else ""


def name(value: Json) -> str | None:
    """A name, whichever way it is encoded; None when the value is no name at all.

    Plain text is itself; a name by language, `{"pt-br": "Preço"}` as an object or as JSON text, is its `pt-br` text,
    else the first there is.
    """
    if isinstance(value, str):
        return _encoded(value) if value.lstrip()[:1] == "{" else value
    return _by_language(value) if isinstance(value, dict) else None


@lru_cache(maxsize=4096)
def _encoded(encoded: str) -> str:
    """JSON text by language, decoded; any other text is itself. A campaign has a few such names and many answers."""
    try:
        found = _by_language(json.loads(encoded))
    except (ValueError, RecursionError):
        return encoded
    return encoded if found is None else found.encode(errors="replace").decode()  # a lone \ud800 cannot be stored


def _by_language(texts: Mapping[str, Any]) -> str | None:
    ours = (t for language, t in texts.items() if language.lower().replace("_", "-") == "pt-br")
    return next((t for t in (*ours, *texts.values()) if isinstance(t, str) and t), None)
