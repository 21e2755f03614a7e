"""Making what is recorded safe to keep: no secret, no personal data, and the same stand-in for the same value."""

import json
import re
import secrets as randomness
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from attrs import field, frozen

from connector_core import jsontext
from connector_core.cassette.standins import stand_in, stand_in_number
from connector_core.httptext import is_whole
from connector_core.model import Json, Personal
from connector_core.personal import matcher
from connector_core.secrets import hider

REDACTED = "REDACTED"
LEFT_OUT = b"(a body that is no JSON was left out of this recording)"

_EMAIL = re.compile(r"(?<![\w.!#$%&*+?^~-])[\w.!#$%&*+?^~-]++@[\w-]++(?:\.[\w-]++)*+")
"""Linear in the text: begins only where a run of its letters begins, and never goes back."""

_TARGET = re.compile("<([^<>]*)>")
_LABELS = ("name", "key")
"""In `{"name": "E-mail", "value": ...}` the name is a field's name, and says what the value is."""

_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\U00010000-\U0010ffff]")
"""What YAML would break lines at or escape a whole body for; JSON escapes it letter by letter."""


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@frozen
class Scrub:
    """How a recording is made safe. Immutable; safe to use from many threads.

    Attributes:
        secrets: texts that become `REDACTED` wherever they stand, plain or encoded.
        personal: the source's declaration (`Description.personal`): these fields, and every e-mail address in any
            text, become stand-ins; a body that is no JSON is left out. None, for made-up accounts only: all is kept.
        key: makes the stand-ins. The same key gives the same ones in another recording; it is never stored.
    """

    secrets: tuple[str, ...] = field(default=(), converter=_texts, repr=False)
    personal: Mapping[str, Personal] | None = field(factory=dict)
    key: bytes = field(factory=lambda: randomness.token_bytes(32), repr=False)
    _kind: Callable[[str], Personal | None] = field(init=False, repr=False, eq=False)
    _hide: Callable[[str], str] = field(init=False, repr=False, eq=False)

    @_kind.default
    def _compile_kinds(self) -> Callable[[str], Personal | None]:
        return matcher(self.personal or {})

    @_hide.default
    def _compile_secrets(self) -> Callable[[str], str]:
        return hider(self.secrets, REDACTED)

    def text(self, text: str) -> str:
        """A text of which nothing is declared: without secrets, and without e-mail addresses."""
        text = self._hide(text)
        if self.personal is not None and "@" in text:
            text = _EMAIL.sub(lambda found: stand_in(found[0], "contact", self.key), text)
        return text

    def url(self, url: str) -> str:
        """A URL, whole or relative: without user, password and fragment; parameters by their names."""
        try:
            parts = urlsplit(url)
        except ValueError:  # servers send anything as a Location
            return REDACTED
        path, pairs = unquote(parts.path), parse_qsl(parts.query, keep_blank_values=True)
        clean_path = self.text(path)
        clean_pairs = [(self.text(name), self._string(value, name, self._kind(name))) for name, value in pairs]
        whole = urlunsplit(
            (
                parts.scheme,
                parts.netloc.rpartition("@")[2],
                parts.path if clean_path == path else quote(clean_path, safe="/:@,;=+$!*'()~"),
                parts.query if clean_pairs == pairs else urlencode(clean_pairs),
                "",
            )
        )
        return self._hide(whole)

    def links(self, header: str) -> str:
        """A `Link` header, whose URLs stand between angle brackets."""
        parts = enumerate(_TARGET.split(header))
        return "".join(f"<{self.url(part)}>" if number % 2 else self.text(part) for number, part in parts)

    def body(self, body: bytes) -> bytes:
        """A body: JSON cleaned and laid out, one value a line; anything else left out unless all is kept."""
        if not body:
            return body
        try:
            return lay_out(self.json(jsontext.decode(body))).encode()
        except (ValueError, OverflowError, RecursionError):
            pass
        if self.personal is not None:
            return LEFT_OUT
        try:
            return self.text(body.decode()).encode()
        except UnicodeDecodeError:
            return LEFT_OUT

    def json(self, value: Json) -> Json:
        """A JSON value of the same shape, cleaned."""
        return self._clean(value, "", None)

    def _clean(self, value: Json, path: str, kind: Personal | None) -> Json:
        if isinstance(value, str):
            return self._string(value, path, kind)
        if isinstance(value, list):
            return [self._clean(item, path, kind) for item in value]
        if isinstance(value, dict):
            label = next((value[name] for name in _LABELS if isinstance(value.get(name), str)), None)
            pair = label if "value" in value else None
            return {self.text(name): self._entry(name, item, path, kind, pair) for name, item in value.items()}
        if value is None or isinstance(value, bool):
            return value
        if str(value) in self.secrets:
            return REDACTED
        return stand_in_number(value, kind, self.key) if kind else value

    def _entry(self, name: str, item: Json, path: str, kind: Personal | None, pair: str | None) -> Json:
        """One entry of an object. What is personal in whole is so in each part that is not declared otherwise."""
        place = f"{path}.{name}" if path else name
        if pair is not None and name in _LABELS:
            return self._clean(item, place, None)
        named = self._kind(f"{path}.{pair}") if pair is not None and name == "value" else None
        return self._clean(item, place, named or self._kind(place) or kind)

    def _string(self, value: str, path: str, kind: Personal | None) -> str:
        if kind:
            return stand_in(value, kind, self.key)
        if self.personal is not None and is_whole(value):
            return self.url(value)  # as the request to it will be written
        if self.personal is not None and value.lstrip()[:1] in ("{", "["):
            return self._nested(value, path)
        return self.text(value)

    def _nested(self, text: str, path: str) -> str:
        """JSON inside a JSON text, as some APIs send attributes and texts by language."""
        try:
            value = jsontext.decode(text.encode())
        except ValueError:
            return self.text(text)
        clean = self._clean(value, path, None)
        return text if clean == value else jsontext.encode(clean).decode()


def lay_out(value: Json) -> str:
    """JSON for people who review a recording in a diff.

    Raises:
        ValueError: a number that JSON cannot hold.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2)
    return _ESCAPED.sub(lambda found: json.dumps(found[0])[1:-1], text)
