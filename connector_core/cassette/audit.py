"""Looking through a recording for what should not be in it: secrets, and data that may be somebody's."""

import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import frozen

from connector_core import jsontext
from connector_core.cassette.detect import (
    by_field,
    holds_secret,
    is_key,
    is_reserved,
    is_secret_by_name,
    secret_form,
    unreserved,
)
from connector_core.cassette.fields import UNKNOWN, Fields, Meaning
from connector_core.cassette.forms import LINK, is_free_text, replaced
from connector_core.cassette.recording import Interaction, Recording
from connector_core.cassette.scrub import LEFT_OUT, REDACTED, TARGET
from connector_core.cassette.standins import is_stand_in
from connector_core.model import Json, Personal

_SECRET_HEADERS = frozenset(
    ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token"]
)
_FORM = re.compile(r"[^\s=&]++=[^\s&]*+(?:&[^\s=&]++=[^\s&]*+)*+")
"""The body of a form, as requests for tokens send it."""

_PUBLIC = Meaning("public", declared=True)
_WORDS: Mapping[Personal, str] = {"contact": "contact data", "author": "a name", "text": "free text", "id": "an id"}


@frozen
class Finding:
    """Something that should not be there.

    Attributes:
        where: `interactions[3].response.body data[0].email`; never a value.
        what: what it looks like, in words.
    """

    where: str
    what: str


@frozen
class Audit:
    """How to look.

    Attributes:
        fields: what fields hold, by the declaration of the source where it is known.
        made_up: nobody stands behind names and free text, which then are not looked at.
    """

    fields: Fields
    made_up: bool = False

    def recording(self, recording: Recording) -> Iterator[Finding]:
        """Everything in a recording that looks like a secret or like personal data, in the order of the file."""
        if recording.session:
            for name in ("options", "cursors"):
                for where, text in _leaves(dict(getattr(recording.session, name)), ""):
                    yield from _text(f"connector_core.{name} {where}", text)
        for number, one in enumerate(recording.interactions):
            yield from self._interaction(one, f"interactions[{number}]")

    def document(self, document: Json, is_secret: Callable[[str, str], bool]) -> Iterator[Finding]:
        """Everything in a configuration; which settings are secret and hold more than a placeholder is told."""
        for where, text in _leaves(document, ""):
            if is_secret(where, text):
                yield Finding(where, "a secret")
            else:
                yield from _text(where, text)

    def _interaction(self, one: Interaction, at: str) -> Iterator[Finding]:
        yield from self._url(one.url, f"{at}.request.uri")
        for side, headers in ((f"{at}.request", one.sent), (f"{at}.response", one.headers)):
            for name, value in headers.items():
                yield from self._header(name, value, f"{side}.header {name}")
        yield from self._body(one.asked.body, f"{at}.request.body")
        yield from self._body(one.content, f"{at}.response.body")

    def _header(self, name: str, value: str, where: str) -> Iterator[Finding]:
        secret = name.lower() in _SECRET_HEADERS or is_secret_by_name(name, value)
        if secret and value not in ("", REDACTED):
            yield Finding(where, "a secret")
            return
        links = TARGET.findall(value) if name.lower() == "link" else [value] if name.lower() == "location" else []
        for link in links:
            yield from self._url(link, where)
        if name.lower() != "location":
            yield from _text(where, TARGET.sub("", value))

    def _url(self, url: str, where: str) -> Iterator[Finding]:
        try:
            parts = urlsplit(url)
        except ValueError:
            yield from _text(where, url)
            return
        if "@" in parts.netloc:
            yield Finding(where, "a URL with user and password")
        for segment in unquote(parts.path).split("/"):
            yield from self._value(segment, f"{where} path", UNKNOWN)
        yield from self._parameters(parts.query, where)
        if parts.fragment:
            yield from self._parameters(parts.fragment.rpartition("?")[2], f"{where} fragment")
            yield from _text(f"{where} fragment", unquote(parts.fragment))

    def _parameters(self, query: str, where: str) -> Iterator[Finding]:
        for name, value in parse_qsl(query, keep_blank_values=True):
            if is_secret_by_name(name, value) or (name.lower() == "key" and is_key(value)):
                yield Finding(f"{where} parameter {_shown(name)}", "a secret")
            else:
                yield from self._value(value, f"{where} parameter {_shown(name)}", self.fields.parameter(name, value))

    def _body(self, body: bytes, where: str) -> Iterator[Finding]:
        if body in (b"", LEFT_OUT):
            return
        try:
            value = jsontext.decode(body)
        except (ValueError, RecursionError):
            try:
                value = body.decode()
            except UnicodeDecodeError:
                seen = list(self._value(body.decode(errors="replace"), where, UNKNOWN))
                yield from seen or [Finding(where, "what is no text, and cannot be looked through")]
                return
            if _FORM.fullmatch(value):
                yield from self._parameters(value, where)
                return
        try:
            yield from self._json(value, f"{where} ", "", UNKNOWN)
        except RecursionError:  # JSON in texts in JSON, again and again
            yield Finding(where, "what is nested too deeply to be looked through")

    def _json(self, value: Json, at: str, path: str, held: Meaning) -> Iterator[Finding]:
        """Look at a JSON value; `at` says where it is, with the indexes of lists, and `path` without."""
        if isinstance(value, dict):
            for name, place, inner in self.fields.entries(value, path, held):
                where = f"{at}{'' if at.endswith(' ') else '.'}{_shown(name)}"
                yield from _text(f"{where} (the name)", name)
                label = value.get("name") if name == "value" else name  # `{"name": "api_token", "value": ...}`
                if holds_secret(label if isinstance(label, str) else name, value[name]):
                    yield Finding(where, "a secret")
                else:
                    yield from self._json(value[name], where, place, inner)
        elif isinstance(value, list):
            for number, item in enumerate(value):
                yield from self._json(item, f"{at}[{number}]", path, held)
        elif isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            yield from self._nested(value, at, path, held)
        else:
            yield from self._value(value, at, held)

    def _nested(self, text: str, at: str, path: str, held: Meaning) -> Iterator[Finding]:
        """JSON inside a JSON text, unless the whole is something else."""
        try:
            value = jsontext.decode(text.encode("utf-8", "surrogatepass"))
        except ValueError:
            yield from self._value(text, at, held)
        else:
            yield from self._json(value, at, path, held)

    def _value(self, value: Json, at: str, held: Meaning) -> Iterator[Finding]:
        where, kind = at.rstrip(), by_field(value, held)
        if kind == "contact" or (kind and not self.made_up):
            if not is_reserved(value, kind):
                yield Finding(where, _WORDS[kind])
        elif isinstance(value, str):
            if LINK.fullmatch(value):
                yield from self._url(value, where)
            elif kind or held.kind or self.made_up or not is_free_text(value) or is_stand_in(value):
                yield from _text(where, value)
            else:
                yield Finding(where, _WORDS["text"])


def _text(where: str, text: str) -> Iterator[Finding]:
    """What a text of which nothing is known shows by its form alone."""
    what = secret_form(text)
    if what:
        yield Finding(where.rstrip(), what)
    elif unreserved(text):
        yield Finding(where.rstrip(), _WORDS["contact"])


def _leaves(value: Json, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves(item, f"{path}[{number}]")
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield path, str(value)


def _shown(name: str) -> str:
    """A name as it may be shown: it may itself be an address."""
    return replaced(name, lambda _: "***")
