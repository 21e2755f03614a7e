"""The end of a run, for a person, for a report and for the shell."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core.errors import ConfigError, ConnectorError, SourceError, TargetError, TransientError
from connector_core.mapping import Mapped, map_page
from connector_core.model import Outcome, Page, Partition, Reject, Skip, Unimportable, Window
from connector_core.sink import Stored
from connector_core.summary import Summary, Tally
from connector_core.telling import text_of
from tests.fakes import KEEPING, feedback, hour


def summary(**more: Any) -> Summary:
    """The summary of a run from `survey` to a file."""
    return Summary("acme", "sqlite:///f.db", **more)


def page() -> Mapped:
    """Two rows, one of them with a note; one skipped, one rejected, one outside."""
    outcomes: Iterator[Outcome] = iter(
        [
            feedback("1", notes=("time.ambiguous",)),
            feedback("2"),
            Skip("unscored", "3", hour(0)),
            Reject("rating.type", "score", "4", hour(0)),
            feedback("5", at=99),
        ]
    )
    return map_page(Page(range(5), None, ("page.ignored",)), lambda _: next(outcomes), Window(None, hour(9)), KEEPING)


def test_every_number_stands_in_the_report() -> None:
    run = summary(until=hour(9), now=hour(10))
    run.add(Partition("a", "A"), page(), Stored(new=1, duplicate=1, new_rejects=1))
    run.add(Partition("b", "B"), page(), Stored(updated=1, unchanged=1))
    total = {
        "loaded": 2, "read": 10, "new": 1, "updated": 1, "unchanged": 1, "duplicate": 1, "rejected": 2, "outside": 2,
        "new_rejects": 1, "skipped": {"unscored": 2}, "rejected_by": {"rating.type": 2},
        "notes": {"page.ignored": 2, "time.ambiguous": 2},
    }  # fmt: skip
    report = json.loads(json.dumps(run.as_json()))
    assert report["total"] == total
    assert report["partitions"]["a"]["title"] == "A"
    assert report["partitions"]["b"]["updated"] == 1
    assert (report["read_until"], report["exit_code"]) == ("2024-01-01T09:00:00Z", 3)
    assert (report["error"], report["gone"], report["failed"]) == (None, None, {})


def test_every_number_stands_in_the_text() -> None:
    run = summary(requests=1234, unimportable=[Unimportable("z", "Z", "no score")], failed={"q": "gone"})
    run.add(Partition("a", "A"), page(), Stored(new=1, duplicate=1))
    text = text_of(run)
    for part in (
        "Failed, progress kept: acme -> sqlite:///f.db", "read                5   in 1,234 requests, 1 partitions",
        "loaded              1   1 new, 0 updated", "skipped             1   1 unscored",
        "rejected            1   1 rating.type", "duplicate           1", "outside             1",
        "note: page.ignored, 1 times", "note: time.ambiguous, 1 times", "not importable: Z (z): no score",
        "FAILED: q (q): gone",
    ):  # fmt: skip
        assert part in text
    assert "Nothing new" not in text


@pytest.mark.parametrize(
    ("run", "code", "line"),
    [
        (summary(), 0, "Done"),
        (summary(total=Tally(new_rejects=1)), 3, "Done, with rejected answers"),
        (summary(failed={"a": SourceError("gone")}), 1, "Failed, progress kept"),
        (summary(failed={"a": SourceError("gone")}, total=Tally(new_rejects=1)), 1, "Failed, progress kept"),
        (summary(error=TransientError("away")), 1, "Failed, progress kept"),
        (summary(error=TargetError("full")), 1, "Failed, progress kept"),
        (summary(error=ConfigError("wrong")), 2, "Failed"),
        (summary(interrupted=True, failed={"a": SourceError("gone")}), 130, "Interrupted, progress kept"),
    ],
)
def test_the_exit_code_says_how_it_ended(run: Summary, code: int, line: str) -> None:
    assert run.exit_code == run.as_json()["exit_code"] == code
    assert text_of(run).startswith(f"{line}: acme")


def test_nothing_is_called_kept_where_nothing_is() -> None:
    failed, rejected = summary(error=TransientError("away")), summary(total=Tally(new_rejects=1))
    assert text_of(failed, lasting=False).startswith("Failed: acme")
    assert text_of(summary(interrupted=True), lasting=False).startswith("Interrupted: acme")
    assert "what was rejected is kept" in text_of(rejected)
    assert "what was rejected is kept" not in text_of(rejected, lasting=False)


def test_a_sample_is_not_called_loaded() -> None:
    text = text_of(summary(total=Tally(read=2, new=1, new_rejects=1)), lasting=False, sample=True)
    assert text.startswith("Sampled, nothing loaded, with rejected answers: acme")
    assert "  to load             1   1 new" in text


@pytest.mark.parametrize(
    ("run", "nothing"),
    [
        (summary(), True),
        (summary(total=Tally(unchanged=5)), True),
        (summary(total=Tally(updated=1)), False),
        (summary(total=Tally(rejected=1, new_rejects=1)), False),
        (summary(total=Tally(rejected=1)), True),
        (summary(unimportable=[Unimportable("q", "Quiz", "asks for no score")]), False),
        (summary(interrupted=True), False),
        (summary(error=TargetError("full")), False),
    ],
)
def test_it_says_that_there_is_nothing_new_only_where_that_is_so(run: Summary, nothing: bool) -> None:  # noqa: FBT001
    assert ("Nothing new" in text_of(run)) == nothing


def test_an_error_is_reported_with_whose_turn_it_is() -> None:
    error: ConnectorError = TransientError("away")
    assert summary(error=error).as_json()["error"] == {"kind": "transient", "message": "away"}


@pytest.mark.parametrize(
    ("gone", "text"),
    [
        ([], "no longer at the source: 0"),
        (["1", "2"], "no longer at the source: 2, deleted: 1, 2"),
        ([*"1234567"], "no longer at the source: 7, deleted: 1, 2, 3, 4, 5 and 2 more, all in --report"),
    ],
)
def test_the_ids_that_are_gone_are_named(gone: list[str], text: str) -> None:
    run = summary(gone=gone, pruned=bool(gone))
    assert any(text in line for line in text_of(run).splitlines())
    assert run.as_json()["gone"] == gone


COUNTS = st.integers(0, 9)


@given(st.builds(Tally, new=COUNTS, updated=COUNTS, unchanged=COUNTS, duplicate=COUNTS, rejected=COUNTS,
                 outside=COUNTS, skipped=st.just(Counter(unscored=1))), st.integers(-2, 2))  # fmt: skip
def test_the_equation_holds_exactly_or_not_at_all(tally: Tally, off: int) -> None:
    """read = loaded + unchanged + skipped + rejected + duplicate + outside."""
    parts = tally.new + tally.updated + tally.unchanged + tally.duplicate + tally.rejected + tally.outside
    tally.read = parts + tally.skipped.total() + off
    assert tally.adds_up() == (off == 0)
