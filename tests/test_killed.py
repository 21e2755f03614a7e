"""The real command, killed by SIGKILL again and again, and started until it ends: the target is as if it never was.

`TORTURE_KILLS` says how many kills, `TORTURE_SEED` from where on they are drawn.
"""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from attrs import define, field

from tests.fakes import PLAINLY
from tests.mortal import JSONL, SQLITE
from trackco_simulator import Behaviour, generate_cxm, generate_nps, serve

RUN = [str(Path(sysconfig.get_path("scripts")) / "connector-run")]
KILLS = int(os.environ.get("TORTURE_KILLS", "64"))
SEED = int(os.environ.get("TORTURE_SEED", "1"))
END = datetime(2026, 9, 1, tzinfo=UTC)
ACCOUNTS: dict[str, Callable[[], Any]] = {
    "trackco_cxm": partial(generate_cxm, 7, 600, surveys=8, end=END),
    "trackco_nps": partial(generate_nps, 7, 600, campaigns=40, end=END),
}
FORMS = {"sqlite": ("sqlite:///{}", "f.db", SQLITE), "jsonl": ("jsonl:{}", "f.jsonl", JSONL)}
OURS = {"run_no", "runs", "inode"}
"""Columns that tell one run or one file from another, and so are not the same after another number of runs."""
LATENCY = {1: 0.1, 8: 0.5}
"""Seconds for each answer, by threads, so that a run takes several commits of a second each."""
COMBINATIONS = list(product(ACCOUNTS, FORMS, LATENCY))


def content(folder: Path, scratch: Path) -> dict[str, Any]:
    """All that a target holds, looked at in a copy, so that nothing is repaired by looking."""
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(folder, scratch)
    held: dict[str, Any] = {path.name: path.read_bytes() for path in scratch.glob("*.jsonl")}
    for path in (*scratch.glob("*.db"), *scratch.glob("*.state")):
        with closing(sqlite3.connect(path)) as db:
            for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                found = db.execute(f"SELECT * FROM {table}")
                kept = [number for number, column in enumerate(found.description) if column[0] not in OURS]
                held[table] = sorted(repr([row[number] for number in kept]) for row in found)
    return held


def records(held: dict[str, Any]) -> int:
    """How many records stand in a target."""
    return len(held.get("feedback", ())) or held.get("f.jsonl", b"").count(b"\n")


@define
class Torture:
    """One plugin, target and number of threads, and the kills that it has survived.

    Attributes:
        kills: how each one was brought about.
        within: those after which the target held some records and had not got everything.
    """

    plugin: str
    form: str
    threads: int
    root: Path
    server: Any
    dice: random.Random
    kills: list[str] = field(factory=list)
    within: list[str] = field(factory=list)

    def run(self, folder: Path, how: str = "") -> int:
        """Import into a folder, once; dies as told, by `pages:N`, `writes:N` or a point of `tests.mortal`."""
        folder.mkdir(exist_ok=True)
        arguments = ["--plugin", self.plugin, "--config", str(self.config()), "--threads", str(self.threads), "--quiet"]
        arguments += ["--to", FORMS[self.form][0].format(folder / FORMS[self.form][1])]
        kind, _, number = how.partition(":")
        outside = kind in ("pages", "writes")
        self.server.set(Behaviour(date_header=END, latency=LATENCY[self.threads] if outside else 0.0))
        command = [sys.executable, "-m", "tests.mortal", how, "--"] if how and not outside else RUN
        with subprocess.Popen([*command, *arguments], stderr=subprocess.PIPE, env=PLAINLY) as process:
            if outside:
                self.watch(process, kind, int(number), folder)
            _, said = process.communicate()
        assert process.returncode in (0, 3, -signal.SIGKILL), said.decode()
        return process.returncode

    def watch(self, process: "subprocess.Popen[bytes]", kind: str, number: int, folder: Path) -> None:
        """Kill a process when it was served so many pages, or when it has written so many times."""
        start, looks = len(self.server.requests), set[tuple[int, ...]]()
        while process.poll() is None:
            looks.add(sizes(folder))
            if (len(self.server.requests) - start if kind == "pages" else len(looks)) > number:
                process.kill()
                return
            time.sleep(0.005)

    def config(self) -> Path:
        """The configuration of the served account, with small pages."""
        cxm = self.plugin == "trackco_cxm"
        connection = {"token": self.server.token, "base_url": self.server.base_url + "/v2" * (not cxm)}
        source = {"organization_id": self.server.organization_id} if cxm else {}
        document = {"connection_details": connection, "data_source": source}
        path = self.root / "config.json"
        more = {"wire": {"page_size": 10}} if cxm else {"budget": {"requests": 1_000_000}}  # many runs share it
        path.write_text(json.dumps(document | more))
        return path

    def draw(self) -> str:
        """How to kill next."""
        kind = self.dice.choice(["pages", "writes", *FORMS[self.form][2]])
        low, high = {"pages": (8, 40), "writes": (3, 9), "statement": (30, 200)}.get(kind, (3, 16))
        return f"{kind}:{self.dice.randint(low, high)}"

    def suffer(self, kills: int) -> None:
        """Be killed so often, over as many targets as it takes, each of which is brought to its end and compared."""
        assert self.run(self.root / "whole") in (0, 3)
        whole = content(self.root / "whole", self.root / "scratch")
        for number in range(10 * kills):
            if len(self.kills) >= kills:
                return
            folder = self.root / f"{number}"
            while self.run(folder, how := self.draw() if len(self.kills) < kills else "") == -signal.SIGKILL:
                self.kills.append(how)
                held = content(folder, self.root / "scratch")
                self.within += [how] if records(held) and held != whole else []
            assert content(folder, self.root / "scratch") == whole, (self.plugin, self.form, self.threads, self.kills)


def sizes(folder: Path) -> tuple[int, ...]:
    """How large the files are that grow while a target is written."""
    found = []
    for name in ("f.db", "f.db-wal", "f.jsonl", "f.jsonl.state", "f.jsonl.state-wal", "f.jsonl.state-intent"):
        with suppress(FileNotFoundError):
            found.append((folder / name).stat().st_size)
    return tuple(found)


def tortured(combination: tuple[str, str, int], kills: int, folder: Path) -> Torture:
    """One combination that has survived so many kills."""
    plugin, form, threads = combination
    root = folder / f"{plugin}-{form}-{threads}"
    root.mkdir()
    with serve(ACCOUNTS[plugin]()) as server:
        torture = Torture(plugin, form, threads, root, server, random.Random(f"{SEED} {root.name}"))  # noqa: S311 - chance that can be had again
        torture.suffer(kills)
    return torture


def test_killed_at_any_moment_the_target_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    each = -(-KILLS // len(COMBINATIONS))
    with ThreadPoolExecutor(len(COMBINATIONS)) as pool:
        done = list(pool.map(lambda one: tortured(one, each, tmp_path), COMBINATIONS))
    kills, within = [sum(len(getattr(one, name)) for one in done) for name in ("kills", "within")]
    assert kills >= KILLS
    assert within >= KILLS * 50 // 64, {one.root.name: (one.kills, one.within) for one in done}
    died_by = {how.partition(":")[0] for one in done for how in one.within}
    assert died_by == {"pages", "writes", *JSONL}
