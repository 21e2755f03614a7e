"""What is left of a person in a record, by what the source declares and what the configuration asks for."""

import hmac
import signal
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from attrs import asdict, evolve
from hypothesis import example, given
from hypothesis import strategies as st

from connector_core import Feedback, Transaction
from connector_core.jsontext import decode, encode
from connector_core.model import Json, Personal
from connector_core.privacy import Privacy, protector
from connector_core.record import feedback_of, record_of

KEY = "a key of some length"
PERSONAL: Mapping[str, Personal] = {
    "email": "contact",
    "phone": "contact",
    "alternative_email": "contact",
    "name": "author",
    "comment": "text",
}
MAIL, PHONE, NAME = "canary@example.com", "+55 11 90000-0000", "Canária de Teste"

Fate = Literal["drop", "hash", "keep"]
FATES: tuple[Fate, ...] = ("drop", "hash", "keep")


def answer(**more: Any) -> Feedback:
    """One answer with what is given."""
    return evolve(
        Feedback(
            id="acme:1",
            kind="nps",
            rating="9",
            title="[NPS] Poll",
            posted_at=datetime(2024, 7, 1, tzinfo=UTC),
            survey_id="p1",
            survey_title="Poll",
        ),
        **more,
    )


def left(record: Feedback, contact: Fate = "drop", author: Fate = "keep", key: str = KEY) -> Feedback:
    """What a target gets of a record. What was written and what is left of it are the same."""
    privacy = Privacy(contact_data=contact, author_name=author, hash_key=key)
    writing = record_of(record)
    line = protector(PERSONAL, privacy)(writing)
    assert encode(writing) == line
    return evolve(feedback_of(decode(line)), notes=record.notes)


def fields(given: Mapping[str, Json], contact: Fate = "drop", author: Fate = "keep") -> Mapping[str, Json]:
    """What is left of a record's additional fields."""
    return left(answer(additional_fields=given), contact, author).additional_fields


def pseudonym(text: str, key: str = KEY) -> str:
    return hmac.new(key.encode(), text.encode(), "sha256").hexdigest()[:32]


EVERYWHERE: dict[str, Json] = {
    "customer.email": MAIL,
    "tag.E-Mail": "not even an address",
    "customer.alternative-email": MAIL,
    "tag.Phone": PHONE,
    "phone": 5511900000000,
    "metadata.nested": {"deep": {"email": MAIL, "plan": "gold"}, "phones": [PHONE], "others": [MAIL, "x", [MAIL]]},
    "customer.phone": {"country": "55", "number": {"area": 11, "rest": "90000"}},
    "metadata.email": [MAIL, {"of": "work", "is": MAIL}],
    "What is your address?": f"  {MAIL} ",
    "metadata.both": f"{MAIL}; other@example.org,\nthird@example.net",
    "metadata.by_address": {MAIL: 5, "plain": 6},
    f"tag.{MAIL}": "yes",
    "comment": MAIL,
    "metadata.plan": "gold",
}


def test_contact_data_is_dropped_wherever_it_stands() -> None:
    assert fields(EVERYWHERE) == {
        "metadata.nested": {"deep": {"plan": "gold"}, "others": ["x", []]},
        "metadata.by_address": {"plain": 6},
        "metadata.plan": "gold",
    }


def test_contact_data_is_hashed_wherever_it_stands() -> None:
    address = pseudonym(MAIL)
    assert fields(EVERYWHERE, "hash") == {
        "customer.email": address,
        "tag.E-Mail": pseudonym("not even an address"),
        "customer.alternative-email": address,
        "tag.Phone": pseudonym(PHONE),
        "phone": pseudonym("5511900000000"),
        "metadata.nested": {
            "deep": {"email": address, "plan": "gold"},
            "phones": [pseudonym(PHONE)],
            "others": [address, "x", [address]],
        },
        "customer.phone": {"country": pseudonym("55"), "number": {"area": pseudonym("11"), "rest": pseudonym("90000")}},
        "metadata.email": [address, {"of": pseudonym("work"), "is": address}],
        "What is your address?": address,
        "metadata.both": pseudonym(f"{MAIL}; other@example.org,\nthird@example.net"),
        "metadata.by_address": {address: 5, "plain": 6},
        pseudonym(f"tag.{MAIL}"): "yes",
        "comment": address,
        "metadata.plan": "gold",
    }  # fmt: skip


def test_contact_data_is_kept_if_asked_for() -> None:
    assert fields(EVERYWHERE, "keep", "drop") == EVERYWHERE
    record = answer(additional_fields=EVERYWHERE, author_name=MAIL)
    assert left(record, "keep", "keep") == record


@pytest.mark.parametrize("value", [None, "", "  ", False, 0, [], {}, [None], {"a": None}])
def test_what_is_not_personal_stays_as_it_is(value: Json) -> None:
    """Also what is empty, and null inside of it."""
    for contact in FATES:
        assert repr(fields({"metadata.x": value, "list": [value]}, contact)) == repr(
            {"metadata.x": value, "list": [value]}
        )


def test_where_there_is_nothing_there_is_nothing_to_hash() -> None:
    assert fields({"email": None, "phone": " ", "tag.email": "", "list.email": [None, "x"]}, "hash") == {
        "list.email": [pseudonym("x")]
    }
    assert fields({"phone": 0, "email": False}, "hash") == {"phone": pseudonym("0"), "email": pseudonym("false")}


def test_names_in_additional_fields_follow_the_authors_name() -> None:
    given = {
        "customer.name": NAME,
        "tag.Name": [NAME, None],
        "customer": {"name": {"first": "Canária"}, "plan": "gold"},
    }
    assert fields(given) == given
    assert fields(given, "keep", "drop") == {"customer": {"plan": "gold"}}
    assert fields(given, "drop", "hash") == {
        "customer.name": pseudonym(NAME.lower()),
        "tag.Name": [pseudonym(NAME.lower())],
        "customer": {"name": {"first": pseudonym("canária")}, "plan": "gold"},
    }


@pytest.mark.parametrize(("fate", "name"), [("keep", NAME), ("drop", None), ("hash", pseudonym(NAME.lower()))])
def test_the_authors_name_is_kept_dropped_or_hashed(fate: Fate, name: str | None) -> None:
    for contact in FATES:
        assert left(answer(author_name=NAME), contact, fate) == answer(author_name=name)
        assert left(answer(), contact, fate) == answer()


@pytest.mark.parametrize(("fate", "kept"), [("keep", "C-1"), ("drop", None), ("hash", pseudonym("c-1"))])
def test_the_authors_id_follows_the_authors_name(fate: Fate, kept: str | None) -> None:
    """It may well be a CPF."""
    for contact in FATES:
        assert left(answer(author_id="C-1"), contact, fate) == answer(author_id=kept)


@pytest.mark.parametrize(("fate", "kept"), [("keep", MAIL), ("drop", None), ("hash", pseudonym(MAIL))])
def test_an_address_is_contact_data_as_an_id_a_name_or_a_comment_too(fate: Fate, kept: str | None) -> None:
    record = answer(author_id=MAIL, author_name=MAIL, text=MAIL, transaction=Transaction(MAIL, "Zendesk"))
    ticket = Transaction(kept, "Zendesk") if kept else None
    assert left(record, fate) == answer(author_id=kept, author_name=kept, text=kept, transaction=ticket)


def test_an_address_as_a_name_is_not_kept_where_names_are_not() -> None:
    assert left(answer(author_name=MAIL), "keep", "drop") == answer()
    assert left(answer(author_name=MAIL), "keep", "hash") == answer(author_name=pseudonym(MAIL))
    assert left(answer(author_name=MAIL), "hash", "drop") == answer()


@pytest.mark.parametrize(
    "text",
    [
        "CLI-0001",
        "5",
        "write to canary@example.com please",
        "@",
        "a@b",
        "a@b@c.d",
        "@example.com",
        "a@.com",
        "a@b..c",
        "a b@c.d",
    ],
)
def test_a_text_that_only_mentions_an_address_is_a_text(text: str) -> None:
    """Free text is the target's to protect; ids that are none of an address are ids."""
    record = answer(text=text, author_id=text, transaction=Transaction(text), additional_fields={"x": text})
    assert left(record) == record


def test_an_attribute_that_holds_an_address_is_contact_data_in_whole() -> None:
    """An open answer is not: people write anything in it, and it is why the answer is loaded."""
    mentioned = f"Canária <{MAIL}>"
    given = {
        "metadata.buyer": mentioned,
        "tag.Others": [mentioned, "x"],
        "answer.assignee": {"by": mentioned, mentioned: 1, "team": "a@b"},
        "Who helped you?": mentioned,
        "Who helped you? (comment)": {"x": mentioned},
    }
    kept = {"Who helped you?": mentioned, "Who helped you? (comment)": {"x": mentioned}}
    address = pseudonym(mentioned.lower())
    assert fields(given) == {"tag.Others": ["x"], "answer.assignee": {"team": "a@b"}} | kept
    assert (
        fields(given, "hash")
        == {
            "metadata.buyer": address,
            "tag.Others": [address, "x"],
            "answer.assignee": {"by": address, address: 1, "team": "a@b"},
        }
        | kept
    )
    assert fields(given, "keep", "drop") == given
    assert left(answer(text=mentioned)) == answer(text=mentioned)


@pytest.mark.parametrize(("fate", "kept"), [("drop", {}), ("hash", {"name": pseudonym(MAIL)})])
def test_an_address_is_contact_data_where_it_names_a_value_too(fate: Fate, kept: dict[str, Json]) -> None:
    given = {"metadata.sent_to": [{"name": MAIL, "value": 2}]}
    assert fields(given, fate) == {"metadata.sent_to": [{**kept, "value": 2}]}


@pytest.mark.parametrize("called", ["name", "key", "label", "field"])
def test_what_a_value_is_called_beside_it_says_what_it_is(called: str) -> None:
    """As recordings take it; and a path that is declared as it stands counts too."""
    given = {"metadata.custom": [{called: "Home phone", "value": PHONE}, {called: "Colour", "value": "red"}]}
    assert fields(given) == {"metadata.custom": [{called: "Home phone"}, {called: "Colour", "value": "red"}]}
    declared = protector({"custom.value": "contact"}, Privacy())
    record = record_of(answer(additional_fields=given))
    assert decode(declared(record))["additional_fields"] == {
        "metadata.custom": [{called: "Home phone"}, {called: "Colour"}]
    }


def test_the_score_of_a_question_about_phones_is_kept() -> None:
    """The text of a question says what it asks, not what stands there."""
    given = {
        "How would you rate our phone support?": 5,
        "Phone or email?": ["email"],
        "By channel": {"Phone support": 4},
        "justification.By phone": ["slow"],
    }
    assert fields(given | {"tag.Phone 2": PHONE, "metadata.homePhone": PHONE}) == given


@pytest.mark.parametrize(
    "text",
    [
        "a@b.co",
        "A.B+c@D.Example.COM",
        " a@b.co\n",
        "a@b.co,c@d.eu",
        "a@b.co ; c@d.eu;",
        "a@b.co.",
        "ç@é.br",
        "<a@b.co>",
    ],
)
def test_a_text_that_is_nothing_but_addresses_is_contact_data(text: str) -> None:
    assert left(answer(text=text)) == answer()


@example("NULL", "")
@given(st.text(min_size=1).filter(str.strip), st.sampled_from(["", " ", "\n\t "]))
def test_a_hash_is_stable_and_counts_neither_case_nor_blanks_around(text: str, blank: str) -> None:
    first = fields({"email": text}, "hash")
    assert fields({"email": f"{blank}{text.casefold()}{blank}"}, "hash") == first
    assert fields({"a": {"phone": text}}, "hash") == {"a": {"phone": first["email"]}}
    assert len(first["email"]) == 32


@given(st.text(), st.text())
def test_two_texts_have_two_hashes_and_each_key_has_its_own(one: str, other: str) -> None:
    record, again = (answer(author_id=f"x{name.encode().hex()}@example.com") for name in (one, other))
    assert (left(record, "hash") == left(again, "hash")) == (one == other)
    assert left(record, "hash") != left(record, "hash", key=KEY + "2")


def test_the_hash_of_a_number_is_that_of_its_digits() -> None:
    assert fields({"phone": 5511}, "hash")["phone"] == fields({"phone": " 5511 "}, "hash")["phone"]


def test_a_text_that_is_no_unicode_is_hashed_all_the_same() -> None:
    assert len(fields({"email": "\ud800"}, "hash")["email"]) == 32


def test_all_else_of_a_record_stays() -> None:
    record = answer(
        text="fine",
        author_id="C-1",
        author_name=NAME,
        transaction=Transaction("T-1", "Zendesk"),
        additional_fields={"q": [1, 2.5, None, {"a": True}]},
        notes=("time.ambiguous",),
    )
    assert left(record) == record


def test_the_record_of_the_mapper_is_not_changed() -> None:
    given = {"email": MAIL, "a": {"email": MAIL, "b": [MAIL]}}
    record = answer(additional_fields=given)
    left(record, "drop", "drop")
    assert given == {"email": MAIL, "a": {"email": MAIL, "b": [MAIL]}}


LEAVES = st.sampled_from([MAIL, PHONE, NAME, "gold", 5, None, True])
NAMES = st.sampled_from(["email", "Phone", "x.e-mail", "name", "plan", "a", "comment", MAIL]) | st.text(max_size=3)
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=15)


@given(st.dictionaries(NAMES, TREES), st.sampled_from(["drop", "hash"]), st.sampled_from(["drop", "hash"]))
def test_no_address_is_left_in_any_record(given: dict[str, Any], contact: Fate, author: Fate) -> None:
    outcome = left(answer(additional_fields=given, text=MAIL, author_id=MAIL, author_name=NAME), contact, author)
    assert MAIL not in repr(outcome)
    assert NAME not in repr(evolve(outcome, additional_fields={}))


@pytest.mark.parametrize(
    "text", ["a@" + "b." * 50_000, "a@b.c " * 20_000 + "@", "@" * 100_000, "a@b.c," * 20_000 + " x", "a@b" * 50_000]
)
def test_a_long_text_costs_no_more_than_its_length(text: str) -> None:
    """Customers write it: no pattern may go astray in it."""
    signal.alarm(60)  # a watchdog, no stopwatch: a pattern that goes astray would take hours
    left(answer(text=text, additional_fields={"tag.x": text}))
    signal.alarm(0)


def test_a_ticket_without_an_id_is_none() -> None:
    assert left(answer(transaction=Transaction("", "Zendesk"))).transaction is None


def test_a_record_without_personal_data_stays_as_it_is() -> None:
    record = answer(text="Bom", author_name=NAME, additional_fields={"metadata.produto": "X", "Nota?": [1, {"a": 2}]})
    assert left(record) == record


def test_all_else_of_a_record_with_less_personal_data_stays() -> None:
    """Whatever attributes a record has, and may come to have."""
    record = Feedback(
        id="1", kind="csat", rating="5", title="[CSAT] A", survey_id="s",
        posted_at=datetime(2024, 7, 1, tzinfo=UTC), survey_title="A", text="Bom",
        author_id="7", author_name=NAME, transaction=Transaction("T", "Z"), notes=("time.ambiguous",),
        additional_fields={"customer.email": "fulana@example.com", "metadata.produto": "X"},
    )  # fmt: skip
    assert None not in asdict(record, recurse=False).values()
    assert left(record) == evolve(record, additional_fields={"metadata.produto": "X"})
