"""What a recording says of itself: which fields were replaced, how often, and never what stood there."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from connector_core.cassette import RecordingAdapter, Scrub
from connector_core.cassette.changes import Change, Recorded, in_body, in_json, in_url
from connector_core.cassette.scrub import LEFT_OUT
from tests.cassette.fakes import SESSION, Answer, Canned, session_on

SCRUB = Scrub(secrets=["tok-1"], personal={"email": "contact"}, key=b"key")


def recorded(tmp_path: Path, answer: Answer, *urls: str, scrub: Scrub | None = SCRUB) -> Recorded:
    adapter = RecordingAdapter(Canned(lambda _: answer), scrub)
    with session_on(adapter) as http:
        for url in urls:
            http.get(url, allow_redirects=False)
    return adapter.save(tmp_path / "c.yaml", SESSION)


def test_replaced_values_are_counted_by_field_and_secrets_apart(tmp_path: Path) -> None:
    people = [
        {"email": f"p{n}@example.org", "key": "tok-1", "tags": [{"name": "E-mail", "value": "x"}]} for n in range(3)
    ]
    headers = {"Location": "/x?to=a@example.org", "Link": "</y>; rel=next", "Content-Type": "application/json"}
    body = json.dumps({"data": people, "p@example.org": 1, "n": 5}).encode()
    urls = ["https://me:pw@h.example/u/a@example.org?email=a%40b.org&key=tok-1&page=1", "https://h.example/plain"]
    made = recorded(tmp_path, Answer(body, 302, headers), *urls)
    name = next(where for where in made.counts(secret=False) if where.endswith("(the name)"))
    assert made.counts(secret=False) == {
        "/": 1, "?email": 1, "Location:": 2, "data.email": 6, "data.tags.value": 6, name: 2
    }  # fmt: skip
    assert made.counts(secret=True) == {"?key": 1, "data.key": 6, "user and password": 1}
    assert (made.interactions, made.left_out, made.path) == (2, 0, str(tmp_path / "c.yaml"))
    text = made.as_text()
    assert "Recorded 2 interactions" in text
    assert "         6  data.email" in text
    for value in ("example.org", "tok-1", "pw"):
        assert value not in text


def test_bodies_that_were_left_out_are_counted(tmp_path: Path) -> None:
    made = recorded(tmp_path, Answer(b"<html>"), "https://h.example/a", "https://h.example/b")
    assert (made.left_out, made.changes) == (2, {})
    assert made.as_text().splitlines()[1:] == [
        "  stand-ins: none was found", "  secrets redacted: none was found", "  bodies that are no JSON, left out: 2"
    ]  # fmt: skip


def test_a_recording_to_the_byte_says_that_nothing_was_replaced(tmp_path: Path) -> None:
    assert recorded(tmp_path, Answer(b'{"email": "a@b.org"}'), "https://h.example/a", scrub=None).changes == {}


def test_a_table_for_a_person_is_short() -> None:
    made = Recorded("c.yaml", 1, 0, {Change(f"field{n:03d}"): 1 for n in range(100)})
    assert len(made.as_text().splitlines()) == 34
    assert "and 70 more fields" in made.as_text()


def test_what_has_no_fields_is_counted_as_a_whole() -> None:
    assert in_body(b"tok-1 in words", b"REDACTED in words") == {Change("body", secret=True): 1}
    assert in_body(b"<html>", LEFT_OUT) == {}
    assert in_url("https://[broken", "REDACTED") == {Change("/", secret=True): 1}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(JSON)
def test_something_is_counted_if_and_only_if_something_was_changed(value: object) -> None:
    clean = SCRUB.json(value)
    assert bool(list(in_json(value, clean))) == (clean != value)
