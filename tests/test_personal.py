"""Which paths a declaration of personal fields covers."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core.model import Personal
from connector_core.personal import is_attribute, matcher
from trackco_cxm.config import PERSONAL as CXM
from trackco_nps.config import PERSONAL as NPS

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
        ("emailed", None),
        ("campaign.customer.name.length", None),
        ("e.mailed", None),
        ("comment_count", None),
        ("customer_comment", None),
        ("", None),
        ("...", None),
    ],
)
def test_a_name_matches_as_the_end_of_a_path_from_the_beginning_of_a_segment(path: str, kind: str | None) -> None:
    assert DECLARED(path) == kind


@pytest.mark.parametrize(
    "path",
    [
        "customer.emails",
        "metadata.email_2",
        "metadata.E-mails do cliente",
        "metadata.workEmail",
        "metadata.EMAILAddress",
        "email.verified",
        "customer.email.address.domain",
        "tag.Telefone celular do cliente",
        "tag.Meu Telefone-Celular 2",
        "tag.TelefoneCelular2",
    ],
)
def test_a_name_of_contact_data_matches_as_whole_words_of_any_segment(path: str) -> None:
    """Also what is only about it: rather too much than too little."""
    assert DECLARED(path) == "contact"


@pytest.mark.parametrize("declared", [CXM, NPS], ids=["cxm", "nps"])
@pytest.mark.parametrize("questions", [False, True])
def test_the_plugins_know_what_accounts_call_contact_data_and_names(
    declared: dict[str, Personal], *, questions: bool
) -> None:
    match = matcher(declared, questions=questions)
    names = (
        "phones", "phone2", "home_phone", "homePhone", "cell_phone", "cellphone", "mobile_number", "tel", "fone",
        "Telefone celular", "Telefone 2", "Telefone do cliente", "Celular 2", "Celulares", "phone_number",
        "WhatsApp do cliente", "E-mail 2", "alternative_email", "CPF", "CPF/CNPJ", "RG", "phone.number",
        "mobile_phone", "tel. comercial", "Cel.", "homephone", "mobilephone", "contact_number", "Teléfono", "Móvil",
        "fax", "msisdn", "whats", "WPP", "CPFCNPJ",
    )  # fmt: skip
    for name in names:
        assert [match(f"{space}.{name}") for space in ("customer", "metadata", "tag")] == ["contact"] * 3, name
    for name in ("full_name", "Nome completo", "nome do cliente", "customerName"):
        assert match(f"customer.{name}") == match(f"tag.{name}") == "author", name
    for name in (
        "campaign_name", "Hotel", "microphone", "iPhone", "emailed", "cellar", "cargo", "orgao", "telemetry", "produto"
    ):  # fmt: skip
        assert match(f"metadata.{name}") in (None, "public"), name


def test_the_text_of_a_question_matches_as_a_whole_only() -> None:
    """What it asks about is no name of what is answered."""
    match = matcher({"phone": "contact", "email": "contact"}, questions=True)
    for text in ("How would you rate our phone support?", "Email or phone?", "justification.By phone", "Phone 2"):
        assert match(text) is None
    for text in ("Q1. Phone", "2. E-mail", "How do we reach you? E.g.: e-mail", "justification.Phone"):
        assert match(text) is None
    assert (match("Phone?"), match("E-mail:"), match("tag.By phone")) == ("contact", "contact", "contact")
    assert (match("Phone."), match("How do we reach you?.phone"), match("tag.1. Phone")) == ("contact",) * 3
    assert (is_attribute("tag.x"), is_attribute("tags"), is_attribute("Which tag.x?")) == (True, False, False)


def test_the_longest_declared_name_counts() -> None:
    match = matcher({"name": "text", "customer.name": "author"})
    assert (match("tag.name"), match("customer.name")) == ("text", "author")


def test_what_is_public_is_so_in_a_longer_name_of_contact_data_too() -> None:
    match = matcher({"phone": "contact", "phone question": "public"})
    assert (match("survey.phone_question"), match("survey.home_phone")) == ("public", "contact")


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
