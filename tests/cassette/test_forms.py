"""Which texts hold a number or an address of a person, which read like a sentence, and which only look so."""

import pytest

from connector_core.cassette.forms import found, is_free_text


@pytest.mark.parametrize(
    "form",
    [
        "+55 (11) 91234-5678", "+5511912345678", "(11) 91234-5678", "(11)912345678", "11 91234-5678", "11 912345678",
        "55 (11) 1234-5678", "91234-5678", "+1 212 555 0100", "212-555-0100", "(212) 555-0100", "06 12 34 56 78",
        "030 1234567", "020 7946 0958", "111.444.777-35", "11144477735", "11.222.333/0001-81", "11222333000181",
        "a@example.org", "a.b+c@mail.example.org",
    ],
)  # fmt: skip
def test_a_form_is_found_alone_and_in_a_text(form: str) -> None:
    assert found(form) == [form]
    assert found(f"to {form}, or <{form}>; thanks") == [form, form]


@pytest.mark.parametrize(
    "text",
    [
        "2024-07-01", "2024-07-01T10:00:00+0000", "2024-07-01 07:30:00.123456", "01/07/2024 10:00", "1757002119",
        "1757002119000", "20240701103000", "00000000-0000-4000-8000-0000000000aa", "1.2.3.4", "10.12.2024-1",
        "v1.22.333",
        "T-382361", "123-4567890-1234567", "11912345678", "5500510827776", "12345678901", "11111111111", "R$ 1.234,56",
        "9 1234", "page 12 of 3456", "user@", "@user", "5/10", "1e10", "11144477736", "x11144477735", "1 11144477735-2",
    ],
)  # fmt: skip
def test_ids_times_and_amounts_are_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "free"),
    [
        ("O atendimento foi ótimo", True),
        ("a\nb\nc\nd", True),
        ("O atendimento foi", False),
        ("1 2 3 4 5 6", False),
        ("Mon, 01 Jul 2024 10:00:00 GMT", False),
        ("Em andamento", False),
        ("服务非常好谢谢你们", True),
        ("服务非常好", False),
        ("บริการดีมาก", True),
        ("Отлично, спасибо вам всем", True),
        ("", False),
    ],
)
def test_four_words_are_a_sentence_in_whatever_script(text: str, *, free: bool) -> None:
    assert is_free_text(text) == free
