"""The kit for load plugins, tested: for each check there is a broken plugin that it catches, and only it."""

import inspect
import io
import json
import os
import re
import sqlite3
import sys
import tempfile
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from connector_core.errors import ConfigError
from connector_core.hookspecs import GROUP
from connector_core.sink import Portion
from connector_core.testing import Check, NotShownError, SinkCase, sink_contract
from connector_core.testing.sink_case import Trials, trials
from connector_core.testing.sink_checks import SINK_CHECKS
from connector_core.testing.sink_child import Ended, Fuse, Task, attempt, elsewhere, run
from connector_core.testing.sink_rows import commits, row
from tests.testing.broken_sinks import ALL, BROKEN, MORE

BY_NAME = {check.name: check for check in SINK_CHECKS}


@pytest.fixture(scope="module", autouse=True)
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A distribution of all these plugins, on the path of this process and of its children."""
    site = tmp_path_factory.mktemp("site")
    info = site / "shelves-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shelves\nVersion: 1.0\n")
    broken = [f"{name} = tests.testing.broken_sinks:{name}" for name in ALL]
    (info / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", "my_target = my_target", *broken]))
    sys.path.insert(0, str(site))
    yield
    sys.path.remove(str(site))


def records(folder: Path) -> list[dict[str, Any]]:
    """What the target holds, each record as a line of JSON lines has it."""
    return [json.loads(line) for line in (folder / "feedback.jsonl").read_bytes().splitlines()]


test_contract = sink_contract(SinkCase(target=lambda folder: f"my_target:{folder}/feedback.jsonl", read=records))


def test_the_guide_shows_this_contract() -> None:
    root = Path(__file__).parent.parent.parent
    page = (root / "docs/conformance.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```python\n(.*?)```", page[page.index("## Load plugins") :], re.DOTALL)
    assert shown in Path(__file__).read_text(encoding="utf-8")


def case(scheme: str, kills: int = 3) -> SinkCase:
    """A plugin under trial."""
    return SinkCase(lambda folder: f"{scheme}:{folder}/feedback.jsonl", records, kills=kills)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """In memory, where there is a folder for that: the kit asks for thousands of files to be on the disk."""
    memory = Path("/dev/shm")  # noqa: S108 - only where fresh folders are made, under names that nobody can guess
    if os.access(memory, os.W_OK):
        monkeypatch.setattr(tempfile, "tempdir", str(memory))


def problems(check: Check[Trials], subject: SinkCase) -> list[str]:
    with trials(subject) as given:
        return check.problems(given)


def test_there_is_a_broken_plugin_for_each_check() -> None:
    assert [broken.caught_by for broken in BROKEN.values()] == list(BY_NAME)


def caught(name: str, tried: Collection[str]) -> dict[str, list[str]]:
    """Which of these checks find something wrong with a plugin, and what."""
    subject = case(name, kills=48 if name == "writes_in_place" else 3)
    return {check: said for check in BY_NAME if check in tried and (said := problems(BY_NAME[check], subject))}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_caught_by_its_check(name: str) -> None:
    """And by no other: see `test_sharpness.py`."""
    assert caught(name, [BROKEN[name].caught_by])


@pytest.mark.parametrize("name", MORE)
def test_a_check_finds_whatever_breaks_its_rule(name: str) -> None:
    broken = MORE[name]
    assert broken.says in " ".join(problems(BY_NAME[broken.caught_by], case(name, kills=48)))


# --- how it looks at a plugin


def test_what_needs_files_is_not_shown_on_a_target_without_any() -> None:
    subject = SinkCase(lambda _: "sqlite:///:memory:", lambda _: [])
    for name in ("files_are_for_their_owner_alone", "what_cannot_be_written_is_refused_in_a_line"):
        with pytest.raises(NotShownError, match="keeps no file in the folder"):
            problems(BY_NAME[name], subject)


def test_what_cannot_even_write_is_caught_before_it_is_killed() -> None:
    subject = evolve(case("my_target"), target=lambda folder: f"my_target:{folder}/missing/feedback.jsonl")
    (said,) = problems(BY_NAME["killed_at_any_moment_the_next_run_makes_it_whole"], subject)
    assert said == "a run in a process of its own ends in ConfigError"


def task(folder: Path) -> Task:
    return Task(f"my_target:{folder}/feedback.jsonl", "acme", None, commits())


def test_a_run_can_be_killed_before_and_after_everything_by_which_it_changes_the_world(tmp_path: Path) -> None:
    seen: list[str] = []
    whole = run(task(tmp_path))
    count = whole.moments
    for moment in (1, count // 2, count, count + 1):
        folder = tmp_path / f"{moment}"
        folder.mkdir()
        told = Task(f"my_target:{folder}/feedback.jsonl", "acme", None, commits(), die_at=moment)
        assert run(told, partial(seen.append, f"{moment}")).moments == count
    assert seen == ["1", f"{count // 2}", f"{count}"]


def test_what_a_moment_is() -> None:
    seen, database = list[int](), sqlite3.connect(":memory:")
    fuse, frame = Fuse(3, lambda: seen.append(fuse.moments)), inspect.currentframe()
    assert frame
    for event, called in (
        ("c_call", os.fsync),
        ("c_return", os.fsync),
        ("call", os.fsync),
        ("c_call", os.getpid),
        ("c_call", "text".replace),
        ("c_call", database.execute),
        ("c_call", io.BytesIO().write),
    ):
        fuse(frame, event, called)
    database.close()
    assert (seen, fuse.moments) == ([3], 4)


def test_a_process_of_its_own_says_how_it_ended_or_is_dead(tmp_path: Path) -> None:
    ended = elsewhere(task(tmp_path))
    assert (ended.error, ended.killed) == (None, False)
    assert elsewhere(Task(f"my_target:{tmp_path}/other.jsonl", "acme", None, commits(), die_at=ended.moments)).killed
    assert elsewhere(Task("my_target:", "acme", None)) == Ended(
        "ConfigError", "--to my_target:: write my_target:path/of/a/file.jsonl"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")
def test_an_ordinary_user_is_not_root(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert elsewhere(Task(f"my_target:{tmp_path}/feedback.jsonl", "acme", None, ordinary=True)).error == "TargetError"


def leave() -> None:
    sys.exit("bye")


@pytest.mark.parametrize(
    ("ended", "wrong"),
    [
        (Ended(), []),
        (Ended("ConfigError", "one line"), []),
        (Ended("ConfigError", "two\nlines"), ["the message is not one line"]),
        (Ended("ConfigError"), ["the message is not one line"]),
        (Ended("TargetError", "one line"), ["ends in TargetError, not in ConfigError"]),
        (Ended(killed=True), ["the process dies or hangs"]),
        (attempt(leave), ["ends in SystemExit, not in ConfigError"]),
    ],
)
def test_a_proper_refusal_is_one_line_of_the_right_kind(ended: Ended, wrong: list[str]) -> None:
    assert ended.improper(ConfigError) == wrong


def test_differences_are_named_without_the_values() -> None:
    with trials(case("my_target")) as given:
        trial = given.fresh()
        trial.write(Portion("p", [row("1", text="secret"), row("2")]))
        assert list(trial.unlike([row("1"), row("2", rating="8")])) == [
            "record 0: text is there",
            "record 1: rating is not what was written",
        ]
        assert list(trial.unlike([row("1")])) == ["it holds 2 records where there must be 1"]
        assert list(trial.unlike([row("2"), row("1", text="secret")])) == []
