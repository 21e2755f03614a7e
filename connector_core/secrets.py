"""Secrets: named in the configuration instead of held by it, and kept out of everything that leaves the process."""

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path

from attrs import define, field

from connector_core.model import Json

REFERENCE = r"\$\{[A-Za-z_][A-Za-z0-9_]*\}|file:[\s\S]+|keyring:[^/]+/[\s\S]+"
"""What a text that names its value looks like: `${ENV_NAME}`, `file:/run/secrets/x`, `keyring:service/user`."""

HIDDEN = "[secret]"

_SHORTEST = 4
"""Characters of a secret. A shorter one is not hidden: it stands in innocent texts by chance, and hiding it there would
spoil them and give it away."""


def resolve(text: str) -> str:
    """The value that a text names, or the text itself when it names none.

    Raises:
        ValueError: it names something that is not there; the message is for the user and holds no value.
    """
    if not re.fullmatch(REFERENCE, text):
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


@define
class Guard:
    """Knows the secrets of this process and takes them out of every text that leaves it."""

    _known: set[str] = field(factory=set, init=False, repr=False)
    _pattern: re.Pattern[str] | None = field(default=None, init=False, repr=False)

    def learn(self, secrets: Iterable[str]) -> None:
        """From now on, hide these too, plain or inside JSON; where one is part of another, the longer one wins.

        Secrets shorter than 4 characters are ignored: nothing that short can be hidden.
        """
        for secret in (secret for secret in secrets if len(secret) >= _SHORTEST):
            self._known |= {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
        known = sorted(self._known, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        """The text without any secret."""
        return self._pattern.sub(HIDDEN, text) if self._pattern else text

    def clean(self, value: Json) -> Json:
        """A JSON value of the same form, without any secret in its texts and keys; numbers stay what they are."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, list | tuple):
            return [self.clean(item) for item in value]
        if isinstance(value, dict):
            return {self(key): self.clean(item) for key, item in value.items()}
        return value
