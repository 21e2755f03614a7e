"""Which paths a declaration of personal fields covers."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core.personal import matcher

DECLARED = matcher(
    {
        "email": "contact",
        "customer.name": "author",
        "comment": "text",
        "Telefone Celular": "contact",
        "e.mail": "contact",
    }
)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("email", "contact"),
        ("customer.email", "contact"),
        ("tag.E-mail", "contact"),
        ("tag.e mail", "contact"),
        ("tag.e_mail:", "contact"),
        ("tag.É-mail", "contact"),
        ("tag.E.mail", "contact"),
        ("answers[0].answer.comment", "text"),
        ("customer.name", "author"),
        ("data.customer.name", "author"),
        ("tag.telefone-celular", "contact"),
        ("name", None),
        ("campaign.name", None),
        ("useremail", None),
        ("email.verified", None),
        ("", None),
        ("...", None),
    ],
)
def test_a_name_matches_as_the_end_of_a_path_from_the_beginning_of_a_segment(path: str, kind: str | None) -> None:
    assert DECLARED(path) == kind


def test_the_longest_declared_name_counts() -> None:
    match = matcher({"name": "text", "customer.name": "author"})
    assert (match("tag.name"), match("customer.name")) == ("text", "author")


def test_a_name_without_letters_declares_nothing() -> None:
    """Else it would match every path that ends in a dot."""
    assert matcher({"-": "contact"})("tag.?") is None


@given(st.text(), st.text())
def test_whatever_stands_before_a_declared_name_it_matches(before: str, name: str) -> None:
    match = matcher({name: "contact"})
    assert match(f"{before}.{name}") == match(name)


def test_it_remembers_its_answers_and_may_be_called_from_many_threads() -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(DECLARED, ["customer.email"] * 1000)) == {"contact"}
    begun = time.perf_counter()
    for _ in range(100_000):
        DECLARED("data.customer.email")
    assert time.perf_counter() - begun < 1
