"""What is recorded is safe to keep: no secret, no personal data, and what is not personal stays."""

import base64
import json
import re
import signal
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core import jsontext
from connector_core.cassette import Scrub
from connector_core.cassette.scrub import LEFT_OUT
from connector_core.cassette.standins import stand_in, stand_in_number
from connector_core.model import Personal

KEY = b"a key of this test"
PERSONAL: dict[str, Personal] = {
    "email": "contact",
    "phone": "contact",
    "contacts": "contact",
    "customer.name": "author",
    "comment": "text",
    "response": "text",
}
SCRUB = Scrub(personal=PERSONAL, key=KEY)
SECRET = 's3cr"et/+é=tok'


@pytest.mark.parametrize(
    "spelling",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET).lower(),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        SECRET.replace('"', "&quot;"),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
    ],
)
def test_a_secret_is_redacted_in_each_spelling(spelling: str) -> None:
    assert Scrub(secrets=[SECRET]).text(f"<{spelling}>") == "<REDACTED>"


@pytest.mark.parametrize("user", ["", "u", "us", "usr", "user"])
@pytest.mark.parametrize("after", ["", ":", "::"])
def test_a_secret_inside_a_longer_base64_text_is_redacted(user: str, after: str) -> None:
    """As in `Basic` authentication, where it begins at any of three places of the code."""
    whole = base64.b64encode(f"{user}:{SECRET}{after}".encode()).decode()
    left = Scrub(secrets=[SECRET]).text(whole)
    assert "REDACTED" in left
    assert len(left.replace("REDACTED", "")) <= len(user) * 2 + 8


def test_secrets_are_redacted_in_keys_values_numbers_and_nested_json() -> None:
    scrub = Scrub(secrets=["tok-1", "987654"])
    body = {"tok-1": ["x tok-1 y", 987654, 1987654, True], "deep": '{"a":"tok-1"}'}
    assert scrub.json(body) == {"REDACTED": ["x REDACTED y", "REDACTED", 1987654, True], "deep": '{"a":"REDACTED"}'}


def test_the_longest_of_overlapping_secrets_is_redacted_whole_and_an_empty_one_is_none() -> None:
    assert Scrub(secrets=["tok", "tok-long", ""]).text("tok-long tok a") == "REDACTED REDACTED a"


def test_a_scrub_does_not_show_its_secrets_or_its_key() -> None:
    shown = repr(Scrub(secrets=["tok-1"], key=b"k3y"))
    assert "tok-1" not in shown
    assert "k3y" not in shown


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://me:pw@h.example/a?b=1&a=%20x#part", "https://h.example/a?b=1&a=%20x"),
        ("https://h.example/t%2Fok/x?key=t/ok&b=1", "https://h.example/REDACTED/x?key=REDACTED&b=1"),
        ("https://t-ok.h.example/%41?a=b&t-ok", "https://REDACTED.h.example/%41?a=b&REDACTED="),
        ("/next?page=2", "/next?page=2"),
        ("https://me:t-ok@[broken", "REDACTED"),
        ("", ""),
    ],
)
def test_a_url_keeps_its_form_without_credentials_and_secrets(url: str, clean: str) -> None:
    assert Scrub(secrets=["t/ok", "t-ok"]).url(url) == clean


def test_a_parameter_gets_the_stand_in_that_the_field_gets() -> None:
    """So a request that was made from an answer still finds its own in a replay."""
    there = SCRUB.json({"phone": "+55 11 91234-5678", "email": "a@example.org"})
    url = SCRUB.url("https://h/a@example.org/x?phone=%2B55+11+91234-5678&email=a%40example.org&n=1")
    email = there["email"]
    assert url == f"https://h/{email}/x?phone={there['phone']}&email={quote(email, safe='')}&n=1"


def test_declared_fields_become_stand_ins_and_nothing_else_changes() -> None:
    record = {
        "uuid": "00000000-0000-4000-8000-0000000000aa",
        "status": 3,
        "answered_at": "2024-07-01 07:30:00",
        "customer": {"name": "Fulana Exemplo", "email": "fulana@example.org", "phone": 5511912345678, "id": "CLI-1"},
        "answers": [
            {"type": "csat", "answer": {"response": "5", "comment": "Ligue 11 91234-5678!"}},
            {"type": "open", "answer": {"response": "Falar com Beltrano"}},
            {"type": "date", "answer": {"response": "2024-07-01T10:00:00Z"}},
            {"type": "nps", "answer": {"response": 9.5, "comment": None}},
        ],
        "tags": [
            {"name": "E-mail", "value": "x"},
            {"name": "Cidade", "value": "Recife"},
            {"key": "phone", "value": ""},
        ],
        "info": "to Fulana@Example.org, please",
    }
    clean = SCRUB.json(record)
    assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+ [0-9a-f]{4}", clean["customer"]["name"])
    email = clean["customer"]["email"]
    assert re.fullmatch(r"person-[0-9a-f]{10}@example\.com", email)
    assert re.fullmatch(r"5500\d{9}", str(clean["customer"]["phone"]))
    assert clean["info"] == f"to {email}, please"
    first, second = clean["answers"][0]["answer"], clean["answers"][1]["answer"]
    assert len(first["comment"]) == len("Ligue 11 91234-5678!")
    assert not re.search(r"\d", first["comment"])
    assert len(second["response"]) == len("Falar com Beltrano")
    assert re.fullmatch(r"person-[0-9a-f]{10}", clean["tags"][0]["value"])
    clean["customer"] |= {"name": "Fulana Exemplo", "email": "fulana@example.org", "phone": 5511912345678}
    clean["info"], clean["tags"][0]["value"] = record["info"], "x"
    first["comment"], second["response"] = "Ligue 11 91234-5678!", "Falar com Beltrano"
    assert clean == record


def test_contact_data_becomes_a_stand_in_under_every_name_that_holds_a_declared_word() -> None:
    record = {"home_phone": "11 91234-5678", "tags": [{"name": "Phone 2", "value": 11912345678}], "phones": {"x": "ab"}}
    clean = SCRUB.json(record | {"microphone": "11 91234", "campaign": {"campaign_name": "Phone sales"}})
    assert clean.pop("microphone") == "11 91234"
    assert clean.pop("campaign") == {"campaign_name": "Phone sales"}
    assert re.fullmatch(r"5500\d{9}", clean["home_phone"])
    assert re.fullmatch(r"5500\d{9}", str(clean["tags"][0]["value"]))
    assert clean["phones"]["x"].startswith("person-")


def test_what_is_personal_in_whole_is_so_in_each_part() -> None:
    clean = SCRUB.json({"contacts": [{"kind": "x", "value": "Rua A", "customer": {"name": "Z"}}, ["y"]], "label": "n"})
    assert clean["contacts"][0]["kind"].startswith("person-")
    assert clean["contacts"][0]["value"].startswith("person-")
    assert not clean["contacts"][0]["customer"]["name"].startswith("person-")
    assert clean["contacts"][1][0].startswith("person-")
    assert clean["label"] == "n"


def test_json_inside_a_text_is_cleaned_by_its_fields() -> None:
    clean = SCRUB.json(
        {"raw": '{"email": "Rua A", "n": [1, 2]}', "other": '{"n": [1, 2]}', "no": "[sic] a@example.org"}
    )
    assert re.fullmatch(r'\{"email":"person-[0-9a-f]{10}","n":\[1,2\]\}', clean["raw"])
    assert clean["other"] == '{"n": [1, 2]}'
    assert clean["no"].startswith("[sic] person-")


def test_the_same_person_is_the_same_however_it_is_written_and_only_with_the_same_key() -> None:
    assert stand_in("A@example.org ", "contact", KEY) == stand_in("a@example.org", "contact", KEY)
    phones = {stand_in("+55 (11) 91234-5678", "contact", KEY), stand_in("5511912345678", "contact", KEY)}
    assert phones == {str(stand_in_number(5511912345678, "contact", KEY))}
    assert stand_in("a@example.org", "contact", b"another") != stand_in("a@example.org", "contact", KEY)
    assert Scrub(personal=PERSONAL).json({"email": "a@b"}) != Scrub(personal=PERSONAL).json({"email": "a@b"})


def test_numbers_keep_their_form() -> None:
    assert stand_in_number(10, "text", KEY) == 10
    assert 10_000 <= stand_in_number(12345, "text", KEY) <= 99_999
    assert 1 <= stand_in_number(7, "author", KEY) <= 9


@given(st.text(), st.sampled_from(["contact", "author", "text"]))
def test_a_blank_text_stays_blank_and_any_other_stays_a_text_that_is_not_blank(value: str, kind: Personal) -> None:
    clean = stand_in(value, kind, KEY)
    assert bool(clean.strip()) == bool(value.strip())
    assert kind != "text" or len(clean) == len(value)


@given(
    st.emails().filter(lambda email: re.search(r"^[^/].*\w@|^\w@", email)),
    st.text(alphabet=" \n,;<>()\"'"),
    st.text(alphabet=" \n,;<>()\"'"),
)
def test_no_email_address_is_left_anywhere(email: str, before: str, after: str) -> None:
    """One that begins with a slash may be taken for a path, whose fragment goes whole and gets no stand-in."""
    clean = SCRUB.json({"anything": [before + email + after]})["anything"][0]
    assert email not in clean
    assert re.search(r"person-[0-9a-f]{10}@example\.com", clean)


def test_common_names_of_personal_fields_need_no_declaration() -> None:
    """In three languages, as text, as number, and in each part of an object."""
    record = {
        "Endereço": {"rua": "Rua A", "número": 12}, "data de nascimento": "1980-02-03", "ip_address": "192.0.2.7",
        "CEP": "01310-100", "customer": "Maria Silva", "Nombre": {"given": "María"}, "user_name": "maria82",
        "nps_comment": "Ruim", "celular": 11912345678, "observação": "voltem logo", "Documento": "X-1",
        "attributes": [{"label": "CPF", "value": "X-2", "order": 1}],
    }  # fmt: skip
    clean = Scrub(key=KEY).json(record)
    assert str(clean["Endereço"]["rua"]).startswith("person-")
    assert str(clean["Endereço"]["número"]).startswith("5500")
    assert re.fullmatch(r"1900-\d\d-\d\d", clean["data de nascimento"])
    assert re.fullmatch(r"5500\d{9}", clean["CEP"])
    for name in (clean["customer"], clean["Nombre"]["given"], clean["user_name"]):
        assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+ [0-9a-f]{4}", name)
    assert str(clean["celular"]).startswith("5500")
    assert clean["Documento"].startswith("person-")
    assert clean["attributes"][0].pop("value").startswith("person-")
    assert clean["attributes"] == [{"label": "CPF", "order": 1}]
    assert not {"Ruim", "voltem", "logo"} & set(f"{clean['nps_comment']} {clean['observação']}".split())


def test_what_a_source_needs_is_not_taken_for_personal_data() -> None:
    """Ids, times, links, tokens for paging, and what is only about a person's data."""
    record = {
        "id": 11144477735, "customer": "cus_9s6XKzkNRiz8i3", "user": {"id": "u-1", "plan": "x"}, "review": "rv_12",
        "author": 17, "uuid": "00000000-0000-4000-8000-0000000000aa", "created": 1757002119, "ms": "1757002119000",
        "at": "2024-07-01T10:00:00+0000", "day": "01/07/2024 10:00", "rfc": "Mon, 01 Jul 2024 10:00:00 GMT",
        "next": "https://api.example.com/v1/votes?page=2&token=eyJwIjoyfQ", "token": "eyJwIjoyfQ==", "feedback": 9,
        "email_sent_at": 1757002119, "phone_verified": True, "comment_count": 3, "version": "10.12.2024-1",
        "How was our phone support?": 5, "feedbacks": [{"id": "f-1"}], "ticket": "T-382361",
        "order": "123-4567890-1234567",
    }  # fmt: skip
    assert Scrub(key=KEY).json(record) == record


def test_a_word_of_the_api_s_own_is_no_name_of_anybody() -> None:
    """The source writes such a parameter itself, and asks for the same in a replay."""
    url = "https://h.example/x?user=me&text=true&feedback=with_comments&sort=name,email"
    assert Scrub(key=KEY).url(url) == url
    assert "Maria" not in Scrub(key=KEY).url("https://h.example/x?user=Maria")


def test_numbers_and_addresses_are_found_in_any_text_even_in_a_public_one() -> None:
    scrub = Scrub(personal={"title": "public"}, key=KEY)
    for value in ("+55 (11) 91234-5678", "11 91234-5678", "111.444.777-35", "11.222.333/0001-81", "a@example.org"):
        made = scrub.text(value)
        assert made != value
        assert scrub.json({"x": value}) == {"x": made}
        assert scrub.json({"title": f"this is said to {value}, and well"}) == {
            "title": f"this is said to {made}, and well"
        }


def test_an_undeclared_sentence_is_free_text_and_a_public_one_is_not() -> None:
    sentence = "O atendimento foi ótimo"
    assert Scrub(key=KEY).json({"x": sentence})["x"] == stand_in(sentence, "text", KEY)
    assert Scrub(key=KEY).json({"x": "O atendimento foi"}) == {"x": "O atendimento foi"}
    public = Scrub(personal={"x": "public", "x.name": "author"}, key=KEY)
    assert public.json({"x": [sentence, {"pt": sentence, "email": "Rua A"}]}) == {
        "x": [sentence, {"pt": sentence, "email": "Rua A"}]
    }
    assert public.json({"x": {"name": "Maria"}}) != {"x": {"name": "Maria"}}


def test_a_link_in_an_answer_equals_the_url_that_is_asked_later() -> None:
    """In a body, in a `Link` header, and in the request itself."""
    url = "https://h.example/a@example.org/x?name=Maria%20Silva&page=2&q=quatro%20palavras%20bem%20contadas"
    clean = SCRUB.url(url)
    assert "Maria" not in clean
    assert "palavras" not in clean
    assert SCRUB.json({"next": url}) == {"next": clean}
    sentence = SCRUB.json({"x": "como foi a visita"})["x"]
    assert SCRUB.url("/surveys/como%20foi%20a%20visita") == f"/surveys/{quote(sentence)}"
    assert (
        SCRUB.links(f'<{url}>; rel="next", </b?page=1>; rel="first"')
        == f'<{clean}>; rel="next", </b?page=1>; rel="first"'
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def shape_of(value: Any) -> Any:
    """The same containers, with nothing in the place of each scalar."""
    if isinstance(value, dict):
        return {key: shape_of(item) for key, item in value.items()}
    return [shape_of(item) for item in value] if isinstance(value, list) else None


@given(JSON.filter(lambda value: "@" not in json.dumps(value)))
def test_a_body_keeps_its_shape(value: Any) -> None:
    """But for keys that are e-mail addresses."""
    scrub = Scrub(personal={"a": "contact", "b": "text", "c": "author"}, key=KEY)
    clean = jsontext.decode(scrub.body(json.dumps(value).encode()))
    assert shape_of(clean) == shape_of(jsontext.decode(json.dumps(value).encode()))


@pytest.mark.parametrize("body", [b"<html>fulana@example.org</html>", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_json_is_left_out(body: bytes) -> None:
    assert SCRUB.body(body) == LEFT_OUT


def test_for_made_up_accounts_all_but_secrets_is_kept() -> None:
    scrub = Scrub(secrets=["tok-1"], personal=None)
    assert scrub.body(b"<html>tok-1 a@example.org</html>") == b"<html>REDACTED a@example.org</html>"
    assert scrub.body(b"\xff") == LEFT_OUT
    assert json.loads(scrub.body(b'{"email":"a@example.org"}')) == {"email": "a@example.org"}


def test_without_a_declaration_email_addresses_still_become_stand_ins() -> None:
    assert jsontext.decode(Scrub(key=KEY).body(b'["a@example.org"]')) == [stand_in("a@example.org", "contact", KEY)]


def test_hostile_texts_take_no_time() -> None:
    signal.alarm(60)  # a watchdog, no stopwatch: a pattern that goes astray would take hours
    hostile = (
        "a" * 1_000_000 + " @", "a@" * 300_000, "a.b" * 300_000 + "@" + "-." * 300_000, "1" * 300_000,
        "+1 " * 100_000, "1 (1" * 100_000, "0 00 " * 60_000, "12345678000112 " * 20_000, "a " * 150_000,
        "\n" * 300_000, "字" * 150_000,
    )  # fmt: skip
    for text in hostile:
        for field in ("comment", "customer", "message", "undeclared"):
            SCRUB.json({field: text})
    signal.alarm(0)


def test_an_address_in_a_url_within_a_text_is_the_same_person() -> None:
    scrub = Scrub((), {}, b"key")
    plain = scrub.text("maria@acme.com.br")
    quoted = scrub.text("Ver https://a.test/?email=maria%40acme.com.br")
    assert quoted == f"Ver https://a.test/?email={plain.replace('@', '%40')}"
