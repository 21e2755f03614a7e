"""Personal data: dropped, hashed or kept, for every source from its one declaration of personal fields."""

import hmac
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Literal

import attrs
from attrs import field, frozen

from connector_core.jsontext import encode
from connector_core.model import Json, Personal
from connector_core.personal import is_attribute, labelled_by, matcher
from connector_core.record import FIELDS, Record, Write
from connector_core.settings import setting

_ADDRESS = r"[^@\s,;]+@[^@\s,;.]+(?:\.[^@\s,;.]+)+"
_ADDRESSES = re.compile(rf"\s*{_ADDRESS}(?:[\s,;]+{_ADDRESS})*[\s,;.]*")
"""One or several, and nothing else, but for a full stop. Each character can be matched in one way only: linear."""

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


def protector(personal: Mapping[str, Personal], privacy: Privacy) -> Write:
    """What writes records with no more personal data than the configuration allows, of any partition.

    It is the last thing that happens to a record, so that no map wrapper brings personal data back.

    All that stands below a declared name, in an object or a list, is what the name says. A text that is an e-mail
    address and nothing else is contact data wherever it stands: as a name, as a comment, as the id of the author or
    of the ticket. In an attribute (`personal.ATTRIBUTES`), so is one that holds an address among other words:
    "Fulana <fulana@example.com>"; comments and open answers are free text, which stays. What becomes of the author's
    name becomes of the author's id too, which may well be a CPF.
    """
    if privacy.contact_data == privacy.author_name == "keep":
        return encode
    return _treatment(matcher(personal, questions=True), privacy).written


def raw_protector(personal: Mapping[str, Personal], privacy: Privacy) -> Callable[[Json], Json]:
    """What becomes of a raw record that is kept because it could not be mapped: the same, by the source's own names.

    In `{"name": "Telefone", "value": ...}` the name is a field's name, and says what the value is (`personal.LABELS`).
    A field whose value is dropped is left out.
    """
    if privacy.contact_data == privacy.author_name == "keep":
        return lambda raw: raw
    treatment = attrs.evolve(_treatment(matcher(personal), privacy), is_raw=True)

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
        is_raw: of raw records, which have the source's own names, and whose hashes are marked.
    """

    kind_of: Callable[[str], Personal | None]
    dropped: Callable[[tuple[str, ...]], frozenset[str] | None]
    fates: Mapping[Personal | None, str]
    key: bytes = field(repr=False)
    is_raw: bool = False

    def written(self, record: Record) -> bytes:
        """The record, of which only what is left stays, as JSON.

        Nearly always, names alone decide: then no address is among what is left, and nothing that has names of its own.
        Its JSON, which is needed anyway, tells so sooner than a look at each value.
        """
        fields = record["additional_fields"]
        dropped = self.dropped(tuple(fields))
        if dropped is not None and self.fates["author"] == "keep":
            if dropped:
                record["additional_fields"] = kept = fields.copy()
                for name in dropped:
                    del kept[name]
            line = encode(record)
            if b"@" not in line and line.find(b"{", line.index(FIELDS) + len(FIELDS) + 1) < 0:
                return line
        self._treat(record)
        return encode(record)

    def _treat(self, record: Record) -> None:
        """Leave what may be left of a record, part by part."""
        author, ticket = self.fates["author"], record.get("transaction", {})
        self._treat_text(record, "text", "keep")
        self._treat_text(record, "author_id", author)
        self._treat_text(record, "author_name", author)
        self._treat_text(ticket, "id", "keep")
        if ticket and "id" not in ticket:
            del record["transaction"]
        record["additional_fields"] = self._entries(record["additional_fields"], "", "keep")

    def _treat_text(self, part: Record, name: str, fate: str) -> None:
        if name in part:
            part[name] = self._one(part[name], fate)
            if part[name] is _GONE:
                del part[name]

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
        called = labelled_by(entries)
        for name, item in entries.items():
            pair = called is not None and name in (called, "value")
            path = f"{prefix}{entries[called] if called and pair else name}"
            is_label = name == called and above == "keep"
            declared = self.fates[self.kind_of(prefix + name)] if pair and above == "keep" else above
            value = self._one(item, "keep") if is_label else self.any(item, path, declared)
            name_kept = self._one(name, "keep", path) if "@" in name else name
            if value is not _GONE and name_kept is not _GONE:
                kept[name_kept] = value
        return kept

    def _one(self, value: Json, fate: str, path: str = "") -> Json:
        if fate == "keep" and isinstance(value, str) and "@" in value and self._is_address(value, path):
            fate = self.fates["contact"]
        if fate == "keep":
            return value
        made = _GONE if fate == "drop" else _hash(value, self.key)
        return made if made is _GONE or not self.is_raw else _HASHED + made

    def _is_address(self, text: str, path: str) -> bool:
        """Whether a text is an e-mail address, or several, and nothing else; or holds one, where that is enough.

        It is in an attribute. A raw record has no names for those: there, it is in all that is not declared as text.
        """
        if _ADDRESSES.fullmatch(text):
            return True
        enough = self.kind_of(path) != "text" if self.is_raw else is_attribute(path)
        return enough and _WITHIN.search(text) is not None


def _hash(value: Json, key: bytes) -> Json:
    """A keyed, stable pseudonym, 32 hex digits of HMAC-SHA256; of null and blank text there is none.

    Neither case nor outer blanks count, and a number is hashed like its digits: one person has one hash everywhere.
    """
    if isinstance(value, str) and re.fullmatch(f"{_HASHED}[0-9a-f]{{32}}", value):
        return value.removeprefix(_HASHED)
    text = value.strip().casefold().encode(errors="replace") if isinstance(value, str) else encode(value)
    return _GONE if value is None or text == b"" else hmac.digest(key, text, "sha256").hex()[:32]
