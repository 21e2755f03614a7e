"""Secrets: named in the configuration instead of held by it, and kept out of everything that leaves the process."""

import base64
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from attrs import define, field

from connector_core.model import Json

REFERENCE = r"\$\{[A-Za-z_][A-Za-z0-9_]*\}|file:[\s\S]+|keyring:[^/]+/[\s\S]+"
"""What a text that names its value looks like: `${ENV_NAME}`, `file:/run/secrets/x`, `keyring:service/user`."""

HIDDEN = "[secret]"

_IN_URLS = (
    re.compile(r"://[^/?#:]*:([^/?#]*)@"),
    re.compile(r"://[^/?#:@]*:([^@]*[/?#].*)@", re.DOTALL),
    re.compile(r"://([^/?#:@]{16,})@"),
    re.compile(r"[?&;][^=&;#]*(?:pass|pwd|secret|token|key|credential)[^=&;#]*=([^&;#]*)", re.IGNORECASE),
)
"""What is secret in a URL: what stands behind the user, up to the last @ before the path; the same, with a character
that should have been escaped; a key in the place of the user; and options whose names say so."""

_SHORTEST = 4
"""Characters of a secret. A shorter one is not hidden: it stands in innocent texts by chance, and hiding it there would
spoil them and give it away."""


def is_reference(text: str) -> bool:
    """Whether a text names its value instead of being it."""
    return re.fullmatch(REFERENCE, text) is not None


def resolve(text: str) -> str:
    """The value that a text names, or the text itself when it names none.

    Raises:
        ValueError: it names something that is not there; the message is for the user and holds no value.
    """
    if not is_reference(text):
        return text
    if text.startswith("$"):
        name = text[2:-1]
        if name not in os.environ:
            raise ValueError(f"the environment variable {name} is not set")
        return os.environ[name]
    scheme, rest = text.split(":", 1)
    if scheme == "file":
        try:
            return Path(rest).read_text(encoding="utf-8-sig").strip()
        except (OSError, ValueError) as error:
            raise ValueError(f"the file {rest!r} cannot be read ({type(error).__name__})") from None
    return _from_keyring(*rest.split("/", 1))


def _from_keyring(service: str, user: str) -> str:
    try:
        import keyring  # noqa: PLC0415 - an extra, imported only where it is asked for
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError:
        raise ValueError("keyring is not installed; pip install 'connector-core[keyring]'") from None
    try:
        value = keyring.get_password(service, user)
    except KeyringError as error:
        raise ValueError(f"the keyring cannot be read ({type(error).__name__})") from None
    if value is None:
        raise ValueError(f"the keyring holds nothing for {f'{service}/{user}'!r}")
    return str(value)


_LATIN_1 = 0xFF
"""The last letter that fits into one byte."""

_NAMED = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
"""What HTML calls them."""

_ESCAPED = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f", '"': '"', "'": "'", "/": "/", "\\": r"\\"}
"""What JSON and Python write behind a backslash."""


def hider(secrets: Iterable[str], word: str) -> Callable[[str], str]:
    """A function that puts the word in the place of each secret in a text, in whatever form it stands there.

    Plain, or as URLs, JSON, Python and HTML write it, or in base64, alone or inside a longer text such as that of
    `Basic`. Secrets that overlap become one word, so that no part of either is left.
    """
    wanted = {pattern for secret in secrets if secret for pattern in _patterns(secret)}
    if not wanted:
        return lambda text: text
    any_of_them = re.compile("|".join(sorted(wanted)))
    each = [re.compile(f"(?=({pattern}))") for pattern in wanted]

    def hide(text: str) -> str:
        if not any_of_them.search(text):
            return text
        kept, end = [], 0
        for first, last in sorted(found.span(1) for pattern in each for found in pattern.finditer(text)):
            if first >= end:
                kept += [text[end:first], word]
            end = max(end, last)
        return "".join([*kept, text[end:]])

    return hide


def _patterns(secret: str) -> Iterator[str]:
    """A pattern for the secret as it is, and for each way in which base64 may hold it."""
    yield _spelled(secret)
    for charset in ("utf-8", "latin-1"):  # `requests` takes the latter for `Basic` where it can
        try:
            raw = secret.encode(charset, "surrogatepass")
        except UnicodeEncodeError:
            continue
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield _spelled(encode(raw).decode())
            for before, cut in ((0, 0), (1, 2), (2, 3)):  # inside a longer text it may begin at any of three places
                piece = encode(b"\0" * before + raw).decode()[cut : (len(raw) + before) * 8 // 6]
                if len(piece) >= _SHORTEST:
                    yield _spelled(piece)


def _spelled(text: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else _spelled_letter(letter) for letter in text)


def _spelled_letter(letter: str) -> str:
    """A pattern for one letter however it is written, encoded once or twice; hex digits in either case."""
    byte, slash, code = r"(?:%(?:25)?|\\{1,3}x)", r"\\{1,3}", ord(letter)
    utf8, utf16 = letter.encode("utf-8", "surrogatepass"), letter.encode("utf-16-be", "surrogatepass")
    latin_1 = bytes([code]) if code <= _LATIN_1 else utf8
    ways = ["".join(f"{byte}{part:02x}" for part in text) for text in (utf8, latin_1)]
    ways += ["".join(f"{slash}u{utf16[at : at + 2].hex()}" for at in range(0, len(utf16), 2)), f"{slash}U{code:08x}"]
    ways += [f"&#x0*{code:x};", f"&#0*{code};"]
    plain = [f"&{_NAMED[letter]};"] if letter in _NAMED else []
    plain += [slash + _ESCAPED[letter]] if letter in _ESCAPED else []
    plain += [r"\+"] if letter == " " else []
    return f"(?:(?i:{'|'.join(ways)})|{'|'.join([*plain, re.escape(letter)])})"


@define
class Guard:
    """Knows the secrets of this process and takes them out of everything that leaves it."""

    _known: set[str] = field(factory=set, init=False, repr=False)
    _hide: Callable[[str], str] = field(default=str, init=False, repr=False)

    def learn(self, secrets: Iterable[str]) -> None:
        """From now on, hide these too, in every form.

        Secrets shorter than 4 characters are ignored: nothing that short can be hidden.
        """
        self._known |= {secret for secret in secrets if len(secret) >= _SHORTEST}
        self._hide = hider(self._known, HIDDEN)

    def learn_url(self, url: str) -> None:
        """From now on, hide the passwords and keys that stand in a URL, also in one behind another scheme."""
        for secret in (secret for pattern in _IN_URLS for secret in pattern.findall(url)):
            self.learn({secret, unquote(secret)})

    def __call__(self, text: str) -> str:
        """The text without any secret."""
        return self._hide(text)

    def clean(self, value: Any) -> Json:
        """A value as JSON without any secret in its texts, keys and numbers.

        What JSON does not know becomes its `repr`, and an exception no more than its type.
        """
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return HIDDEN if str(value) in self._known else value
        if isinstance(value, list | tuple):
            return [self.clean(item) for item in value]
        if isinstance(value, Mapping):
            return {self(str(key)): self.clean(item) for key, item in value.items()}
        if isinstance(value, BaseException):
            return type(value).__name__
        return self(value if isinstance(value, str) else repr(value))
