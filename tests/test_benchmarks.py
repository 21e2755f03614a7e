"""The benchmark measures what it says: its account is served as the API is, its checks see what is wrong."""

import importlib
import json
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
BENCHMARKS = ROOT / "benchmarks"
COMMAND = Path(sysconfig.get_path("scripts")) / "connector-run"


@contextmanager
def served(*options: str) -> Iterator[str]:
    """The benchmark's server, in its own process; gives its base URL."""
    command = [sys.executable, str(BENCHMARKS / "server.py"), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield json.loads(process.stdout.readline())["base_url"]
        finally:
            process.terminate()


def imported(base_url: str, folder: Path, target: str) -> None:
    """Import an account with the real command."""
    config = {
        "connection_details": {"token": "t", "base_url": base_url},
        "data_source": {"organization_id": "6f1c0a52-9d0e-4b57-8a3c-2f7d1e5b9a10", "time_zone": "America/Sao_Paulo"},
        "metadata": {"transaction_id_field": "ticket_id", "transaction_platform": "Zendesk"},
    }
    command = [str(COMMAND), "--plugin", "trackco_cxm", "--config", "-", "--to", target, "--quiet"]
    subprocess.run(command, input=json.dumps(config), cwd=folder, text=True, check=True)


def verified(form: str, folder: Path, answers: int, surveys: int) -> subprocess.CompletedProcess[str]:
    """What the benchmark's own check says of an output."""
    command = [sys.executable, str(BENCHMARKS / "verify.py"), form, str(folder)]
    return subprocess.run(
        [*command, f"--answers={answers}", f"--surveys={surveys}"], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("options", "form", "target"),
    [((), "lines", "jsonl:out.jsonl"), (("--lazy",), "sqlite", "sqlite:///out.db")],
    ids=["written before", "written lazily"],
)
def test_the_account_is_served_as_the_api_is(tmp_path: Path, options: tuple[str, ...], form: str, target: str) -> None:
    """Our plugin reads all of it, and makes of each answer what an expectation without any of its code says."""
    with served("--answers=300", "--surveys=2", *options) as base_url:
        imported(base_url, tmp_path, target)
    done = verified(form, tmp_path, 300, 2)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_account_of_another_edition_has_the_same_answers_edited(tmp_path: Path) -> None:
    for edition in (0, 1):
        with served("--answers=120", f"--edition={edition}") as base_url:
            imported(base_url, tmp_path, f"jsonl:{edition}.jsonl")
    first, second = (
        [json.loads(line) for line in (tmp_path / f"{edition}.jsonl").read_text(encoding="utf-8").splitlines()]
        for edition in (0, 1)
    )
    assert [one["id"] for one in first] == [other["id"] for other in second]
    assert not any(one == other for one, other in zip(first, second, strict=True))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda lines: lines[:-1], "119 of 120 records"),
        (lambda lines: [*lines, lines[0]], "comes twice"),
        (lambda lines: [line.replace("T0", "T1") for line in lines], "posted_at"),
        (lambda lines: [line.replace("ç", "c") for line in lines], "additional_fields"),
    ],
    ids=["one is missing", "one comes twice", "another hour", "without accents"],
)
def test_an_output_that_is_wrong_is_seen(tmp_path: Path, spoil: Any, said: str) -> None:
    with served("--answers=120") as base_url:
        imported(base_url, tmp_path, "jsonl:out.jsonl")
    out = tmp_path / "out.jsonl"
    lines = out.read_text(encoding="utf-8").splitlines()
    out.write_text("\n".join(spoil(lines)) + "\n", encoding="utf-8")
    done = verified("lines", tmp_path, 120, 1)
    assert done.returncode == 1
    assert said in done.stderr


def row(name: str, wall: list[float]) -> dict[str, Any]:
    """One contestant's part of a race."""
    return {
        "name": name, "title": name.title(), "wall": wall, "cpu": wall, "peak": [33.0], "requests": 10,
        "most_in_flight": 1,
    }  # fmt: skip


def test_the_page_tells_what_was_measured_and_who_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Medians, spreads, ratios to the floor, aims that are met and missed, and peers that are faster."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    report = importlib.import_module("report")
    race = {
        "name": "page_100", "title": "100 a page", "answers": 1000, "surveys": 1, "page_size": 100, "latency": 0,
        "rounds": 3,
        "rows": [row("floor", [2.0, 1.0, 4.0]), row("ours_jsonl", [1.0, 1.0, 1.0]), row("ours_sqlite", [4.0, 4.0, 4.0]),
                 row("by_hand", [0.5, 0.5, 0.5])],
    }  # fmt: skip
    machine = {
        "date": "2026-11-25", "commit": "abc", "processor": "A chip", "cores": 2, "memory_gb": 4, "system": "Linux",
        "python": "3.11",
    }  # fmt: skip
    page = report.page({"races": {"machine": machine, "found": [race, race | {"name": "page_1000"}]}})
    assert "| Floor       | 2.00 (1.00-4.00) |           1.00 |" in page
    assert "| 100 a page, JSON lines: ratio to the floor | at most 0.90 |     0.50 |        met |" in page
    assert "| 100 a page, SQLite: ratio to the floor     | at most 1.40 |     2.00 | **missed** |" in page
    assert "faster than our fastest (1.00 s): By_Hand (0.50 s)" in page
    assert "not to be quoted" not in page
    assert report.svg([race, race]).count("<circle") == 2 + 2 * 4


def test_every_contestant_is_there_and_every_environment_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    peers, races = importlib.import_module("peers"), importlib.import_module("races")
    for contestant in peers.CONTESTANTS:
        if contestant.environment:
            assert (BENCHMARKS / "contestants" / f"{contestant.script}.py").is_file()
            pins = (BENCHMARKS / "requirements" / f"{contestant.environment}.txt").read_text(encoding="utf-8")
            assert all("==" in line for line in pins.splitlines())
    named = {name for race in races.RACES for name in race.field}
    assert named == {contestant.name for contestant in peers.CONTESTANTS}
