"""Accounts whose every answer is odd, through the real run: what is loaded, skipped and rejected, field by field."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.simulated import CXM, NPS, READ, Import
from trackco_simulator import Hostile, hostile_cxm, hostile_nps, serve
from trackco_simulator.hostile.oddities import DEEP

DEEPEST = 254
MAKE: dict[str, Callable[[int], Hostile[Any]]] = {CXM: hostile_cxm, NPS: hostile_nps}


def unfolded(value: Any) -> str:
    """The JSON text of a list in a list in a list, of which what was too deep stands as its text already."""
    levels = 0
    while isinstance(value, list) and value:
        value, levels = value[0], levels + 1
    assert levels < DEEPEST
    inside = value if isinstance(value, str) else "[]"
    return "[" * levels + inside + "]" * levels


def plainly(record: dict[str, Any]) -> dict[str, Any]:
    """A record with what is nested very deeply as JSON text."""
    extra = record["additional_fields"]
    deep = {name: unfolded(value) for name, value in extra.items() if name.endswith(f".{DEEP}")}
    return record | {"additional_fields": extra | deep}


def differences(got: dict[str, Any], expected: dict[str, Any], path: str = "") -> list[str]:
    """What is not as it must be, each in a few letters: a value may have millions."""
    found = []
    for name in sorted(got.keys() | expected.keys()):
        one, other = got.get(name), expected.get(name)
        if isinstance(one, dict) and isinstance(other, dict):
            found += differences(one, other, f"{path}{name[:40]}: ")
        elif one != other or isinstance(one, bool) is not isinstance(other, bool):
            found.append(f"{path}{name[:40]}: {str(one)[:60]!r}, must be {str(other)[:60]!r}")
    return found


def rejects(path: Path) -> dict[str, str]:
    """The reasons for which answers were rejected, by key."""
    with closing(sqlite3.connect(path)) as db:
        return dict(db.execute("SELECT key, reason FROM connector_reject").fetchall())


@pytest.mark.parametrize("plugin", MAKE)
@pytest.mark.parametrize(("seed", "threads", "form"), [(1, 1, "sqlite:///{}"), (2, 8, "jsonl:{}")])
def test_what_is_odd_becomes_what_it_must(plugin: str, seed: int, threads: int, form: str, tmp_path: Path) -> None:
    """All that is loaded, field by field; all that is not, by its reason; and the same again changes nothing."""
    hostile, path = MAKE[plugin](seed), tmp_path / "target"
    with serve(hostile.account) as server:
        reading = Import(plugin, server, form.format(path))
        first = reading.run(threads)
        again = reading.run(threads, full_refresh=True)
    loaded = {record["id"]: plainly(record) for record in READ[form](path)}
    assert loaded.keys() == hostile.records.keys()
    assert [wrong for key, record in hostile.records.items() for wrong in differences(loaded[key], record)] == []
    assert (first.error, first.failed, first.exit_code) == (None, {}, 3)
    total = first.total
    assert (total.new, total.skipped, total.rejected_by) == (len(loaded), hostile.skipped, hostile.rejected)
    assert (total.outside, total.notes["time.ambiguous"]) == (hostile.outside, hostile.ambiguous)
    assert total.duplicate == hostile.repeated
    kept = rejects(path if form.startswith("sqlite") else path.with_name("target.state"))
    prefix = f"{plugin}:"
    assert {key: reason for key, reason in kept.items() if key.startswith(prefix)} == hostile.rejected_ids
    assert (again.error, again.failed, again.exit_code) == (None, {}, 0)
    assert (again.total.loaded, again.total.unchanged) == (0, len(loaded))
    assert not again.gone
