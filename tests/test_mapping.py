"""What becomes of each record of a page, and that no mapper can break a run."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from connector_core.errors import frames
from connector_core.jsontext import encode
from connector_core.mapping import Mapped, map_page
from connector_core.model import Json, Outcome, Page, Reject, Skip, Transaction, Window
from connector_core.record import record_of
from connector_core.sink import Stored
from connector_core.summary import Tally
from tests.fakes import KEEPING, feedback, hour

WINDOW = Window(hour(10), hour(20))


def sorted_page(*outcomes: Any) -> Mapped:
    """A page whose records map to these outcomes."""
    left = iter(outcomes)
    return map_page(Page(list(range(len(outcomes))), "c", ("page.ignored",)), lambda _: next(left), WINDOW, KEEPING)


def test_a_page_is_sorted_in_order_and_everything_is_counted() -> None:
    mapped = sorted_page(
        feedback("1", at=10, notes=("time.ambiguous",)),
        Skip("unscored", "2", hour(11)),
        Reject("rating.type", "score", "3", hour(12)),
        feedback("4", at=19),
        feedback("5", at=20),
        feedback("6", at=9),
    )
    assert [row.id for row in mapped.rows] == ["1", "4"]
    assert mapped.skips == [Skip("unscored", "2", hour(11))]
    assert [(r.key, r.reason, r.path) for r in mapped.refused] == [("3", "rating.type", "score")]
    assert (mapped.outside, mapped.nameless, mapped.read) == (2, 0, 6)
    assert (mapped.cursor, mapped.notes) == ("c", {"page.ignored": 1})


@pytest.mark.parametrize("outcome", [Skip("unscored", "1", hour(20)), Reject("rating.type", "score", "1", hour(9))])
def test_what_lies_outside_the_window_is_neither_skipped_nor_rejected(outcome: Outcome) -> None:
    """It belongs to another run, which counts it."""
    mapped = sorted_page(outcome)
    assert (mapped.outside, mapped.refused, mapped.skips) == (1, [], [])


def test_what_has_no_date_belongs_to_every_window() -> None:
    mapped = sorted_page(Reject("date.missing", "at", "1"), Skip("status"))
    assert (len(mapped.refused), mapped.skips, mapped.outside) == (1, [Skip("status")], 0)


def test_a_reject_without_an_id_is_known_by_its_content() -> None:
    page = Page([{"a": 1}, {"a": 2}, {"a": 1}])
    mapped = map_page(page, lambda _: Reject("id.missing", "id"), WINDOW, KEEPING)
    keys = [refused.key for refused in mapped.refused]
    assert keys[0] == keys[2] != keys[1]
    assert mapped.nameless == 3


def broken(raw: Json) -> Outcome:
    """A mapper with a bug of every kind, by what the record says."""
    bugs: Mapping[str, Callable[[], Any]] = {
        "raises": lambda: {"": 1}["canary"],
        "nothing": lambda: None,
        "no outcome": lambda: "canary",
        "naive": lambda: attrs.evolve(feedback("1"), posted_at=datetime(2024, 1, 1, 12)),  # noqa: DTZ001 - the bug
        "no json": lambda: feedback("1", at=10, additional_fields={"a": object()}),
        "no text": lambda: Skip(["canary"], "1", hour(10)),  # type: ignore[arg-type]
        "good": lambda: feedback("1", at=10),
    }
    outcome: Outcome = bugs[raw]()
    return outcome


@pytest.mark.parametrize("bug", ["raises", "nothing", "no outcome", "naive", "no json", "no text"])
def test_a_bug_of_a_mapper_costs_one_record_and_shows_no_value(bug: str) -> None:
    structlog.reset_defaults()
    with structlog.testing.capture_logs() as logged:
        mapped = map_page(Page(["good", bug, "good"]), broken, WINDOW, KEEPING)
    assert [row.id for row in mapped.rows] == ["1", "1"]
    assert [(refused.reason, refused.path) for refused in mapped.refused] == [("map.bug", "$")]
    assert (mapped.nameless, mapped.read) == (1, 3)
    assert [event["event"] for event in logged] == ["mapper.failed"]
    assert "canary" not in str(logged)


def test_frames_say_where_without_a_message() -> None:
    try:
        broken("raises")
    except KeyError as error:
        where = frames(error)
    assert where[-1].startswith("test_mapping.py:")
    assert "canary" not in "".join(where)


def test_frames_of_an_endless_recursion_still_fit_a_line() -> None:
    def deeper() -> None:
        deeper()

    with pytest.raises(RecursionError) as raised:
        deeper()
    where = frames(raised.value)
    assert where[-1].endswith(" deeper")
    assert len(where) < 20


def test_a_record_has_its_keys_in_order_and_none_without_a_value() -> None:
    ticket = Transaction("T", "Zendesk")
    full = feedback("1", text="t", author_id="a", author_name="n", transaction=ticket, additional_fields={"b": 1})
    keys = [
        "id",
        "kind",
        "rating",
        "title",
        "text",
        "posted_at",
        "author_id",
        "author_name",
        "survey_id",
        "survey_title",
        "transaction",
    ]
    keys.append("additional_fields")
    assert list(record_of(full)) == keys
    assert record_of(full)["transaction"] == {"id": "T", "platform": "Zendesk"}
    assert list(record_of(feedback("1"))) == [
        key for key in keys if key not in ("text", "author_id", "author_name", "transaction")
    ]
    assert record_of(feedback("1", transaction=Transaction("T")))["transaction"] == {"id": "T"}


JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
INSTANTS = st.none() | st.integers(0, 30).map(hour)
IDS = st.none() | st.sampled_from("abc")
OUTCOMES = st.one_of(
    st.builds(lambda key, at: feedback(key, at=at), st.sampled_from("abc"), st.integers(0, 30)),
    st.builds(Skip, st.sampled_from(["unscored", "status"]), IDS, INSTANTS),
    st.builds(Reject, st.sampled_from(["rating.type", "id.missing"]), st.just("$"), IDS, INSTANTS),
    st.just(None),
)  # fmt: skip


@given(st.lists(st.tuples(JSON, OUTCOMES), max_size=20), st.none() | st.integers(0, 20))
def test_every_record_of_any_page_is_counted_once(records: list[tuple[Json, Any]], most: int | None) -> None:
    """Whatever the mapper makes of any JSON; and a limit cuts rows and their count alike."""
    outcomes = iter(outcome for _, outcome in records)
    mapped = map_page(Page([raw for raw, _ in records]), lambda _: next(outcomes), WINDOW, KEEPING)
    assert mapped.read == len(records)
    cut = mapped if most is None else mapped.first(most)
    assert cut.rows == mapped.rows[:most]
    assert cut.read == len(records) - (len(mapped.rows) - len(cut.rows))
    tally = Tally()
    tally.add(cut, Stored(new=len(cut.rows)))
    assert tally.adds_up()
    assert sum(tally.rejected_by.values()) == tally.rejected


@given(JSON, JSON)
def test_a_digest_changes_with_the_content_and_only_with_it(one: Json, other: Json) -> None:
    rows = [sorted_page(feedback("1", at=10, additional_fields={"x": value})).rows[0] for value in (one, other)]
    assert (rows[0].digest == rows[1].digest) == (rows[0].line == rows[1].line)
    assert rows[0].line == encode(record_of(rows[0].feedback))
