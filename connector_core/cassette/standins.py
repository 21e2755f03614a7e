"""Stand-ins for personal data: pure functions of a key and a value, so that equal values stay equal.

Whoever lacks the key cannot go back from a stand-in to the value, nor try out whether a value they know made it. Each
is of a reserved range, by which it is known again without the key.
"""

import hmac
import re

from connector_core.cassette.forms import DATE, check_digits, is_person_number
from connector_core.cassette.words import FIRST, LAST, LATIN, OTHERS, Script, script_of
from connector_core.model import Personal

_SCORE = re.compile(r"\s*-?\d{1,3}([.,]\d{1,2})?\s*")
_LARGEST_SCORE = 1000
_SHORTEST_PHONE = 4
_CYCLE = 40
"""Words after which a free text repeats itself."""

_STAND_INS = re.compile(
    r"person-[0-9a-f]{10}(?:@example\.com)?|5500\d{9}|id-[0-9a-f]{10}"
    rf"|(?:{'|'.join(FIRST)}) (?:{'|'.join(LAST)}) [0-9a-f]{{4}}"
    r"|\s*1900-\d\d-\d\d(?:[T ].*)?"
)
_PERSON_WRITTEN = re.compile(
    r"\s*(?:\d{3}\.\d{3}\.\d{3}-\d\d|\d\d\.\d{3}\.\d{3}/\d{4}-\d\d|\d{11}|\d{14})\s*", re.ASCII
)
_PERSON_STAND_IN = re.compile(r"\d\d0\d{8}|\d\d0\d{5}0001\d\d", re.ASCII)
"""A third digit of 0, so that no CPF of ours looks like a mobile phone."""


def stand_in(value: str, kind: Personal, key: bytes) -> str:
    """Replace a text that holds personal data of this kind; blanks stay, and so do scores and dates in free text.

    An e-mail becomes `person-<10 hex digits>@example.com`; a CPF or CNPJ one with wrong check digits, written alike; a
    date one of the year 1900; other contact data of digits a phone number of an area code that does not exist
    (55 00), however it was written; a name an invented one and four hex digits; an id `id-<10 hex digits>`; free
    text words without meaning, of the same length and script.
    """
    if not value.strip() or (kind == "text" and (_SCORE.fullmatch(value) or DATE.fullmatch(value))):
        return value
    if kind == "text":
        return _words(len(value), script_of(value), _number(value.strip().casefold(), kind, key))
    if kind in ("id", "author"):
        return _called(kind, _number(value.strip().casefold(), kind, key))
    if DATE.fullmatch(value):
        return _date(value, _number(value.strip(), kind, key))
    digits = "".join(letter for letter in value if letter.isdigit() and letter.isascii())
    numeric = "@" not in value and len(digits) >= _SHORTEST_PHONE and not any(map(str.isalpha, value))
    number = _number(digits if numeric else value.strip().casefold(), kind, key)
    if numeric:
        return _written_alike(value, digits, number) if _is_person_number(value, digits) else str(_phone(number))
    return f"person-{number % 16**10:010x}" + ("@example.com" if "@" in value else "")


def stand_in_number(value: float, kind: Personal, key: bytes) -> float:
    """The same for a JSON number: contact data as its text, else as many other digits; a score in free text stays."""
    if kind == "text" and abs(value) <= _LARGEST_SCORE:
        return value
    if kind == "contact":
        digits = str(value)
        made = stand_in(digits, kind, key) if is_person_number(digits) else ""
        return int(made) if made else _phone(_number(digits, kind, key))
    size: int = 10 ** (len(str(abs(int(value)))) - 1)
    return size + _number(str(value), kind, key) % (9 * size)


def is_stand_in(text: str) -> bool:
    """Whether a text could have been made here, of whatever kind."""
    digits = "".join(filter(str.isdigit, text))
    if _PERSON_STAND_IN.fullmatch(digits) and _PERSON_WRITTEN.fullmatch(text):
        return not is_person_number(digits)
    return _STAND_INS.fullmatch(text) is not None or any(_is_filler(text, script) for script in (LATIN, *OTHERS))


def _number(value: str, kind: Personal, key: bytes) -> int:
    digest = hmac.digest(key, f"{kind}:{value}".encode("utf-8", "surrogatepass"), "sha256")
    return int.from_bytes(digest, "big")


def _called(kind: Personal, number: int) -> str:
    """What somebody is called: by an account, or by name."""
    if kind == "id":
        return f"id-{number % 16**10:010x}"
    return f"{FIRST[number % len(FIRST)]} {LAST[number // 100 % len(LAST)]} {number % 65536:04x}"


def _phone(number: int) -> int:
    return 5500_000_000_000 + number % 10**9


def _date(value: str, number: int) -> str:
    year = value.index(value.strip())
    return f"{value[:year]}1900-{1 + number % 12:02d}-{1 + number // 12 % 28:02d}{value[year + 10 :]}"


def _is_person_number(value: str, digits: str) -> bool:
    return (not value.strip().isdigit() and _PERSON_WRITTEN.fullmatch(value) is not None) or is_person_number(digits)


def _written_alike(value: str, digits: str, number: int) -> str:
    """Other digits with check digits that are wrong, in the places of the digits of a CPF or a CNPJ."""
    body = f"{10 + number % 90}0{number // 90 % 10**6:06d}"
    if len(digits) > len(body) + 2:
        body = f"{body[:8]}0001"
    wrong = (int(check_digits(body)) + 1 + number // 10**9 % 99) % 100
    made = iter(f"{body}{wrong:02d}")
    return "".join(next(made) if letter.isdigit() else letter for letter in value)


def _words(length: int, script: Script, number: int) -> str:
    words, some = script.words, []
    for _ in range(_CYCLE):
        number, at = divmod(number, len(words))
        some.append(words[at])
    cycle = script.blank.join([*some, ""])
    text = (cycle * (length // len(cycle) + 1))[:length]
    return text[:-1] + text[-2] if text.endswith(" ") else text


def _is_filler(text: str, script: Script) -> bool:
    """Whether a text is of filler words; the last may be cut short, or be one letter longer than it is."""
    pieces = text.split(" ") if script.blank else [text[at : at + 2] for at in range(0, len(text), 2)]
    last, known = pieces.pop() if pieces else "", set(script.words)
    ends = last != "" and any(word.startswith(last) or last == word + word[-1] for word in known)
    return ends and known.issuperset(pieces)
