"""Personal data: dropped, hashed or kept, for every source from its one declaration of personal fields."""

import hmac
import re
from collections.abc import Generator, Mapping
from hashlib import sha256
from typing import Any, Literal

import attrs
from attrs import frozen

from connector_core.hookspecs import hookimpl
from connector_core.jsontext import encode
from connector_core.model import Feedback, Json, Mapper, Outcome, Personal
from connector_core.personal import matcher
from connector_core.settings import setting

_ADDRESS = r"[^@\s,;]+@[^@\s,;.]+(?:\.[^@\s,;.]+)+"
_ADDRESSES = re.compile(rf"\s*{_ADDRESS}(?:[\s,;]+{_ADDRESS})*[\s,;]*")
"""One or several, and nothing else. Each character can be matched in one way only, so a long text costs no more."""

_GONE: Any = object()
"""Stands for a value that is left out; null is a value."""


@frozen
class Privacy:
    """What becomes of personal data on its way to the target."""

    contact_data: Literal["drop", "hash", "keep"] = setting(
        "E-mail addresses, phone numbers and the like, wherever they stand.",
        default="drop",
        example="hash",
        shapes=True,
    )
    author_name: Literal["keep", "drop", "hash"] = setting(
        "The name of the person who answered.", default="keep", example="drop", shapes=True
    )
    hash_key: str | None = setting(
        "The key of every hash; required where something is hashed. The same key gives the same hash, for ever.",
        default=None,
        example="file:/run/secrets/hash_key",
        secret=True,
        shapes=True,
        min_length=16,
        required_if={"contact_data": "hash", "author_name": "hash"},
    )


@frozen(eq=False)
class PrivacyWrapper:
    """The map wrapper that protects every source; the outermost, so that no other brings personal data back."""

    personal: Mapping[str, Personal]
    privacy: Privacy

    @hookimpl(wrapper=True, tryfirst=True)
    def map(self) -> Generator[None, Mapper, Mapper]:
        """Wrap the mapper of each partition."""
        mapper = yield
        return protect(mapper, self.personal, self.privacy)


def protect(mapper: Mapper, personal: Mapping[str, Personal], privacy: Privacy) -> Mapper:
    """Wrap a mapper so that its records hold no more personal data than the configuration allows.

    What stands below a declared name, in an object or a list, is what the name says. A text that is an e-mail
    address and nothing else is contact data wherever it stands: as a name, as a comment, as the author's or the
    ticket's id.
    """
    if privacy.contact_data == privacy.author_name == "keep":
        return mapper
    kind_of = matcher(personal)
    key = (privacy.hash_key or "").encode()
    fates: dict[Personal | None, str] = {"contact": privacy.contact_data, "author": privacy.author_name}

    def treat(value: Json, kind: Personal | None = None) -> Json:
        """What becomes of anything but an object or a list."""
        fate = fates.get(kind, "keep")
        if fate == "keep" and _is_address(value):
            fate = privacy.contact_data
        if fate == "keep":
            return value
        return _GONE if fate == "drop" or _is_empty(value) else _hash(value, key)

    def clean(value: Json, path: str, above: Personal | None) -> Json:
        """What becomes of a value, and of all that stands below it."""
        kind = kind_of(path) or above
        if not isinstance(value, list | dict) or fates.get(kind) == "drop":
            return treat(value, kind)
        if isinstance(value, list):
            return [kept for item in value if (kept := clean(item, path, kind)) is not _GONE]
        return entries(value, f"{path}.", kind)

    def entries(value: Mapping[str, Json], prefix: str, kind: Personal | None) -> dict[str, Json]:
        cleaned = {treat(name): clean(item, prefix + name, kind) for name, item in value.items()}
        return {name: item for name, item in cleaned.items() if name is not _GONE and item is not _GONE}

    def member(value: str | None, kind: Personal | None = None) -> str | None:
        """What becomes of a text of the record's own, which is None when it is left out."""
        kept: str | None = treat(value, kind)
        return None if kept is _GONE else kept

    def protected(raw: Json) -> Outcome:
        outcome = mapper(raw)
        if not isinstance(outcome, Feedback):
            return outcome
        ticket = outcome.transaction
        number = member(ticket.id) if ticket else None
        return attrs.evolve(
            outcome,
            text=member(outcome.text),
            author_id=member(outcome.author_id),
            author_name=member(outcome.author_name, "author"),
            transaction=attrs.evolve(ticket, id=number) if ticket and number else None,
            additional_fields=entries(outcome.additional_fields, "", None),
        )

    return protected


def _is_address(value: Json) -> bool:
    """Whether a value is an e-mail address, or several, and nothing else, whatever its name says."""
    return isinstance(value, str) and "@" in value and _ADDRESSES.fullmatch(value) is not None


def _is_empty(value: Json) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _hash(value: Json, key: bytes) -> str:
    """A keyed, stable pseudonym: 32 hex digits of HMAC-SHA256 over the trimmed text (or the JSON) of a value.

    Case does not count, and a number is hashed like its text: the same address or phone gives the same hash everywhere.
    """
    text = value.strip().casefold() if isinstance(value, str) else value
    return hmac.new(key, text.encode() if isinstance(text, str) else encode(text), sha256).hexdigest()[:32]
