"""Personal data that is known by its form alone, wherever it stands: addresses, phone numbers, numbers of persons.

Every pattern is linear in its text: it begins at a boundary, and is short or never goes back.
"""

import re
from collections.abc import Callable

from connector_core.cassette.words import OTHERS

EMAIL = re.compile(r"(?<![\w.!#$%&*+?^~-])[\w.!#$%&*+?^~-]++@[\w-]++(?:\.[\w-]++)*+")
"""Begins only where a run of its letters begins, and never goes back."""

_QUOTED_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+-]++%40[\w-]++(?:\.[\w-]++)*+")
"""One as it stands in a URL, which may stand within a text."""

_CPF = r"\d{3}\.\d{3}\.\d{3}-\d\d"
_CNPJ = r"\d\d\.\d{3}\.\d{3}/\d{4}-\d\d"
_PHONES = (
    r"(?:\d\d )?\(\d{2,3}\) ?9?\d{4}[ -]?\d{4}",  # Brazil: (11) 91234-5678
    r"\d\d (?:9?\d{4}[ -]\d{4}|9\d{8})",  # 11 91234-5678
    r"9\d{4}-\d{4}",  # the same, from the same area
    r"\(?\d{3}\)?[ .-]\d{3}[.-]\d{4}",  # North America: 212-555-0100
    r"0\d(?:[ .-]\d\d){4}",  # France
    r"0[1-9]\d{1,3}[ /]\d{3,8}(?: \d{3,5})?",  # Germany, the United Kingdom
)
_BARE = r"\d{11}|\d{8}000\d{3}"
"""Eleven digits, or fourteen with the number of a branch: persons and companies of Brazil, if the check digits fit."""

_NUMBER = re.compile(
    rf"(?<![\w+@.,:/-])(?:{_CPF}|{_CNPJ}|{'|'.join(_PHONES)}|{_BARE})(?![\w@-]|[.,:/]\d)"
    r"|(?<![\w+])\+\d[\d ().-]{6,18}\d(?!\w)"
)
_INTERNATIONAL = range(8, 16)
"""Digits of a phone number that begins with a plus."""

_ENOUGH = re.compile(r"\d\D{0,3}\d\D{0,3}\d\D{0,3}\d\D{0,3}\d\D{0,3}\d\D{0,3}\d")
"""Texts without so many digits close to each other hold no number of a person: most are done here."""

_TOKEN = re.compile(r"\S++")
_LETTER = re.compile(r"[^\W\d_]")
_WORDS = 4
"""So many words are a sentence that somebody wrote."""

_UNSPACED = re.compile("|".join(script.letters.pattern for script in OTHERS if not script.blank))
"""A letter of a script that puts no blanks between words; two of them count as a word."""

DATE = re.compile(r"\s*\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?([.]\d+)?\s*(Z|[+-]\d\d:?\d\d)?)?\s*")
LINK = re.compile(r"(?:https?://|/|\?)[^\s<>\"]*")


def replaced(text: str, make: Callable[[str], str]) -> str:
    """The text with something else in the place of each e-mail address, phone number, CPF and CNPJ in it.

    A run of digits alone is none of these, unless its check digits say so: it may well be an id or a time.
    """
    if "@" in text:
        text = EMAIL.sub(lambda found: make(found[0]), text)
    if "%40" in text:
        text = _QUOTED_EMAIL.sub(lambda found: make(found[0].replace("%40", "@")).replace("@", "%40"), text)
    if _ENOUGH.search(text):
        text = _NUMBER.sub(lambda found: make(found[0]) if _is_number(found[0]) else found[0], text)
    return text


def found(text: str) -> list[str]:
    """Each e-mail address, phone number, CPF and CNPJ in a text, as it stands there."""
    each: list[str] = []

    def note(one: str) -> str:
        each.append(one)
        return one

    replaced(text, note)
    return each


def _is_number(form: str) -> bool:
    if form.startswith("+"):
        return sum(map(str.isdigit, form)) in _INTERNATIONAL
    return not form.isdigit() or is_person_number(form)


def is_person_number(digits: str) -> bool:
    """Whether these are the digits of a CPF or a CNPJ, as their check digits prove."""
    plain = digits.isascii() and digits.isdigit() and len(digits) in (11, 14)
    return plain and len(set(digits)) > 1 and digits[-2:] == check_digits(digits[:-2])


def check_digits(digits: str) -> str:
    """The two check digits that belong to the first nine digits of a CPF, or twelve of a CNPJ."""
    most = 11 if len(digits) == 9 else 9  # noqa: PLR2004 - the weights go round after this one
    for _ in range(2):
        weighed = sum(int(digit) * (2 + at % (most - 1)) for at, digit in enumerate(reversed(digits)))
        digits += str(-weighed % 11 % 10 if weighed % 11 > 1 else 0)
    return digits[-2:]


def is_free_text(text: str) -> bool:
    """Whether a text is a sentence of at least four words, in whatever script: people write anything in those."""
    if text.count(" ") + text.count("\n") >= _WORDS - 1:
        words = 0
        for token in _TOKEN.finditer(text):
            words += _LETTER.search(token[0]) is not None
            if words == _WORDS:
                return True
    return not text.isascii() and len(_UNSPACED.findall(text)) >= 2 * _WORDS
