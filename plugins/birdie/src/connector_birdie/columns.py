"""The flat form of a body, for files: one column for each place of the table, and back."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from attrs import evolve, frozen

from connector_birdie.body import Path, Table, compile_table
from connector_core import Feedback, Json
from connector_core.loading import Row

VERSION = "version"
"""The column that is no part of a body: a number that grows with each row of a connection, across all of its files.
Of two rows with one feedback id, that with the larger number is the later version (ours, so ASSUMED to do no harm)."""

_ENCODE = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


@frozen
class Column:
    """One column of text.

    Attributes:
        name: the last name of its place; `kind` for the kind, whose last name says nothing.
        path: its place in the body.
        source: as a table names it; empty for one additional field that was moved.
    """

    name: str
    path: Path
    source: str = ""


@frozen
class Columns:
    """All columns of a file but `VERSION`, in order."""

    table: Table
    each: Sequence[Column]

    def cells(self, row: Row) -> list[str | None]:
        """The texts of one row, in the order of the columns; None where there is nothing to say.

        The additional fields are JSON, and so is whatever else is no text. What no file can hold is written as the
        row's own line has it.
        """
        try:
            return list(self._cells(row.feedback))
        except (TypeError, ValueError):  # a value that JSON does not know, which only a mapper can have made
            return list(self._cells(evolve(row.feedback, additional_fields=json.loads(row.line)["additional_fields"])))

    def record(self, cells: Mapping[str, str | None]) -> dict[str, Json]:
        """The record of which these cells were made, by their columns' names, as a line of JSON lines has it."""
        body: dict[str, Json] = {}
        for column in self.each:
            text = cells[column.name]
            if text is not None:
                within = body
                for name in column.path[:-1]:
                    within = within.setdefault(name, {})
                within[column.path[-1]] = json.loads(text) if column.path == self.table.rest else text
        return self.table.record(body)

    def _cells(self, feedback: Feedback) -> Iterator[str | None]:
        body = self.table.body(feedback)
        for column in self.each:
            value: Json = body
            for name in column.path:
                value = value.get(name) if isinstance(value, dict) else None
            text = value if isinstance(value, str | None) else _ENCODE(value)
            yield text if text is None or text.isascii() else _whole(text)


def _whole(text: str) -> str:
    """The text as UTF-8 can hold it: a lone surrogate becomes U+FFFD, as in JSON lines."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def columns_of(overrides: Mapping[str, str]) -> Columns:
    """The columns that these overrides of the table give. What stands within the additional fields stays in their JSON.

    The batch has no column: a file is one.

    Raises:
        ValueError: no file can be made by this table; says in one line why.
    """
    table = compile_table(overrides)
    sources = {source: path for source, path in table.places.items() if source != "batch_id"}
    found = [Column("kind" if source == "kind" else path[-1], path, source) for source, path in sources.items()]
    found += [Column(path[-1], path) for path in table.moved.values() if path]
    if table.rest:
        inside = table.rest
        found = [column for column in found if column.path[: len(inside)] != inside] + [Column(inside[-1], inside)]
    names = Counter([VERSION, *(column.name.lower() for column in found)])
    for column in found:
        if names[column.name.lower()] > 1:
            raise ValueError(f"two columns of a file would be called {column.name}; give one of them another place")
    return Columns(table, found)
