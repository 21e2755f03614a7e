"""Checks what a contestant wrote: `python benchmarks/verify.py FORM FOLDER --answers N --surveys N`.

How many records there are, that no id comes twice, and that a sample of the records is what it must be, accents and
time zones included. A process of its own, since it holds every id, and who measures must be small.
"""

import argparse
import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from account import Account
from expectation import expected

Record = dict[str, Any]
STEP = 97
"""Every so many answers one is compared."""


def lines(folder: Path) -> Iterator[Record]:
    """JSON lines."""
    with (folder / "out.jsonl").open("rb") as file:
        yield from map(json.loads, file)


def singer(folder: Path) -> Iterator[Record]:
    """RECORD messages of Singer; there must be a STATE message too."""
    state = False
    for message in lines(folder):
        state = state or message["type"] == "STATE"
        if message["type"] == "RECORD":
            yield message["record"]
    if not state:
        sys.exit("there is no STATE message")


def airbyte(folder: Path) -> Iterator[Record]:
    """RECORD messages of Airbyte, without the date that slices need; there must be a STATE message too."""
    state = False
    for message in lines(folder):
        state = state or message["type"] == "STATE"
        if message["type"] == "RECORD":
            data: Record = message["record"]["data"]
            data.pop("answered_at", None)
            yield data
    if not state:
        sys.exit("there is no STATE message")


def dlt(folder: Path) -> Iterator[Record]:
    """The files that dlt's filesystem destination made, without its own columns."""
    for path in (folder / "out/bench/feedback").glob("*.jsonl"):
        with path.open("rb") as file:
            for record in map(json.loads, file):
                yield {key: value for key, value in record.items() if not key.startswith("_dlt")}


def _row(columns: list[str], row: tuple[Any, ...]) -> Record:
    record = {key: value for key, value in zip(columns, row, strict=True) if value is not None}
    for key in ("transaction", "additional_fields"):
        record[key] = json.loads(record[key]) if isinstance(record[key], str) else record[key]
    if isinstance(record["posted_at"], datetime):
        record["posted_at"] = record["posted_at"].astimezone(UTC).isoformat()
    return {key: value for key, value in record.items() if not key.startswith("_dlt")}


def duckdb(folder: Path) -> Iterator[Record]:
    """The table that dlt made in DuckDB."""
    import duckdb as database  # noqa: PLC0415 - only here

    with database.connect(str(folder / "out.duckdb"), read_only=True) as connection:
        found = connection.execute("SELECT * FROM bench.feedback")
        columns = [column[0] for column in found.description]
        while rows := found.fetchmany(1000):
            yield from (_row(columns, row) for row in rows)


def sqlite(folder: Path) -> Iterator[Record]:
    """Our table in SQLite, but for the columns that are the journal's."""
    connection = sqlite3.connect(folder / "out.db")
    columns = [
        "id", "kind", "rating", "title", "text", "posted_at", "author_id", "author_name", "survey_id", "survey_title",
        "additional_fields",
    ]  # fmt: skip
    ticket = "json_object('id', transaction_id, 'platform', transaction_platform)"
    for row in connection.execute(f"SELECT {', '.join(columns)}, {ticket} FROM feedback"):  # noqa: S608 - columns
        yield _row([*columns, "transaction"], row)
    connection.close()


FORMS: dict[str, Callable[[Path], Iterator[Record]]] = {
    form.__name__: form for form in (lines, singer, airbyte, dlt, duckdb, sqlite)
}


def fault(records: Iterator[Record], account: Account, *, mapped: bool) -> str | None:
    """What is wrong with the records, or None."""
    wanted = {}
    for survey in account.surveys:
        definition = survey.definition()
        for index in range(0, survey.size, STEP):
            [raw] = account.written(survey, index, index + 1)
            record = expected(json.loads(raw), definition)
            wanted[record["id"]] = record
    ids, compared = set(), 0
    for record in records:
        own = record["id" if mapped else "uuid"]
        if own in ids:
            return f"{own} comes twice"
        ids.add(own)
        if not mapped:
            continue
        if own in wanted:
            compared += 1
            record["posted_at"] = record["posted_at"].replace("+00:00", "Z").replace(" ", "T")
            if record != wanted[own]:
                odd = {key for key in {*record, *wanted[own]} if record.get(key) != wanted[own].get(key)}
                return f"{own} differs in {sorted(odd)}: {[(record.get(k), wanted[own].get(k)) for k in sorted(odd)]}"
    if len(ids) != account.answers or (mapped and compared != len(wanted)):
        return f"{len(ids)} of {account.answers} records, {compared} of {len(wanted)} compared"
    return None


def main() -> None:
    """Say what is wrong, and exit 1, or nothing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("form", choices=[*FORMS, "raw"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--answers", type=int, required=True)
    parser.add_argument("--surveys", type=int, default=1)
    asked = parser.parse_args()
    form = lines if asked.form == "raw" else FORMS[asked.form]
    wrong = fault(form(asked.folder), Account(asked.answers, asked.surveys), mapped=asked.form != "raw")
    if wrong:
        sys.exit(f"{asked.folder}: {wrong}")


if __name__ == "__main__":
    main()
