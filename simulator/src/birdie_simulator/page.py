"""What a person sees of a running simulator: how many records have arrived, and the latest ones."""

from collections import Counter
from html import escape
from typing import Any

from birdie_simulator.store import Store

_LATEST = 25
_LONGEST = 300
"""Characters of a text that are shown."""

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<title>Birdie simulator</title></head><body>
<h1>Birdie simulator</h1>
<p>This is no Birdie: it takes what Birdie's ingestion API would, on this machine, and forgets it when it ends.</p>
<p><b>{nps}</b> nps and <b>{csat}</b> csat records;
{created} were created, {updated} updated, {repeated} repeated unchanged.</p>
<table border="1" cellpadding="4">
<tr><th>arrived</th><th>kind</th><th>rating</th><th>title</th><th>author</th><th>text</th><th>ticket</th><th>id</th></tr>
{rows}</table>
</body></html>
"""


def page(store: Store) -> str:
    """Return the page as HTML; nothing of a record is taken for HTML."""
    kinds = Counter(body["kind"]["name"] for body in store.records.values())
    counts = store.counts
    latest = list(reversed(store.latest.items()))[:_LATEST]
    rows = "".join(_row(f"{at:%H:%M:%S}", store.records[key]) for key, at in latest)
    return _PAGE.format(
        nps=kinds["nps"],
        csat=kinds["csat"],
        created=counts.created,
        updated=counts.updated,
        repeated=counts.repeated,
        rows=rows,
    )


def _row(arrived: str, body: Any) -> str:
    fields = body["kind"]["fields"]
    names = ("rating", "title", "author_name", "text", "ticket_id", "feedback_id")
    cells = (arrived, body["kind"]["name"], *(fields.get(name, "") for name in names))
    return f"<tr>{''.join(f'<td>{escape(_short(cell))}</td>' for cell in cells)}</tr>\n"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
