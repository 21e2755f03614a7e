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

_E_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


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
    """Wrap a mapper so that its records hold no more personal data than the configuration allows."""
    kind_of = matcher(personal)
    key = (privacy.hash_key or "").encode()

    def contact(value: Json) -> Json:
        return _hash(value, key) if privacy.contact_data == "hash" and value not in (None, "") else None

    def clean(name: str, value: Json) -> Json:
        if isinstance(value, dict):
            return _without_none({inner: clean(f"{name}.{inner}", item) for inner, item in value.items()})
        if kind_of(name) == "contact" or _is_address(value):
            return contact(value)
        return [kept for item in value if (kept := clean(name, item)) is not None] if isinstance(value, list) else value

    def protected(raw: Json) -> Outcome:
        outcome = mapper(raw)
        if not isinstance(outcome, Feedback):
            return outcome
        changes: dict[str, Any] = {}
        if privacy.contact_data != "keep":
            extra = outcome.additional_fields
            changes["additional_fields"] = _without_none({name: clean(name, value) for name, value in extra.items()})
            if _is_address(outcome.author_id):
                changes["author_id"] = contact(outcome.author_id)
        if privacy.author_name != "keep":
            hashed = privacy.author_name == "hash" and outcome.author_name
            changes["author_name"] = _hash(outcome.author_name, key) if hashed else None
        return attrs.evolve(outcome, **changes) if changes else outcome

    return protected


def _without_none(value: dict[str, Json]) -> dict[str, Json]:
    return {name: item for name, item in value.items() if item is not None}


def _is_address(value: Json) -> bool:
    """Whether a value is an e-mail address and nothing else, whatever its name says."""
    return isinstance(value, str) and "@" in value and _E_MAIL.fullmatch(value.strip()) is not None


def _hash(value: Json, key: bytes) -> str:
    """A keyed, stable pseudonym: 32 hex digits of HMAC-SHA256 over the trimmed text (or the JSON) of a value."""
    text = value.strip().lower().encode() if isinstance(value, str) else encode(value)
    return hmac.new(key, text, sha256).hexdigest()[:32]
