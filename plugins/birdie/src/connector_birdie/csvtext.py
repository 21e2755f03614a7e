"""CSV as RFC 4180 has it, in UTF-8, and safe to open in a spreadsheet."""

import re
from collections.abc import Sequence

from connector_birdie.columns import VERSION, Columns

SUFFIX = "csv"

_FORMULA = re.compile(r"'*(?!-?[0-9]+\Z)[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How a text begins that a spreadsheet may take for a formula, its full-width forms too; or one that was defused. What
is a whole number is no formula."""


def defused(text: str) -> str:
    """The text as no spreadsheet takes it for a formula: with an apostrophe before it, where it begins like one."""
    return f"'{text}" if _FORMULA.match(text) else text


def restored(text: str) -> str:
    """The text that was defused."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def encode(columns: Columns, rows: Sequence[Sequence[str | None]], versions: Sequence[int]) -> bytes:
    """A whole file. Texts are quoted, so that an empty one differs from none; the version is a plain number."""
    lines = [",".join(_cell(name) for name in (*(column.name for column in columns.each), VERSION))]
    lines += [",".join([*map(_cell, row), str(version)]) for row, version in zip(rows, versions, strict=True)]
    return "".join(f"{line}\r\n" for line in lines).encode()


def _cell(text: str | None) -> str:
    return "" if text is None else '"' + defused(text).replace('"', '""') + '"'
