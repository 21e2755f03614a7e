"""What looks like personal data or like a secret, and what only looks so: stand-ins and other reserved values."""

import re

from connector_core.cassette.fields import Meaning, usual
from connector_core.cassette.forms import DATE, EMAIL, found, is_free_text, is_person_number
from connector_core.cassette.scrub import REDACTED
from connector_core.cassette.standins import is_stand_in
from connector_core.cassette.words import PLACEHOLDERS
from connector_core.model import Json, Personal
from connector_core.personal import phrases

_RESERVED_DOMAIN = re.compile(
    r"(?:[\w-]+\.)*(?:example\.(?:com|org|net)|[\w-]+\.(?:example|test|invalid|localhost)|localhost)", re.IGNORECASE
)
"""Domains that belong to nobody, for ever (RFC 2606)."""

_RESERVED_PHONE = re.compile(r"5500\d{8,10}|1?\d{3}55501\d\d")
"""An area code that Brazil does not have, and the numbers that North America keeps for films."""

_RESERVED_IP = re.compile(r"(?:127|192\.0\.2|198\.51\.100|203\.0\.113)\..*|::1|2001:db8:.*", re.IGNORECASE)
"""Addresses of this machine, and those for documents (RFC 5737, RFC 3849)."""

_SCORE = re.compile(r"\s*-?\d{1,3}([.,]\d{1,2})?\s*")
_NAMED_SHORTEST = 4
_KEY = re.compile(r"[\w-]{16,}")

_SECRET_WORDS = frozenset([
    "token", "secret", "password", "passwd", "pwd", "senha", "contrasena", "apikey", "accesskey", "privatekey",
    "authorization", "credential", "signature", "sig", "jwt", "bearer", "cookie", "sessionid",
])  # fmt: skip
_PAGING = frozenset(["page", "next", "prev", "previou", "cursor", "continuation", "pagination", "sync", "scroll"])
"""A token that a server hands out to read on by. Words are in the singular, as `phrases` gives them."""

_GRANTS = frozenset(["acces", "auth", "refresh", "bearer", "api"])
"""What makes a token one that opens doors, whatever else it is called, in the singular: `page_access_token`."""

_PASSWORDS = frozenset(["password", "passwd", "pwd", "senha", "contrasena", "secret"])
"""What may well be a number; a number of tokens is a count."""

_ABOUT = frozenset(["type", "count", "at", "expire", "expiry", "expiration", "scope", "name"])

_FORMS = {
    "a JSON web token": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*",
    "an authorization": r"\b(?i:bearer|basic) +[\w.~+/-]{8,}=*",
    "a URL with user and password": r"://[^\s/?#@:]{1,200}:[^\s/?#@]{1,200}@",
    "a private key": r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----",
    "an API key": r"\b(?:[sr]k_(?:live|test)_\w{16}|sk-[\w-]{20}|gh[pousr]_\w{30}|github_pat_\w{20}|glpat-[\w-]{16}"
    r"|xox[abeprs]-[\w-]{10}|A[KS]IA[0-9A-Z]{16}\b|AIza[\w-]{30}|SG\.[\w-]{16,}\.[\w-]{16}|ya29\.[\w-]{20}"
    r"|npm_\w{30}|hf_\w{30}|dop_v1_\w{40})",
}
_SECRET_FORMS = {what: re.compile(pattern) for what, pattern in _FORMS.items()}


def looks_personal(path: str, value: Json) -> Personal | None:
    """What kind of personal data a field seems to hold, by the last name of its dotted path and by what stands there.

    Reserved values (`someone@example.com`) are personal data too: the question is what the field is for.
    """
    kind = by_field(value, usual(re.sub(r"\[\d+\]", "", path).rpartition(".")[2]))
    if kind or not isinstance(value, str):
        return kind
    if found(value):
        return "contact"
    return "text" if is_free_text(value) else None


def by_field(value: Json, held: Meaning) -> Personal | None:
    """What kind of personal data the name of its field makes a text or a number, none of its own form."""
    if isinstance(value, str) and value.strip():
        kind = held.of_text(value)
        return None if kind == "public" else kind
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return "contact" if number and held.whole and held.kind == "contact" else None


def is_reserved(value: Json, kind: Personal) -> bool:
    """Whether a datum of this kind is surely nobody's: a stand-in, or of a reserved or plainly made-up form."""
    text = str(value).strip()
    if text in ("", REDACTED) or is_stand_in(text):
        return True
    if kind == "text":
        return _SCORE.fullmatch(text) is not None or DATE.fullmatch(text) is not None
    if not PLACEHOLDERS.isdisjoint(phrases(text.replace(".", " "))) and "@" not in text:
        return True
    return kind == "contact" and _is_reserved_contact(text)


def _is_reserved_contact(text: str) -> bool:
    if "@" in text:
        addresses = EMAIL.findall(text)
        return bool(addresses) and all(_RESERVED_DOMAIN.fullmatch(each.rpartition("@")[2]) for each in addresses)
    digits = "".join(filter(str.isdigit, text))
    if not text.isdigit() and re.search(r"\d-\d\d\Z", text) and len(digits) in (11, 14):
        return not is_person_number(digits)
    only_zeros = digits != "" and not digits.strip("0") and not any(map(str.isalpha, text))
    return only_zeros or bool(_RESERVED_PHONE.fullmatch(digits) or _RESERVED_IP.fullmatch(text))


def unreserved(text: str) -> bool:
    """Whether a text holds an e-mail address, phone number, CPF or CNPJ that may be somebody's."""
    return any(not is_reserved(each, "contact") for each in found(text))


def secret_form(text: str) -> str | None:
    """What secret a text has the form of, in words, wherever in it; None if of none."""
    return next((what for what, pattern in _SECRET_FORMS.items() if pattern.search(text)), None)


def is_secret_by_name(name: str, value: Json) -> bool:
    """Whether a field or parameter of this name holds a secret, and not a token to read on by."""
    if not isinstance(value, str) or len(value) < _NAMED_SHORTEST or REDACTED in value or not value.strip("0"):
        return False
    words = list(phrases(name))
    secret = _SECRET_WORDS.intersection(words)
    reads_on = secret == {"token"} and not _PAGING.isdisjoint(words) and _GRANTS.isdisjoint(words)
    return bool(secret) and words[-1] not in _ABOUT and not reads_on


def holds_secret(name: str, value: Json) -> bool:
    """The same for any value: a number that is called a password, a list of secrets, an object that holds a key."""
    if isinstance(value, list):
        return any(holds_secret(name, item) for item in value)
    if isinstance(value, dict):
        return any(isinstance(item, str) and is_key(item) and is_secret_by_name(name, item) for item in value.values())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return not _PASSWORDS.isdisjoint(phrases(name)) and is_secret_by_name(name, str(value))
    return is_secret_by_name(name, value)


def is_key(value: str) -> bool:
    """Whether what stands in `?key=` is the key to an API; a shorter one is that of an entry."""
    return _KEY.fullmatch(value) is not None and not is_stand_in(value)
