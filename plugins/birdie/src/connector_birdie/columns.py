"""The flat form of a body, for files: one column for each place of the table, and back."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from attrs import frozen

from connector_birdie.body import Path, Table, compile_table
from connector_core import Feedback, Json
from connector_core.loading import encode

VERSION = "version"
"""The column that is no part of a body: a number that grows with each row of a connection, across all of its files.
Of two rows with one feedback id, that with the larger number is the later version (ours, so ASSUMED to do no harm)."""


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

    def cells(self, feedback: Feedback) -> list[str | None]:
        """The texts of one row, in the order of the columns; None where there is nothing to say.

        The additional fields are JSON, and so is whatever else is no text. What UTF-8 cannot hold, which only a mapper
        can have made, is written as JSON lines have it.
        """
        body = self.table.body(feedback)
        return [_text(body, column.path) for column in self.each]

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


def _text(body: Mapping[str, Json], path: Path) -> str | None:
    """What stands at a place of a body, as a text that UTF-8 can hold."""
    value: Json = body
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, str):
        return None if value is None else encode(value).decode()
    return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


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
