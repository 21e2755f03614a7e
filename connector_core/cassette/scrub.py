"""Making what is recorded safe to keep: no secret, no personal data, and the same stand-in for the same value."""

import json
import re
import secrets as randomness
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from attrs import field, frozen

from connector_core import jsontext
from connector_core.cassette.fields import UNKNOWN, Fields, Meaning
from connector_core.cassette.forms import LINK, is_free_text, replaced
from connector_core.cassette.standins import stand_in, stand_in_number
from connector_core.model import Json, Personal
from connector_core.secrets import hider

REDACTED = "REDACTED"
LEFT_OUT = b"(a body that is no JSON was left out of this recording)"

TARGET = re.compile("<([^<>]*)>")
"""Where one link of a `Link` header leads."""

_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\U00010000-\U0010ffff]")
"""What YAML would break lines at or escape a whole body for; JSON escapes it letter by letter."""


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@frozen
class Scrub:
    """How a recording is made safe. Immutable; safe to use from many threads.

    Attributes:
        secrets: texts that become `REDACTED` wherever they stand, plain or encoded.
        personal: the source's declaration (`Description.personal`). Stand-ins replace the fields that it names, and
            undeclared ones whose names usually hold personal data; every e-mail address, phone number, CPF and CNPJ
            in any other text; and undeclared texts of four words or more. A body that is no JSON is left out. None,
            for made-up accounts only: all is kept.
        key: makes the stand-ins. The same key gives the same ones in another recording; it is never stored.
    """

    secrets: tuple[str, ...] = field(default=(), converter=_texts, repr=False)
    personal: Mapping[str, Personal] | None = field(factory=dict)
    key: bytes = field(factory=lambda: randomness.token_bytes(32), repr=False)
    _fields: Fields = field(init=False, repr=False, eq=False)
    _hide: Callable[[str], str] = field(init=False, repr=False, eq=False)

    @_fields.default
    def _compile_fields(self) -> Fields:
        return Fields.of(self.personal or {})

    @_hide.default
    def _compile_secrets(self) -> Callable[[str], str]:
        return hider(self.secrets, REDACTED)

    def text(self, text: str) -> str:
        """A text of which nothing is known: without secrets, addresses, phone numbers and numbers of persons."""
        text = self._hide(text)
        return text if self.personal is None else replaced(text, self._contact)

    def _contact(self, value: str) -> str:
        return stand_in(value, "contact", self.key)

    def url(self, url: str) -> str:
        """A URL, whole or relative: without user, password and fragment; parameters by their names, as fields are."""
        try:
            parts = urlsplit(url)
        except ValueError:  # servers send anything as a Location
            return REDACTED
        path, pairs = unquote(parts.path), parse_qsl(parts.query, keep_blank_values=True)
        clean_path = "/".join(map(self._segment, self._hide(path).split("/")))
        clean_pairs = [(self.text(name), self._parameter(name, value)) for name, value in pairs]
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
        """A `Link` header: each URL in it as such, so that it equals the one that is asked for later."""
        parts = TARGET.split(header)
        return "".join(f"<{self.url(part)}>" if at % 2 else self.text(part) for at, part in enumerate(parts))

    def _segment(self, segment: str) -> str:
        if self.personal is not None and is_free_text(segment):
            return stand_in(segment, "text", self.key)
        return self.text(segment)

    def _parameter(self, name: str, value: str) -> str:
        return (
            self.text(value)
            if self.personal is None
            else self._string(value, self._fields.parameter(name, value), name)
        )

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
        return self._clean(value, "", UNKNOWN)

    def _clean(self, value: Json, path: str, held: Meaning) -> Json:
        if isinstance(value, str):
            return self.text(value) if self.personal is None else self._string(value, held, path)
        if isinstance(value, list):
            return [self._clean(item, path, held) for item in value]
        if isinstance(value, dict):
            entries = self._fields.entries(value, path, held)
            return {self.text(name): self._clean(value[name], place, inner) for name, place, inner in entries}
        if value is None or isinstance(value, bool):
            return value
        if str(value) in self.secrets:
            return REDACTED
        meant = held.whole and held.kind not in (None, "public") and self.personal is not None
        return stand_in_number(value, held.kind, self.key) if meant and held.kind else value

    def _string(self, value: str, held: Meaning, path: str) -> str:
        """A text in a field of which this is known, or nothing."""
        kind = held.of_text(value)
        if kind not in (None, "public"):
            return stand_in(value, kind, self.key)
        if value.lstrip()[:1] in ("{", "[") and (nested := self._nested(value, path, held)) is not None:
            return nested
        if LINK.fullmatch(value):
            return self.url(value)
        if kind is None and is_free_text(value):
            return stand_in(value, "text", self.key)
        return self.text(value)

    def _nested(self, text: str, path: str, held: Meaning) -> str | None:
        """JSON inside a JSON text, as some APIs send attributes and texts by language; None where it is none."""
        try:
            value = jsontext.decode(text.encode("utf-8", "surrogatepass"))
            clean = self._clean(value, path, held)
            return text if clean == value else jsontext.encode(clean).decode()
        except ValueError:
            return None
        except RecursionError:  # what was nested beyond all measure is a text of the host's own making
            return stand_in(text, "text", self.key)


def lay_out(value: Json) -> str:
    """JSON for people who review a recording in a diff.

    Raises:
        ValueError: a number that JSON cannot hold.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2)
    return _ESCAPED.sub(lambda found: json.dumps(found[0])[1:-1], text)
