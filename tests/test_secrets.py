"""Texts that name their values, and what keeps secrets out of everything that is said."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from connector_core.secrets import HIDDEN, Guard, resolve


@pytest.mark.parametrize(
    "text",
    [
        "", "plain", "$NAME", "${NAME", "x${NAME}", "${NAME} ", "${}", "${1X}", "${A-B}", "$$", "file", "file:",
        "keyring:", "keyring:service", "keyring:service/", "keyring:/user", "FILE:x", " file:x",
    ],
)  # fmt: skip
def test_a_text_that_names_nothing_is_itself(text: str) -> None:
    assert resolve(text) == text


def test_a_variable_of_the_environment_is_named_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_NAME1", " s\n")
    assert resolve("${A_NAME1}") == " s\n"
    monkeypatch.delenv("A_NAME1")
    with pytest.raises(ValueError, match=r"^the environment variable A_NAME1 is not set$"):
        resolve("${A_NAME1}")


def test_what_a_reference_leads_to_is_no_reference_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST", "${SECOND}")
    assert resolve("${FIRST}") == "${SECOND}"


@pytest.mark.parametrize("body", [b"s3cret", b"s3cret\n", b"\xef\xbb\xbfs3cret\r\n", b"  s3cret  "])
def test_a_file_holds_a_value_and_perhaps_blanks_around_it(body: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a secret"
    path.write_bytes(body)
    assert resolve(f"file:{path}") == "s3cret"


def test_a_file_that_cannot_be_read_is_named_on_one_line_without_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "binary"
    path.write_bytes(b"canary\xff")
    for place, why in (
        (path, "UnicodeDecodeError"),
        (tmp_path, "IsADirectoryError"),
        (tmp_path / "no\nsuch", "FileNotFoundError"),
        ("\0", "ValueError"),
    ):
        with pytest.raises(ValueError, match=why) as caught:
            resolve(f"file:{place}")
        assert str(caught.value) == f"the file {str(place)!r} cannot be read ({why})"


class FakeKeyringError(Exception):
    """What the package raises when there is no keyring."""


@frozen
class FakeKeyring:
    """A keyring that is open, or cannot be opened."""

    held: Mapping[tuple[str, str], str] = field(factory=dict)
    broken: bool = False

    def get_password(self, service: str, user: str) -> str | None:
        if self.broken:
            raise FakeKeyringError("canary")
        return self.held.get((service, user))


def install(keyring: FakeKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a keyring in the place of the package."""
    package, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    package.__dict__["get_password"], errors.__dict__["KeyringError"] = keyring.get_password, FakeKeyringError
    monkeypatch.setitem(sys.modules, "keyring", package)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)


def test_a_keyring_is_asked_by_service_and_user(monkeypatch: pytest.MonkeyPatch) -> None:
    install(FakeKeyring({("track", "me/at/home"): "s3cret"}), monkeypatch)
    assert resolve("keyring:track/me/at/home") == "s3cret"
    with pytest.raises(ValueError, match=r"^the keyring holds nothing for 'track/you'$"):
        resolve("keyring:track/you")


def test_a_keyring_that_cannot_be_opened_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    install(FakeKeyring(broken=True), monkeypatch)
    with pytest.raises(ValueError, match=r"^the keyring cannot be read \(FakeKeyringError\)$"):
        resolve("keyring:track/me")


def test_without_the_extra_one_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ValueError, match=r"pip install 'connector-core\[keyring\]'"):
        resolve("keyring:track/me")


def guard_of(*secrets: str) -> Guard:
    guard = Guard()
    guard.learn(secrets)
    return guard


def test_a_guard_that_knows_nothing_changes_nothing() -> None:
    assert Guard()("text") == "text"
    assert guard_of("", "")("text") == "text"


def test_the_longer_of_two_secrets_is_hidden_whole() -> None:
    assert guard_of("abcd", "abcdefgh", "cdef")("x abcdefgh abcd cdef") == f"x {HIDDEN} {HIDDEN} {HIDDEN}"


def test_a_guard_goes_on_knowing_what_it_learnt_before() -> None:
    guard = guard_of("first")
    guard.learn(["second"])
    assert guard("first second") == f"{HIDDEN} {HIDDEN}"


def test_a_guard_shows_no_secret_of_its_own() -> None:
    assert "s3cret" not in repr(guard_of("s3cret"))


def test_a_secret_too_short_to_be_hidden_is_left() -> None:
    """It stands in innocent texts by chance."""
    guard = guard_of("0", "e", "tok", "\u00e9\n")
    assert guard("10 tokens of one \u00e9\n") == "10 tokens of one \u00e9\n"
    assert guard_of("tok1")("tok1 tok") == f"{HIDDEN} tok"


def test_a_json_value_is_cleaned_in_its_texts_and_keys_and_keeps_its_form() -> None:
    guard = guard_of("s3cret", "1234", "true", 'q"uo')
    given = {"a s3cret": ["x s3cret", 1234, 12.34, None, True, {"n": {"s3cret": 'say q"uo'}}], "n": ("s3cret",)}
    assert guard.clean(given) == {
        f"a {HIDDEN}": [f"x {HIDDEN}", 1234, 12.34, None, True, {"n": {HIDDEN: f"say {HIDDEN}"}}],
        "n": [HIDDEN],
    }
    assert Guard().clean({"a": [1]}) == {"a": [1]}


@given(st.lists(st.text("ab01")), st.lists(st.text("ab01", max_size=6)))
def test_no_secret_of_four_characters_or_more_is_left_in_a_json_value(texts: list[str], secrets: list[str]) -> None:
    guard, hidden = guard_of(*secrets), [secret for secret in secrets if len(secret) >= 4]
    for clean in guard.clean(texts), list(guard.clean(dict.fromkeys(texts, 1))):
        assert not any(secret in text for secret in hidden for text in clean)


@given(st.lists(st.text(min_size=4)), st.text(), st.text())
def test_no_secret_is_left_plain_or_inside_json(secrets: list[str], before: str, after: str) -> None:
    """Whatever stands around it, and however JSON writes it."""
    guard = guard_of(*secrets)
    for secret in secrets:
        for written in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
            left = guard(f"{before}{written}{after}").split(HIDDEN)
            assert not any(written in part for part in left)
