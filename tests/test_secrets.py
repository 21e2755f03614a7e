"""Texts that name their values, and what keeps secrets out of everything that is said."""

import base64
import html
import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from urllib.parse import quote, quote_plus

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


@pytest.mark.parametrize(
    "url",
    [
        "dlt+postgres://loader:hunter2%20x@db.example:5432/feedback",
        "birdie+csv:s3://loader:hunter2%20x@bucket/prefix",
        "https://loader:hunter2%20x@proxy.example?a=b@c",
    ],
)
def test_the_password_of_a_url_is_hidden_wherever_the_url_stands(url: str) -> None:
    guard = Guard()
    guard.learn_url(url)
    assert guard(f"-> {url}, hunter2 x") == f"-> {url.replace('hunter2%20x', HIDDEN)}, {HIDDEN}"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///a:b@c.db",
        "birdie+http://127.0.0.1:8080",
        "dlt+postgres://loader@db.example:5432/x?host=/run/a@b&sslmode=require",
        "https://loader@proxy.example/x:y@z",
    ],
)
def test_what_is_no_secret_of_a_url_is_shown(url: str) -> None:
    guard = Guard()
    guard.learn_url(url)
    assert guard(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "dlt+postgres://loader@db.example/feedback?password=SECRET&sslmode=require",
        "dlt+postgres://db.example/feedback?user=loader&sslPassword=SECRET",
        "dlt+postgres://loader:SEC/RET@db.example/feedback",
        "dlt+postgres://loader:SEC?RET@db.example/feedback",
        "dlt+postgres://loader:#SECRET@db.example/feedback",
        "birdie://SECRETSECRETSECRET@api.example",
        "birdie+csv:s3://bucket/prefix?access_key=SECRET",
    ],
)
def test_what_is_secret_in_a_url_is_hidden_however_it_is_given(url: str) -> None:
    guard = Guard()
    guard.learn_url(url)
    assert "SEC" not in guard(url)
    assert "RET" not in guard(url)
    assert HIDDEN in guard(url)


def test_a_secret_too_short_to_be_hidden_is_left() -> None:
    """It stands in innocent texts by chance."""
    guard = guard_of("0", "e", "tok", "\u00e9\n")
    assert guard("10 tokens of one \u00e9\n") == "10 tokens of one \u00e9\n"
    assert guard_of("tok1")("tok1 tok") == f"{HIDDEN} tok"


def test_secrets_that_overlap_are_hidden_as_one() -> None:
    """What the longer leaves of the shorter, or the first of the second, is a part of a secret."""
    assert guard_of("abcdef", "defghi")("x abcdefghi y") == f"x {HIDDEN} y"
    assert guard_of("abcd", "bcde", "efgh")("abcdefgh") == HIDDEN
    assert guard_of("aaaa")("aaaaaa b") == f"{HIDDEN} b"


SECRET = "s3cr\"et'/+\u00e9=t k"


@pytest.mark.parametrize(
    "spelling",
    [
        quote(SECRET), quote(SECRET, safe=""), quote_plus(SECRET).lower(), quote(quote(SECRET)),
        quote(SECRET, encoding="latin-1"),
        json.dumps(SECRET)[1:-1], json.dumps(SECRET, ensure_ascii=False)[1:-1], json.dumps(json.dumps(SECRET))[3:-3],
        json.dumps(SECRET)[1:-1].replace("/", "\\/").replace("e9", "E9"),
        html.escape(SECRET), SECRET.replace('"', "&#34;").replace("+", "&#X2b;"),
        str([SECRET])[2:-2], ascii(SECRET)[1:-1], str(SECRET.encode())[2:-1],
        base64.b64encode(SECRET.encode()).decode(), base64.urlsafe_b64encode(SECRET.encode()).decode(),
        quote(base64.b64encode(SECRET.encode()).decode(), safe=""),
    ],
)  # fmt: skip
def test_a_secret_is_hidden_in_each_spelling(spelling: str) -> None:
    assert spelling != SECRET
    assert guard_of(SECRET)(f"<{spelling}>") == f"<{HIDDEN}>"


@pytest.mark.parametrize("user", ["", "u", "us", "usr", "user"])
@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
def test_a_secret_is_hidden_inside_basic_authentication(user: str, charset: str) -> None:
    """Where it begins at any of three places of the code; what is left of it is the user's, and a letter at an end."""
    code = base64.b64encode(f"{user}:{SECRET}".encode(charset)).decode()
    before, after = guard_of(SECRET)(f"Basic {code}").split(HIDDEN)
    assert code.startswith(before.removeprefix("Basic "))
    assert len(before.removeprefix("Basic ")) <= len(user) * 4 / 3 + 3
    assert len(after.rstrip("=")) <= 1


def test_a_value_is_cleaned_in_its_texts_keys_and_numbers_and_keeps_its_form() -> None:
    guard = guard_of("s3cret", "1234", "12.5", "true", "True", "None", 'q"uo')
    given = {"a s3cret": ["x s3cret", 1234, 12345, 12.5, 12.34, None, True, {"n": {"s3cret": 'q"uo'}}], 1: ("s3cret",)}
    assert guard.clean(given) == {
        f"a {HIDDEN}": [f"x {HIDDEN}", HIDDEN, 12345, HIDDEN, 12.34, None, True, {"n": {HIDDEN: HIDDEN}}],
        "1": [HIDDEN],
    }
    assert Guard().clean({"a": [1]}) == {"a": [1]}


def test_what_is_no_json_is_cleaned_as_python_shows_it_and_an_exception_is_only_its_type() -> None:
    """What an exception says may be anybody's."""
    guard = guard_of(SECRET, "s3cret")
    given = [{"s3cret"}, SECRET.encode(), Path("/a/s3cret"), ValueError("Fulana"), UserWarning]
    assert guard.clean(given) == [
        f"{{'{HIDDEN}'}}", f"b'{HIDDEN}'", f"{type(Path())}"[16:-2] + f"('/a/{HIDDEN}')", "ValueError",
        "<class 'UserWarning'>",
    ]  # fmt: skip


def lower_quoted(text: str) -> str:
    return re.sub("%..", lambda found: found[0].lower(), quote(text, safe=""))


FORMS: list[Callable[[str], str]] = [
    str, quote, quote_plus, lambda text: quote(text, safe=""), lower_quoted,
    lambda text: json.dumps(text)[1:-1], lambda text: json.dumps(text, ensure_ascii=False)[1:-1], html.escape,
    lambda text: repr(text)[1:-1], lambda text: ascii(text)[1:-1], lambda text: repr(text.encode())[2:-1],
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
]  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SECRETS = st.text(st.characters(exclude_categories=["Cs"]), min_size=4)


@given(st.lists(SECRETS, min_size=1), st.data(), TEXT, TEXT)
def test_no_form_of_a_secret_is_left_in_any_surroundings(
    secrets: list[str], data: st.DataObject, before: str, after: str
) -> None:
    guard = guard_of(*secrets)
    written = data.draw(st.sampled_from(FORMS))(data.draw(st.sampled_from(secrets)))
    said = guard(f"{before}{written}{after}")
    assert HIDDEN in said
    for part in said.split(HIDDEN):
        assert not any(form(secret) in part for secret in secrets for form in FORMS)


@given(st.lists(st.text("ab01", min_size=4, max_size=8)), st.text("ab01"))
def test_exactly_what_is_part_of_a_secret_is_hidden(secrets: list[str], text: str) -> None:
    """Every letter of every find goes, however they overlap, and no other."""
    spans = [
        range(at, at + len(secret)) for secret in secrets for at in range(len(text)) if text.startswith(secret, at)
    ]
    hidden = {at for span in spans for at in span}
    left = "".join(letter for at, letter in enumerate(text) if at not in hidden)
    assert guard_of(*secrets)(text).replace(HIDDEN, "") == left


@given(SECRETS, st.text('xyz0123 %&\\"+/='))
def test_a_text_without_a_secret_is_untouched(secret: str, text: str) -> None:
    guard = guard_of("~" + secret.replace("x", "").replace("y", "").replace("z", "") + "~w")
    assert guard(text) == text


@given(st.lists(st.text("ab01")), st.lists(st.text("ab01", max_size=6)))
def test_no_secret_of_four_characters_or_more_is_left_in_a_value(texts: list[str], secrets: list[str]) -> None:
    guard, hidden = guard_of(*secrets), [secret for secret in secrets if len(secret) >= 4]
    for clean in guard.clean(texts), list(guard.clean(dict.fromkeys(texts, 1))):
        assert not any(secret in text for secret in hidden for text in clean)
