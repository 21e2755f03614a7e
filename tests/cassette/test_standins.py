"""Stand-ins: of the same form as what they replace, always the same for the same, and known again without the key."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core.cassette.forms import check_digits, is_person_number
from connector_core.cassette.standins import is_stand_in, stand_in, stand_in_number
from connector_core.model import Personal

KEY = b"a key of this test"
TEXTS = {
    "LATIN": "O atendimento foi ótimo 😀",
    "CYRILLIC": "Обслуживание было отличным",
    "GREEK": "Καλή εξυπηρέτηση ήταν άριστη",
    "HEBREW": "השירות היה מצוין",
    "ARABIC": "كانت الخدمة ممتازة",
    "DEVANAGARI": "सेवा बहुत अच्छी थी",
    "BENGALI": "পরিষেবা খুব ভালো ছিল",
    "THAI": "บริการดีมาก",
    "HANGUL": "서비스가 아주 좋았어요",
    "HIRAGANA": "サービスはとてもよかったです",
    "CJK": "服务非常好谢谢",
}


@pytest.mark.parametrize(("script", "text"), TEXTS.items(), ids=TEXTS)
def test_free_text_becomes_text_of_the_same_length_and_script(script: str, text: str) -> None:
    made = stand_in(text, "text", KEY)
    assert len(made) == len(text)
    assert not set(text.split()) & set(made.split())
    assert {unicodedata.name(letter).split()[0] for letter in made if letter != " "} == {script}


def test_the_script_is_that_of_most_letters() -> None:
    assert stand_in("Отлично, merci", "text", KEY)[0] > "\u0400"
    assert stand_in("Très bien, спс", "text", KEY).isascii()


@given(st.text(min_size=1).filter(str.strip))
def test_no_digit_and_no_letter_of_an_address_stands_in_a_stand_in_for_text(text: str) -> None:
    made = stand_in(text, "text", KEY)
    if made != text:  # a score or a date
        assert not re.search(r"[\d@.+_-]", made)
        assert len(made) == len(text)


@given(st.text(min_size=1), st.sampled_from(["contact", "author", "text"]))
def test_every_stand_in_is_known_again(text: str, kind: Personal) -> None:
    made = stand_in(text, kind, KEY)
    assert made == text or is_stand_in(made)


@pytest.mark.parametrize(
    "text",
    [
        "Maria Silva",
        "maria@example.com",
        "O atendimento foi ruim",
        "11912345678",
        "",
        "lorem ruim",
        "lo ipsum",
        "字",
        "11044477709",
    ],
)
def test_what_people_write_is_not_taken_for_a_stand_in(text: str) -> None:
    assert not is_stand_in(text)


@pytest.mark.parametrize("number", ["111.444.777-35", "11144477735", "11.222.333/0001-81", "11222333000181"])
def test_a_cpf_and_a_cnpj_become_ones_with_wrong_check_digits_written_alike(number: str) -> None:
    made = stand_in(number, "contact", KEY)
    digits = "".join(filter(str.isdigit, made))
    assert re.sub(r"\d", "0", made) == re.sub(r"\d", "0", number)
    assert is_stand_in(made)
    assert not is_person_number(digits)
    assert digits[-2:] != check_digits(digits[:-2])


def test_the_same_digits_have_the_same_stand_in_however_they_are_written() -> None:
    written = stand_in("111.444.777-35", "contact", KEY)
    assert stand_in("11144477735", "contact", KEY) == "".join(filter(str.isdigit, written))
    assert str(stand_in_number(11144477735, "contact", KEY)) == "".join(filter(str.isdigit, written))
    assert len({stand_in(f"{n:09d}{check_digits(f'{n:09d}')}", "contact", KEY) for n in range(1, 500)}) == 499


@given(st.integers(0, 10**9 - 1), st.binary(min_size=1))
def test_the_check_digits_are_never_right(number: int, key: bytes) -> None:
    first = f"{number:09d}"
    made = stand_in(f"{first[:3]}.{first[3:6]}.{first[6:]}-{check_digits(first)}", "contact", key)
    assert not is_person_number("".join(filter(str.isdigit, made)))


def test_known_check_digits() -> None:
    assert (check_digits("111444777"), check_digits("112223330001")) == ("35", "81")
    assert not is_person_number("11111111111")  # of the right sum, and nobody's
    assert not is_person_number("1114447773")


def test_a_date_becomes_one_of_the_year_1900_in_the_same_form() -> None:
    assert re.fullmatch(r"1900-\d\d-\d\d", stand_in("1980-02-03", "contact", KEY))
    assert re.fullmatch(r" 1900-\d\d-\d\dT10:00:00Z", stand_in(" 1980-02-03T10:00:00Z", "contact", KEY))


def test_an_address_of_a_house_is_no_phone_number() -> None:
    assert re.fullmatch(r"person-[0-9a-f]{10}", stand_in("Rua Augusta, 1500", "contact", KEY))


def test_an_id_becomes_one_that_is_known_as_nobodys_and_different_ones_stay_different() -> None:
    made = {stand_in(f"ORD-{number:06}", "id", b"k") for number in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch("id-[0-9a-f]{10}", each) and is_stand_in(each) for each in made)
    assert stand_in(" ord-000001 ", "id", b"k") == stand_in("ORD-000001", "id", b"k")
