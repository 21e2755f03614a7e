"""Question types, texts by language, scales."""

from typing import Any

import pytest

from trackco_cxm._wire import Wire
from trackco_cxm.questions import TYPES, plain, scored_questions, text_of, type_name


@pytest.mark.parametrize(("code", "name"), TYPES.items())
def test_a_type_is_read_from_its_number_or_its_name(code: int, name: str) -> None:
    assert {type_name(given) for given in (code, str(code), name, name.upper(), f" {name} ")} == {name}


@pytest.mark.parametrize("spelling", ["NPS Relational", "nps-relational", "Nps_Relational"])
def test_blanks_and_hyphens_in_a_type_do_not_matter(spelling: str) -> None:
    assert type_name(spelling) == "nps_relational"


@pytest.mark.parametrize("given", [99, True, None, [], {}, 1.5])
def test_anything_else_is_no_known_type(given: Any) -> None:
    assert type_name(given) not in TYPES.values()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ({"en_US": "Yes", "pt_BR": "Sim"}, "Sim"),
        ({"en_US": "Yes"}, "Yes"),
        ({"pt_BR": " ", "es-ES": None, "en": "Yes"}, "Yes"),
        ({"pt_BR": ""}, ""),
        ({"pt_BR": 5}, ""),
        ({}, ""),
        ("  ", ""),
        (None, ""),
        (5, ""),
    ],
)
def test_a_text_is_read_in_the_surveys_language_else_the_first_there_is(value: Any, text: str) -> None:
    assert text_of(value, "pt_BR") == text


@pytest.mark.parametrize(
    "value",
    [
        {"lat": 1.5},
        {"pt_BR": 5},
        {"id": "7", "url": "http://x"},
        {"id": "7"},
        {"id": "7", "no": "x"},
        {"pt_BR": "Sim", "url": "http://x"},
        {"zip": "1", "city": "X"},
        {"id_Book": "7"},
        {"is_ok": "x"},
        {},
    ],
)
def test_an_object_that_is_no_text_by_language_stays_as_it_is(value: Any) -> None:
    assert plain(value, "pt_BR") == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"pt-BR": "Sim"}, "Sim"),
        ({"en": "Yes", "pt-br": "Sim"}, "Sim"),
        ({"en": "Yes", "pt_br": "Sim"}, "Sim"),
        ({"id": "Ya", "pt": "Sim"}, "Sim"),
        ({"en_US": "Yes", "pt": "Sim"}, "Sim"),
        ({"pt_BR": "Sim", "es_419": "Sí"}, "Sim"),
        ({"en_us": "Yes", "pt_br": "Sim"}, "Sim"),
        ({"pt_PT": "Está bem", "pt_BR": ""}, "Está bem"),
        ({"id": "Ya", "en": "Yes"}, "Ya"),
        ({"es": "Sí"}, "Sí"),
    ],
)
def test_languages_are_told_by_their_form_or_by_the_surveys_own(value: Any, text: str) -> None:
    assert plain(value, "pt_BR") == text


def test_a_surveys_own_language_may_be_of_any_form() -> None:
    assert plain({"zh_Hans": "A", "en": "B"}, "zh_Hans") == "A"
    assert plain({"zh_Hans": "A"}, "pt_BR") == "A"
    assert plain({"tlh_Piqd": "A", "en": "B"}, "tlh_Piqd") == "A"
    assert plain({"tlh_Piqd": "A"}, "pt_BR") == {"tlh_Piqd": "A"}


def test_labels_and_images_and_what_is_no_object_ask_nothing() -> None:
    asked = [{"type": "label"}, {"type": 11}, "q", {"type": "nps"}, {"type": "Csat"}, {"type": "open"}]
    assert scored_questions({"questions": asked}, Wire()) == [{"type": "nps"}, {"type": "Csat"}]
