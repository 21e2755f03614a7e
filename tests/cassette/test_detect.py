"""What looks like personal data or a secret, and what only looks so."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core.cassette.detect import is_reserved, is_secret_by_name, looks_personal, secret_form, unreserved
from connector_core.cassette.standins import stand_in
from connector_core.model import Personal


@pytest.mark.parametrize(
    ("path", "value", "kind"),
    [
        ("customer.email", "someone@example.com", "contact"),
        ("data[3].customer.home_phone", 5500000000000, "contact"),
        ("Data de nascimento", "1980-01-02", "contact"),
        ("x", "write to someone@example.com", "contact"),
        ("x", "111.444.777-35", "contact"),
        ("respondent", "Maria Silva", "author"),
        ("first_name", "Maria", "author"),
        ("nps_comment", "Ruim", "text"),
        ("x", "O atendimento foi ótimo", "text"),
        ("x", "サービスはとてもよかった", "text"),
        ("respondent", "r-17", None),
        ("respondent", 17, None),
        ("email_sent_at", 1757002119, None),
        ("email", True, None),
        ("email", " ", None),
        ("email", None, None),
        ("email", ["a@example.com"], None),
        ("status", "Em andamento", None),
        ("id", "5d0c2c1e-0000-4000-8000-000000000000", None),
    ],
)
def test_a_field_is_personal_by_its_name_or_by_what_stands_in_it(path: str, value: Any, kind: Personal | None) -> None:
    """Reserved values too: the question is what the field is for."""
    assert looks_personal(path, value) == kind


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (
            "contact",
            ["a@example.com", "A@Example.ORG", "a@mail.example.net", "a@b.test", "a@b.invalid", "a@b.example",
             "a@localhost", "a@example.com; b@example.org", "5500123456789", "+55 (00) 12345-6789", "212-555-0123",
             "111.444.777-00", "11.222.333/0001-00", "Rua Exemplo, 12", "person-0123456789", "", "REDACTED",
             5500000000000, "127.0.0.1", "192.0.2.7", "2001:db8::1", "00000-000"],
        ),
        ("author", ["Dorane Montelar 3f2a", "João Exemplo", "fulana de tal", "FICTÍCIO, J.", "John Doe", "test.user"]),
        ("text", ["lorem ipsum dol", "9,5", "2024-01-02", ""]),
    ],
)  # fmt: skip
def test_what_is_nobodys_is_reserved(kind: Personal, values: list[Any]) -> None:
    assert [value for value in values if not is_reserved(value, kind)] == []


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (
            "contact",
            ["a@acme.com", "a@notexample.com", "a@example.com.br", "a@example.com; b@acme.com", "exemplo@acme.com", "@",
             "11912345678", "+55 11 91234-5678", "111.444.777-35", "11144477735", "Rua Augusta, 12", 5511912345678,
             "8.8.8.8", "01310-100", "Rua 0"],
        ),
        ("author", ["Maria Silva", "Testa Rossi", "Dorane Montelar", "Exemplar Souza"]),
        ("text", ["Ruim", "ótimo atendimento"]),
    ],
)  # fmt: skip
def test_what_may_be_somebodys_is_not_reserved(kind: Personal, values: list[Any]) -> None:
    assert [value for value in values if is_reserved(value, kind)] == []


@given(st.text(min_size=1), st.sampled_from(["contact", "author", "text"]), st.binary(min_size=1))
def test_every_stand_in_is_reserved(value: str, kind: Personal, key: bytes) -> None:
    assert is_reserved(stand_in(value, kind, key), kind)


def test_what_stands_in_a_text_is_reserved_one_by_one() -> None:
    assert not unreserved("to a@example.com or 111.444.777-00")
    assert unreserved("to a@example.com or a@acme.com")
    assert unreserved("to a@example.com or 111.444.777-35")


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (JWT, "a JSON web token"),
        (f"see {JWT}", "a JSON web token"),
        ("Bearer 0123456789abcdef", "an authorization"),
        ("basic dXNlcjpwYXNzd29yZA==", "an authorization"),
        ("https://me:hunter2@api.acme.com/", "a URL with user and password"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE", "a private key"),
        ("AKIA" + "A" * 16, "an API key"),
        ("ghp_" + "a" * 36, "an API key"),
        ("sk_live_" + "1" * 24, "an API key"),
        ("xoxb-" + "1" * 12, "an API key"),
        ("Bearer of good news", None),
        ("5d0c2c1e-0000-4000-8000-000000000000", None),
        ("da39a3ee5e6b4b0d3255bfef95601890afd80709", None),
        ("https://api.acme.com/a:b/c@d", None),
        ("mask-of-a-long-word-that-is-no-key", None),
    ],
)
def test_secrets_of_a_known_form_are_found_wherever_they_stand(text: str, what: str | None) -> None:
    assert secret_form(text) == what


@pytest.mark.parametrize("name", ["token", "access_token", "API-Key", "clientSecret", "senha", "X-Amz-Signature"])
def test_a_field_that_is_named_like_a_secret_holds_one(name: str) -> None:
    assert is_secret_by_name(name, "abcd")
    assert not is_secret_by_name(name, "REDACTED")
    assert not is_secret_by_name(name, "0" * 32)
    assert not is_secret_by_name(name, "abc")
    assert not is_secret_by_name(name, 12345)


@pytest.mark.parametrize(
    "name", ["next_page_token", "cursorToken", "token_type", "tokens_count", "secretary", "key", ""]
)
def test_a_token_to_read_on_by_is_none(name: str) -> None:
    assert not is_secret_by_name(name, "abcdefgh")
