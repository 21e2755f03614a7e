"""What stands in the table after runs, read with the warehouse's own SQL."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connector_core import ConfigError, TargetError
from connector_core.loading import Portion
from connector_core.testing.sink_rows import FULL, row
from connector_warehouse import destinations, packages
from connector_warehouse.columns import column_of
from plugins.warehouse.tests.opened import loaded, opened
from plugins.warehouse.tests.reading import asked, asked_of_file, in_duckdb, in_postgres

Ask = Callable[[str], list[tuple[Any, ...]]]


class Place:
    """One fresh target, and how to ask it."""

    def __init__(self, target: str, state: str | None, ask: Ask) -> None:
        self.target, self.state, self.ask = target, state, ask

    def load(self, *rows: Any, **settings: Any) -> Any:
        """A run of one commit."""
        return loaded(self.target, rows, self.state, **settings)


@pytest.fixture
def duckdb(tmp_path: Path) -> Place:
    """A fresh file; the dataset is the default one."""
    path = tmp_path / "feedback.duckdb"
    return Place(f"dlt+duckdb:///{path}", None, partial(asked_of_file, path))


@pytest.fixture(params=["duckdb", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A fresh target of each kind, for what may differ between them."""
    if request.param == "duckdb":
        yield request.getfixturevalue("duckdb")
        return
    url = request.getfixturevalue("postgres_url")
    yield Place(f"dlt+{url}", str(tmp_path / "state"), lambda query: [tuple(r) for r in asked(url, query)])
    asked(url, "DROP SCHEMA IF EXISTS customer_feedback, customer_feedback_staging CASCADE; SELECT 1")


def columns(place: Place) -> dict[str, str]:
    """The columns of the table with their types."""
    query = (
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'customer_feedback' AND table_name = 'feedback'"
    )
    return dict(place.ask(query))


def plain(value: Any) -> Any:
    """A value without what the two clients make of JSON."""
    return json.dumps(value, separators=(",", ":")) if isinstance(value, dict) else value


def test_types_are_those_of_the_warehouse(place: Place) -> None:
    """An instant has its zone, and JSON can be looked into with the warehouse's own functions."""
    place.load(FULL)
    assert {name: columns(place)[name].lower() for name in ("posted_at", "additional_fields")} == {
        "posted_at": "timestamp with time zone",
        "additional_fields": "json",
    }
    query = "SELECT posted_at, additional_fields->>'text', additional_fields->'nested'->'a'->0->'b'->>1"
    ((posted_at, text, deep),) = place.ask(f"{query} FROM customer_feedback.feedback")
    assert (posted_at.astimezone(UTC), text, deep) == (datetime(2024, 1, 1, tzinfo=UTC), "日本語", "1")


def test_each_row_says_by_which_connection_and_package_it_came(duckdb: Place) -> None:
    duckdb.load(row("kit:1"))
    query = "SELECT f.connection, l.status FROM customer_feedback.feedback f"
    assert duckdb.ask(f"{query} JOIN customer_feedback._dlt_loads l ON l.load_id = f._dlt_load_id") == [("acme", 0)]


def test_an_id_stands_there_once_even_if_the_state_is_lost(duckdb: Place, tmp_path: Path) -> None:
    duckdb.load(row("kit:1", text="old"), row("kit:2"))
    (tmp_path / "feedback.duckdb.state").unlink()
    duckdb.load(row("kit:1", text="new"))
    query = "SELECT id, text FROM customer_feedback.feedback ORDER BY id"
    assert duckdb.ask(query) == [("kit:1", "new"), ("kit:2", None)]


def test_nothing_is_left_in_the_staging_dataset(place: Place) -> None:
    place.load(row("kit:1"), row("kit:2"))
    assert place.ask("SELECT count(*) FROM customer_feedback_staging.feedback") == [(0,)]


def test_a_new_question_adds_a_column_and_breaks_nothing(place: Place) -> None:
    """And an answer of another type gets a column of its own; an answer that is taken back leaves nothing."""
    place.load(row("kit:1", additional_fields={"q": 5, "old": "x"}), additional_fields="columns")
    place.load(
        row("kit:1", additional_fields={"q": "five"}),
        row("kit:2", additional_fields={"q": True, "Ação?": ["a", {"b": 1}], "none": None}),
        additional_fields="columns",
    )
    action = column_of("Ação?", "json").name
    found = place.ask(
        f"SELECT id, q_number, q_text, q_bool, old_text, {action}->1->>'b' FROM customer_feedback.feedback ORDER BY id"
    )
    assert found == [("kit:1", None, "five", None, None, None), ("kit:2", None, None, True, None, "1")]
    assert place.ask("SELECT additional_fields->>'q' FROM customer_feedback.feedback ORDER BY id") == [
        ("five",), ("true",),
    ]  # fmt: skip


def test_the_outcome_does_not_depend_on_the_order_of_arrival(place: Place, tmp_path: Path) -> None:
    rows = [row(f"kit:{n}", additional_fields=f) for n, f in enumerate([{"q": 5}, {"q": "x", "a b": 1}, {"a-b": 2}])]
    for each in rows:
        place.load(each, additional_fields="columns")
    other = tmp_path / "other.duckdb"
    loaded(f"dlt+duckdb:///{other}", rows[::-1], additional_fields="columns")
    there, names = Place("", None, partial(asked_of_file, other)), sorted(columns(place))
    assert sorted(columns(there)) == names
    held = f"SELECT {', '.join(set(names) - {'_dlt_load_id', 'posted_at'})} FROM customer_feedback.feedback ORDER BY id"
    assert [list(map(plain, each)) for each in place.ask(held)] == [list(map(plain, each)) for each in there.ask(held)]


def test_with_columns_all_comes_anew_and_with_json_again_too(duckdb: Place) -> None:
    """What shapes the table makes every record another version of itself."""
    rows = [row("kit:1", additional_fields={"q": 1}), row("kit:2")]
    assert duckdb.load(*rows).new == 2
    assert duckdb.load(*rows, additional_fields="columns").updated == 2
    assert duckdb.load(*rows, additional_fields="columns").unchanged == 2
    assert duckdb.ask("SELECT q_number FROM customer_feedback.feedback ORDER BY id") == [(1.0,), (None,)]
    assert duckdb.load(*rows).updated == 2


def test_more_columns_than_a_database_takes_are_refused_before_anything_is_stored(duckdb: Place) -> None:
    wide = row("kit:wide", additional_fields={f"q{number}": number for number in range(2000)})
    duckdb.load(row("kit:1", additional_fields={"q": 1}), additional_fields="columns")
    with opened(duckdb.target, duckdb.state, additional_fields="columns") as sink:
        with pytest.raises(TargetError, match="2,016 columns, more than 1,500"):
            sink.write([Portion("p", [row("kit:2"), wide])])
        sink.write([Portion("p", [row("kit:3", additional_fields={"r": 1})])])
    assert duckdb.ask("SELECT id FROM customer_feedback.feedback ORDER BY id") == [("kit:1",), ("kit:3",)]


def test_what_is_pruned_is_gone_from_the_staging_dataset_too(place: Place) -> None:
    place.load(*(row(f"kit:{number}") for number in range(3)))
    with opened(place.target, place.state) as sink:
        sink.prune(["kit:0", "kit:2", "kit:never"])
    assert place.ask("SELECT id FROM customer_feedback.feedback") == [("kit:1",)]
    assert place.ask("SELECT count(*) FROM customer_feedback_staging.feedback") == [(0,)]


def test_a_table_that_is_gone_is_told_and_not_made_again_with_half_of_the_records(place: Place) -> None:
    place.load(row("kit:1"))
    place.ask("DROP SCHEMA customer_feedback CASCADE; SELECT 1")
    with pytest.raises(TargetError, match=r"holds no customer_feedback.feedback, but .* is the state of one"):
        place.load(row("kit:2"))


def test_the_state_of_one_table_is_not_taken_for_another(duckdb: Place) -> None:
    duckdb.load(row("kit:1"))
    with pytest.raises(ConfigError, match=r"is the state of .*, customer_feedback.feedback, not of .*other.feedback"):
        duckdb.load(row("kit:1"), dataset="other")
    with pytest.raises(ConfigError, match="is the state of"):
        duckdb.load(row("kit:1"), table="other")


def test_two_connections_share_a_table(duckdb: Place) -> None:
    for connection in ("one", "two"):
        with opened(duckdb.target, duckdb.state, connection) as sink:
            sink.write([Portion("p", [row(f"kit.{connection}:1")])])
    query = "SELECT id, connection FROM customer_feedback.feedback ORDER BY id"
    assert duckdb.ask(query) == [("kit.one:1", "one"), ("kit.two:1", "two")]


def test_rows_that_are_large_are_loaded_in_several_packages(duckdb: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MOST_BYTES", 5_000)
    duckdb.load(*(row(f"kit:{number}", text="x" * 2_000) for number in range(5)))
    found = duckdb.ask("SELECT count(*), count(DISTINCT _dlt_load_id) FROM customer_feedback.feedback")
    assert found == [(5, 3)]


def test_what_a_killed_run_has_left_in_our_folder_is_dropped(duckdb: Place, tmp_path: Path) -> None:
    folder = tmp_path / "feedback.duckdb.state.dlt"
    (folder / "packages/normalized/1.5/new_jobs").mkdir(parents=True)
    (folder / "packages/normalized/1.5/new_jobs/feedback.abc.0.parquet").write_bytes(b"half of it")
    with opened(duckdb.target, duckdb.state) as sink:
        sink.write([Portion("p", [row("kit:1")])])
        assert not [path for path in folder.rglob("*") if path.name.startswith("feedback.")]
    assert not folder.exists()


def test_a_package_that_fails_does_not_come_again_with_the_next(tmp_path: Path, postgres_url: str) -> None:
    """Somebody else's constraint refuses one record, for as long as it is sent; the others are loaded."""
    target, state = f"dlt+{postgres_url}", str(tmp_path / "state")
    loaded(target, [row("kit:1")], state, dataset="checked")
    asked(postgres_url, "ALTER TABLE checked.feedback ADD CHECK (text <> 'canary'); SELECT 1")
    with opened(target, state, dataset="checked") as sink:
        with pytest.raises(TargetError, match="CheckViolation, SQLSTATE 23514") as refused:
            sink.write([Portion("p", [row("kit:2", text="canary")])])
        sink.write([Portion("p", [row("kit:3", text="fine")])])
    assert "canary" not in str(refused.value)
    assert sorted(record["id"] for record in in_postgres(postgres_url, "checked")) == ["kit:1", "kit:3"]


def test_without_the_fast_driver_postgres_holds_the_same(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be loaded as Parquet is inserted; also empty texts, which its CSV would take for none."""
    monkeypatch.setenv("DISABLE_ADBC_DETECTION", "true")
    rows = [FULL, row("kit:2", text="", author_name='it\'s \\ "quoted"', additional_fields={"a'b": "c\\d"})]
    loaded(f"dlt+{postgres_url}", rows, str(tmp_path / "state"), dataset="inserted")
    held = sorted(in_postgres(postgres_url, "inserted"), key=lambda record: str(record["id"]))
    fields = held[0]["additional_fields"]
    fields["large"] = float(fields["large"])  # jsonb writes 1e300 with all its digits
    assert held == [json.loads(each.line) for each in rows]
    (kind,) = asked(postgres_url, "SELECT pg_typeof(additional_fields)::text FROM inserted.feedback LIMIT 1")
    assert kind == ("jsonb",)


def test_postgres_refuses_a_nul_as_a_reject_and_takes_the_others(tmp_path: Path, postgres_url: str) -> None:
    target, state = f"dlt+{postgres_url}", str(tmp_path / "state")
    rows = [row("kit:1", text="a\0b"), row("kit:2"), row("kit:3", additional_fields={"a": "\0"})]
    with opened(target, state, dataset="nul") as sink:
        (stored,) = sink.write([Portion("p", rows)])
        (reject,) = sink.rejects("p")
    assert (stored.new, stored.refused, reject.key, reject.reason) == (2, ("target.nul",), "kit:1", "target.nul")
    assert sorted(record["id"] for record in in_postgres(postgres_url, "nul")) == ["kit:2", "kit:3"]


NUL_IN_FIELDS = [
    row("kit:1", additional_fields={"a": "\0"}),
    row("kit:2", additional_fields={"a": ["\0"]}),
    row("kit:3", additional_fields={"a": "\\u0000"}),
]
"""As a text, within a list, and a text that only looks so."""


def test_postgres_refuses_a_nul_in_a_column_of_a_question(tmp_path: Path, postgres_url: str) -> None:
    target, state = f"dlt+{postgres_url}", str(tmp_path / "state")
    with opened(target, state, dataset="nul_columns", additional_fields="columns") as sink:
        (stored,) = sink.write([Portion("p", NUL_IN_FIELDS)])
        (reject,) = sink.rejects("p")
    assert (stored.new, reject.key, reject.reason) == (2, "kit:1", "target.nul")


def test_without_the_fast_driver_postgres_refuses_a_nul_wherever_it_stands(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISABLE_ADBC_DETECTION", "true")
    target, state = f"dlt+{postgres_url}", str(tmp_path / "state")
    with opened(target, state, dataset="nul_inserted") as sink:
        (stored,) = sink.write([Portion("p", NUL_IN_FIELDS)])
        rejects = sink.rejects("p")
    assert (stored.new, [reject.key for reject in rejects]) == (1, ["kit:1", "kit:2"])


def test_duckdb_uses_more_memory_where_it_must(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One text may take more than it may use at first: it is given more, and the package comes again."""
    large = row("kit:1", text="Não gostei. " * 1_700_000)
    loaded(f"dlt+duckdb:///{tmp_path}/feedback.duckdb", [large], duckdb_memory_mb=32)
    (held,) = in_duckdb(tmp_path / "feedback.duckdb")
    assert held["text"] == large.feedback.text
    monkeypatch.setattr(destinations, "STEPS", 0)
    with pytest.raises(TargetError, match="OutOfMemory"):
        loaded(f"dlt+duckdb:///{tmp_path}/other.duckdb", [large], duckdb_memory_mb=32)
