"""Personal data: dropped, hashed or kept, for every source from its one declaration of personal fields."""

import hmac
import re
from collections.abc import Callable, Generator, Mapping
from functools import lru_cache
from typing import Any, Literal

import attrs
from attrs import field, frozen

from connector_core.hookspecs import hookimpl
from connector_core.jsontext import encode
from connector_core.model import Feedback, Json, Mapper, Outcome, Personal, Transaction
from connector_core.personal import is_attribute, matcher
from connector_core.settings import setting

_ADDRESS = r"[^@\s,;]+@[^@\s,;.]+(?:\.[^@\s,;.]+)+"
_ADDRESSES = re.compile(rf"\s*{_ADDRESS}(?:[\s,;]+{_ADDRESS})*[\s,;]*")
"""One or several, and nothing else. Each character can be matched in one way only, so a long text costs no more."""

_WITHIN = re.compile(r"[^@\s,;]@[^@\s,;.]+\.[^@\s,;.]")
"""An address among other things: the letters around its @ are enough to know one."""

_HASHED = "connector-hash:"
"""Stands before a hash in a raw record that is kept, so that it is not hashed again when the record is mapped later."""

_REMEMBERED = 1_000
"""Records of one survey have few sets of names."""

_GONE: Any = object()
"""Stands for a value that is left out; null is a value."""


@frozen
class Privacy:
    """What becomes of personal data on its way to the target."""

    contact_data: Literal["drop", "hash", "keep"] = setting(
        "E-mail addresses, phone numbers and the like, by the names of their fields; also an attribute that holds an"
        " address among other words. Comments and open answers stay, but for those that are nothing but an address.",
        default="drop",
        example="hash",
        shapes=True,
    )
    author_name: Literal["keep", "drop", "hash"] = setting(
        "The name of the person who answered, the id that the account gave that person (author_id), and every other"
        " field that the source declares as a name.",
        default="keep",
        example="drop",
        shapes=True,
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
    _protect: Callable[[Outcome], Outcome] = field(init=False, repr=False)

    @_protect.default
    def _made_once(self) -> Callable[[Outcome], Outcome]:
        return protector(self.personal, self.privacy)

    @hookimpl(wrapper=True, tryfirst=True)
    def map(self) -> Generator[None, Mapper, Mapper]:
        """Wrap the mapper of each partition."""
        mapper, protect = (yield), self._protect
        return lambda raw: protect(mapper(raw))


def protector(personal: Mapping[str, Personal], privacy: Privacy) -> Callable[[Outcome], Outcome]:
    """What leaves a mapper's record no more personal data than the configuration allows, for any partition.

    All that stands below a declared name, in an object or a list, is what the name says. A text that is an e-mail
    address and nothing else is contact data wherever it stands: as a name, as a comment, as the id of the author or
    of the ticket. In an attribute (`personal.ATTRIBUTES`), so is one that holds an address among other words:
    "Fulana <fulana@example.com>"; comments and open answers are free text, which stays. What becomes of the author's
    name becomes of the author's id too, which may well be a CPF.
    """
    if privacy.contact_data == privacy.author_name == "keep":
        return lambda record: record
    return _treatment(matcher(personal, questions=True), privacy).record


def raw_protector(personal: Mapping[str, Personal], privacy: Privacy) -> Callable[[Json], Json]:
    """What becomes of a raw record that is kept because it could not be mapped: the same, by the source's own names.

    In `{"name": "Telefone", "value": ...}` the name is a field's name, and says what the value is. A field whose value
    is dropped is left out.
    """
    if privacy.contact_data == privacy.author_name == "keep":
        return lambda raw: raw
    treatment = attrs.evolve(_treatment(matcher(personal), privacy), mark=_HASHED)

    def protect_raw(raw: Json) -> Json:
        kept = treatment.any(raw, "", "keep")
        return None if kept is _GONE else kept

    return protect_raw


def _treatment(kind_of: Callable[[str], Personal | None], privacy: Privacy) -> "_Treatment":
    fates: dict[Personal | None, str] = {"text": "keep", "id": "keep", "public": "keep", None: "keep"}
    fates |= {"contact": privacy.contact_data, "author": privacy.author_name}

    @lru_cache(_REMEMBERED)
    def dropped(names: tuple[str, ...]) -> frozenset[str] | None:
        fated = {name: fates[kind_of(name)] for name in names}
        if "value" in fated or "hash" in fated.values() or "@" in "".join(names):
            return None
        return frozenset(name for name, fate in fated.items() if fate == "drop")

    return _Treatment(kind_of, dropped, fates, (privacy.hash_key or "").encode())


@frozen
class _Treatment:
    """What becomes of records, part by part: the fate of each is drop, hash or keep.

    Attributes:
        kind_of: what stands at a path, by the source's declaration.
        dropped: which of these names of additional fields are left out, whatever they hold; None where names alone do
            not decide what becomes of the others.
        fates: by kind.
        key: of the hashes.
        mark: what is put before them.
    """

    kind_of: Callable[[str], Personal | None]
    dropped: Callable[[tuple[str, ...]], frozenset[str] | None]
    fates: Mapping[Personal | None, str]
    key: bytes = field(repr=False)
    mark: str = ""

    def record(self, record: Outcome) -> Outcome:
        if not isinstance(record, Feedback):
            return record
        ticket, author = record.transaction, self.fates["author"]
        text, author_id, author_name = record.text, record.author_id, record.author_name
        fields = self._fields(record.additional_fields)
        own = f"{text}{author_id}{author_name}{ticket.id}" if ticket else f"{text}{author_id}{author_name}"
        if author != "keep" or "@" in own or (ticket and not ticket.id):
            text, author_id, author_name = (
                self._text(text),
                self._text(author_id, author),
                self._text(author_name, author),
            )
            ticket_id = self._text(ticket.id) if ticket else None
            ticket = Transaction(ticket_id, ticket.platform) if ticket and ticket_id else None
        elif fields is record.additional_fields:
            return record
        return Feedback(  # said out: `evolve` takes twice as long
            id=record.id,
            kind=record.kind,
            rating=record.rating,
            title=record.title,
            posted_at=record.posted_at,
            survey_id=record.survey_id,
            survey_title=record.survey_title,
            text=text,
            author_id=author_id,
            author_name=author_name,
            transaction=ticket,
            additional_fields=fields,
            notes=record.notes,
        )

    def _fields(self, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        """What `_entries` makes of additional fields; the same object if that is all of them.

        Nearly always, names alone decide: then no address is among what is kept, and nothing that has names of its own.
        Its JSON tells so sooner than a look at each value.
        """
        dropped = self.dropped(tuple(fields))
        if dropped is not None:
            kept = fields
            if dropped:
                kept = dict(fields)
                for name in dropped:
                    del kept[name]
            written = encode(kept)
            if b"@" not in written and b"{" not in written[1:]:
                return kept
        entries = self._entries(fields, "", "keep")
        return fields if entries == fields else entries

    def any(self, value: Json, path: str, above: str) -> Json:
        """What becomes of a value and all that stands below it; `above` is the fate of what it stands in."""
        fate = self.fates[self.kind_of(path)] if above == "keep" else above
        if fate != "drop" and isinstance(value, dict):
            return self._entries(value, f"{path}." if path else "", fate)
        if fate != "drop" and isinstance(value, list):
            return [kept for item in value if (kept := self.any(item, path, fate)) is not _GONE]
        return self._one(value, fate, path)

    def _entries(self, entries: Mapping[str, Json], prefix: str, above: str) -> dict[str, Json]:
        kept: dict[str, Json] = {}
        label = entries.get("name") if "value" in entries else None
        for name, item in entries.items():
            pair = isinstance(label, str) and name in ("name", "value")
            path = f"{prefix}{label if pair else name}"
            value = item if pair and name == "name" and above == "keep" else self.any(item, path, above)
            name_kept = self._one(name, "keep", path) if "@" in name else name
            if value is not _GONE and name_kept is not _GONE:
                kept[name_kept] = value
        return kept

    def _text(self, text: str | None, fate: str = "keep") -> str | None:
        kept: str | None = self._one(text, fate)
        return None if kept is _GONE else kept

    def _one(self, value: Json, fate: str, path: str = "") -> Json:
        if fate == "keep" and isinstance(value, str) and "@" in value and _is_address(value, path):
            fate = self.fates["contact"]
        if fate == "keep":
            return value
        made = _GONE if fate == "drop" else _hash(value, self.key)
        return made if made is _GONE else self.mark + made


def _is_address(text: str, path: str) -> bool:
    """Whether a text is an e-mail address, or several, and nothing else; or holds one, where that is enough."""
    return _ADDRESSES.fullmatch(text) is not None or (is_attribute(path) and _WITHIN.search(text) is not None)


def _hash(value: Json, key: bytes) -> Json:
    """A keyed, stable pseudonym, 32 hex digits of HMAC-SHA256; of null and blank text there is none.

    Neither case nor outer blanks count, and a number is hashed like its digits: one person has one hash everywhere.
    """
    if isinstance(value, str) and re.fullmatch(f"{_HASHED}[0-9a-f]{{32}}", value):
        return value.removeprefix(_HASHED)
    text = value.strip().casefold().encode(errors="replace") if isinstance(value, str) else encode(value)
    return _GONE if value is None or text == b"" else hmac.digest(key, text, "sha256").hex()[:32]
