"""What fields usually hold, by their names in three languages, and what a declaration makes of that."""

import pytest

from connector_core.cassette.fields import UNKNOWN, Fields, usual
from connector_core.cassette.scrub import Scrub
from connector_core.cassette.standins import is_stand_in

NAMES = {
    "contact": (
        "email", "E-mail", "emails", "EmailAddress", "user_email", "Correo electrónico", "home_phone", "mobilePhone",
        "phone2", "Telefone do cliente", "Teléfono", "celular", "WhatsApp", "CPF", "CPF/CNPJ", "cnpj da empresa", "RG",
        "SSN", "document", "Documento", "document_number", "address", "billingAddress", "Endereço", "dirección", "zip",
        "ZIP code", "CEP", "birth_date", "dateOfBirth", "data de nascimento", "fecha de nacimiento", "ip", "IP address",
    ),
    "author": (
        "name", "Name:", "nome", "Nombre", "first_name", "lastName", "full name", "username", "customer_name", "author",
        "Nome completo", "nome do cliente", "apellidos", "sobrenome", "customer", "respondent", "assignee",
        "created_by",
    ),
    "text": (
        "comment", "comments", "nps_comment", "Comentário", "feedback", "review", "review_text", "message", "mensagem",
        "Observação", "observações", "notes", "verbatim", "customerComment", "additional comments",
    ),
    None: (
        "id", "uuid", "status", "campaign_name", "survey_name", "microphone", "iPhone", "emailed", "Hotel", "cellar",
        "orgao", "telemetry", "zipper", "strip", "created_at", "email_sent_at", "phone_verified", "comment_count",
        "addressee", "nota", "rating", "How was our phone support?", "url", "title", "product", "", "?", "7",
        "documents_url",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in NAMES.items() for name in names])
def test_a_name_tells_what_a_field_usually_holds(kind: str | None, name: str) -> None:
    assert usual(name).kind == kind


FIELDS = Fields.of({"survey": "public", "survey.owner": "author", "who": "author", "title": "public"})


def test_a_declaration_wins_over_a_usual_name_and_holds_for_all_below() -> None:
    survey = FIELDS.meaning("survey", "survey")
    assert FIELDS.meaning("survey.name", "name", survey).kind == "public"
    assert FIELDS.meaning("survey.owner", "owner", survey).kind == "author"
    assert FIELDS.meaning("data.name", "name").kind == "author"
    assert FIELDS.meaning("who.email", "email", FIELDS.meaning("who", "who")).kind == "author"


def test_parts_of_contact_data_and_of_names_are_meant_too_those_of_persons_and_texts_are_not() -> None:
    def below(name: str) -> str | None:
        return {inner: held.of_text("x") for inner, _, held in FIELDS.entries({"x": 1}, name, usual(name))}["x"]

    assert [below(name) for name in ("address", "name", "customer", "feedback")] == ["contact", "author", None, None]


def test_the_label_of_a_pair_says_what_its_value_is() -> None:
    pair = {"name": "E-mail", "value": "x", "order": 1}
    kinds = {name: held.kind for name, _, held in FIELDS.entries(pair, "tags", UNKNOWN)}
    assert kinds == {"name": "public", "value": "contact", "order": None}
    assert [held.kind for _, _, held in FIELDS.entries({"name": "E-mail"}, "tags", UNKNOWN)] == ["author"]


def test_what_is_written_like_a_full_name_within_a_person_is_taken_for_one() -> None:
    """Whatever the API calls it there: `display`, `label`; plans and ids are not written so."""
    scrub = Scrub(personal={}, key=b"k")
    clean = scrub.json(
        {"respondent": {"display": "Ruth Calloway", "plan": "gold", "ref": "C-001", "contact": {"mail": "r@corp.io"}}}
    )
    assert is_stand_in(clean["respondent"]["display"])
    assert is_stand_in(clean["respondent"]["contact"]["mail"])
    assert (clean["respondent"]["ref"], clean["respondent"]["plan"]) == ("C-001", "gold")
