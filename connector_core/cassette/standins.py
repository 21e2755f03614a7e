"""Stand-ins for personal data: pure functions of a key and a value, so that equal values stay equal.

Whoever lacks the key cannot go back from a stand-in to the value, nor try out whether a value they know made it.
"""

import hmac
import re
from itertools import cycle, islice

from connector_core.model import Personal

_FIRST = (
    "Alvina", "Benita", "Caluz", "Dorane", "Elvio", "Fabrisa", "Galmir", "Heloana",
    "Ivaldo", "Jacine", "Kleiane", "Leomir", "Marvina", "Nelvio", "Quirilo", "Tarciso",
)  # fmt: skip
_LAST = (
    "Amoreso", "Brandal", "Cardovil", "Dantesco", "Esperal", "Galvares", "Horteiro", "Inventado",
    "Jardinal", "Lagoeiro", "Montelar", "Nogaral", "Quintelar", "Ribalto", "Salgueral", "Valdorim",
)  # fmt: skip
_WORDS = (
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna"
    " aliqua "
)
_SCORE = re.compile(r"\s*-?\d{1,3}([.,]\d{1,2})?\s*")
_DATE = re.compile(r"\s*\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?([.]\d+)?\s*(Z|[+-]\d\d:?\d\d)?)?\s*")
_LARGEST_SCORE = 1000
_SHORTEST_PHONE = 4


def stand_in(value: str, kind: Personal, key: bytes) -> str:
    """Replace a text that holds personal data of this kind; blanks stay, and so do scores and dates in free text.

    An e-mail becomes `person-<10 hex digits>@example.com`; other contact data with four digits or more a phone number
    of an area code that does not exist (55 00), however it was written; a name an invented one and four hex digits;
    free text words without meaning, of the same length.
    """
    if not value.strip():
        return value
    if kind == "text" and (_SCORE.fullmatch(value) or _DATE.fullmatch(value)):
        return value
    digits = "".join(filter(str.isdigit, value))
    phone = kind == "contact" and "@" not in value and len(digits) >= _SHORTEST_PHONE
    number = _number(digits if phone else value.strip().casefold(), kind, key)
    if kind == "text":
        return _words(len(value), number)
    if kind == "author":
        return f"{_FIRST[number % len(_FIRST)]} {_LAST[number // 100 % len(_LAST)]} {number % 65536:04x}"
    if phone:
        return str(_phone(number))
    return f"person-{number % 16**10:010x}" + ("@example.com" if "@" in value else "")


def stand_in_number(value: float, kind: Personal, key: bytes) -> float:
    """The same for a JSON number: a phone for contact data, else as many other digits; a score in free text stays."""
    if kind == "text" and abs(value) <= _LARGEST_SCORE:
        return value
    number = _number(str(value), kind, key)
    if kind == "contact":
        return _phone(number)
    size: int = 10 ** (len(str(abs(int(value)))) - 1)
    return size + number % (9 * size)


def _number(value: str, kind: Personal, key: bytes) -> int:
    digest = hmac.digest(key, f"{kind}:{value}".encode("utf-8", "surrogatepass"), "sha256")
    return int.from_bytes(digest, "big")


def _phone(number: int) -> int:
    return 5500_000_000_000 + number % 10**9


def _words(length: int, number: int) -> str:
    start = number % len(_WORDS)
    text = "".join(islice(cycle(_WORDS), start, start + length)).strip()
    return text + "m" * (length - len(text))
