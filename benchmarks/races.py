"""Everybody on the same work, in turn, as whole processes; every output is checked."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import asdict, evolve, field, frozen
from measure import Cost, measured
from peers import CONTESTANTS
from serving import HERE, Served, serving


@frozen
class Race:
    """One piece of work.

    Attributes:
        answers: in all surveys together.
        latency: milliseconds a request.
        field: who takes part, by name.
    """

    name: str
    title: str
    answers: int
    surveys: int
    page_size: int
    latency: int
    field: tuple[str, ...] = field(factory=tuple)


_ALL = (
    "floor", "by_hand", "ours_jsonl", "ours_sqlite", "singer_tuned", "singer", "dlt", "airbyte",
    "dlt_arrow", "dlt_duckdb",
)  # fmt: skip
_SLOW = (
    "floor", "by_hand", "by_hand_4", "ours_jsonl", "ours_8", "ours_16", "singer_tuned", "singer", "dlt", "airbyte",
    "dlt_duckdb",
)  # fmt: skip

RACES = (
    Race("page_100", "100 a page", 100_000, 1, 100, 0, _ALL),
    Race("page_1000", "1,000 a page", 100_000, 1, 1000, 0, _ALL),
    Race("latency_1", "50 ms a request, one survey", 20_000, 1, 100, 50, (*_SLOW, "airbyte_slices")),
    Race("latency_16", "50 ms a request, 16 surveys", 20_000, 16, 100, 50, (*_SLOW, "airbyte_8", "dlt_8")),
)


def quick(races: Sequence[Race]) -> list[Race]:
    """The same with less work, without those who take long."""
    long = {"dlt_duckdb", "dlt_arrow", "ours_16", "airbyte"}
    chosen = [race for race in races if race.name != "latency_16"]
    return [
        evolve(
            race,
            answers=5_000 if race.latency else 20_000,
            field=tuple(n for n in race.field if n not in long or (n == "airbyte" and not race.latency)),
        )
        for race in chosen
    ]


def scaled(races: Sequence[Race], scale: float) -> list[Race]:
    """The same with less work."""
    return [evolve(race, answers=int(race.answers * scale)) for race in races]


def run(races: Sequence[Race], rounds: int, folder: Path, ours: Path) -> Iterator[dict[str, Any]]:
    """Each race with all its rounds: the work, and for each contestant what every round cost."""
    for race in races:
        runners = [c for name in race.field for c in CONTESTANTS if c.name == name and c.is_there]
        rows: dict[str, dict[str, Any]] = {
            c.name: {"name": c.name, "title": c.title, "wall": [], "cpu": [], "peak": []} for c in runners
        }
        with serving(answers=race.answers, surveys=race.surveys, latency=race.latency) as server:
            for number in range(rounds):
                for contestant in runners:
                    print(f"  {race.title}: round {number + 1} of {rounds}, {contestant.title}", file=sys.stderr)
                    (folder / "run").mkdir()
                    command = contestant.command(server.base_url, folder / "run", race.page_size, ours)
                    _add(rows[contestant.name], measured(command, folder / "run"), server)
                    check(contestant.form, folder / "run", race.answers, race.surveys)
                    shutil.rmtree(folder / "run")
        yield asdict(evolve(race, field=())) | {"rounds": rounds, "rows": list(rows.values())}


def _add(row: dict[str, Any], cost: Cost, server: Served) -> None:
    """Add a round to what is known of a contestant."""
    row |= server.asked()
    for name, value in asdict(cost).items():
        row[name].append(value)


def check(form: str, folder: Path, answers: int, surveys: int) -> None:
    """Check an output, in a process of its own; ends the benchmark if it is wrong."""
    command = [sys.executable, str(HERE / "verify.py"), form, str(folder)]
    if subprocess.run([*command, f"--answers={answers}", f"--surveys={surveys}"], check=False).returncode:
        sys.exit(1)
