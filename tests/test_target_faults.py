"""Targets that are full, locked, read-only, or changed by somebody else: a line, and nothing of theirs is touched."""

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from connector_core.database import open_database
from connector_core.errors import ConfigError, ConnectorError, TargetError
from connector_core.plugins import open_sink
from connector_core.sink import Place, Portion
from connector_core.sqlite import TARGET
from tests.acme_server import Acme, serving
from tests.fakes import PLAINLY, hour, row
from tests.test_killed import KILLS, SEED, content

BIN = Path(sysconfig.get_path("scripts"))
RUN = [str(BIN / "connector-run")]


def commit(target: str, *keys: str) -> None:
    """One run of one commit, of records that take several pages."""
    with closing(open_sink(target, "acme", None)) as sink:
        sink.write([Portion("p", [row(key, text=key * 3000) for key in keys], place=Place(hour(len(keys))))])


def commit_and_die(path: Path, *keys: str) -> None:
    """The same, but its process is killed before its commit is anywhere but in the `-wal`."""
    sink: Any = open_sink(f"sqlite:///{path}", "acme", None)
    sink.write([Portion("p", [row(key, text=key * 3000) for key in keys], place=Place(hour(len(keys))))])
    sink.database.db.interrupt()
    sink.database.db.close()
    assert path.with_name(f"{path.name}-wal").stat().st_size


def ids(path: Path) -> list[str]:
    with closing(open_database(str(path), TARGET)) as database:
        return [key for (key,) in database.select("SELECT id FROM feedback ORDER BY id")]


def snapshot(folder: Path) -> dict[str, Any]:
    """What stands in a folder, but for what SQLite makes and takes away as it likes, and locks."""
    files = [entry for entry in folder.iterdir() if not entry.name.endswith(("-shm", "-journal", ".lock"))]
    return {file.name: file.read_bytes() if file.is_file() else file.lstat().st_ino for file in files}


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"theirs")


def replace(path: Path) -> None:
    """Somebody moves a database of theirs there."""
    theirs = path.with_name("theirs")
    with closing(sqlite3.connect(theirs)) as db:
        db.execute("CREATE TABLE t (x)")
    theirs.rename(path)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


# --- SQLite, changed during a run

CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "deleted": (Path.unlink, "was taken away or replaced"),
    "moved": (lambda path: path.rename(path.with_name("old")), "was taken away or replaced"),
    "replaced": (replace, "was taken away or replaced"),
    "cut": (cut, "was cut or added to"),
    "emptied": (lambda path: os.truncate(path, 0), "was cut or added to"),
    "appended to": (append, "was cut or added to"),
}


@pytest.mark.parametrize("suffix", [".db", ".jsonl.state"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_database_that_is_changed_during_a_run_stops_it_and_stays_as_it_is(
    change: str, suffix: str, tmp_path: Path
) -> None:
    target = f"sqlite:///{tmp_path}/f.db" if suffix == ".db" else f"jsonl:{tmp_path}/f.jsonl"
    path, (changed, why) = tmp_path / f"f{suffix}", CHANGES[change]
    sink: Any = open_sink(target, "acme", None)
    sink.write([Portion("p", [row("1")])])
    changed(path)
    before = snapshot(tmp_path)
    for attempt in (lambda: sink.write([Portion("p", [row("2")], place=Place(hour(1)))]), sink.database.close):
        with pytest.raises(TargetError, match=rf"{path.name}: {why} during the run by somebody else; put it back"):
            attempt()
    sink.target.close()
    ours = {"old", f"{path.name}-wal"}
    assert {k: v for k, v in snapshot(tmp_path).items() if k not in ours} == {
        k: v for k, v in before.items() if k not in ours
    }
    assert not list(tmp_path.glob("*.lock"))


def test_a_database_that_is_moved_away_keeps_all_that_was_stored_and_leaves_nothing_to_its_successor(
    tmp_path: Path,
) -> None:
    path = tmp_path / "f.db"
    sink: Any = open_sink(f"sqlite:///{path}", "acme", None)
    sink.write([Portion("p", [row("1")])])
    path.rename(tmp_path / "old")
    replace(path)
    with pytest.raises(TargetError, match="taken away or replaced"):
        sink.database.close()
    assert (tmp_path / "f.db-wal").stat().st_size == 0
    with closing(sqlite3.connect(path)) as theirs:
        assert theirs.execute("SELECT name FROM sqlite_master").fetchall() == [("t",)]
    assert ids(tmp_path / "old") == ["1"]


def test_a_run_may_grow_its_file_as_it_likes(tmp_path: Path) -> None:
    """SQLite moves what is in the `-wal` to the file now and then; that is no change by somebody else."""
    path, sizes = tmp_path / "f.db", set()
    with closing(open_database(str(path), TARGET)) as database:
        database.db.execute("PRAGMA wal_autocheckpoint = 4")
        for number in range(20):
            with database.transaction():
                database.db.execute("INSERT INTO connector_connection VALUES (?, 1, ?, '')", (number, "x" * 10_000))
            sizes.add(path.stat().st_size)
    assert len(sizes) > 5


# --- SQLite, changed between two runs


def cut_and_left(path: Path) -> None:
    """A file that is cut while what a killed run had to add stands in the `-wal`."""
    commit_and_die(path, "3")
    cut(path)


def appended_and_left(path: Path) -> None:
    commit_and_die(path, "3")
    append(path)


def left_alone(path: Path) -> None:
    commit_and_die(path, "3")
    path.unlink()


def left_with_nothing(path: Path) -> None:
    commit_and_die(path, "3")
    os.truncate(path, 0)


def made(make: Callable[[Path], object]) -> Callable[[Path], None]:
    """Something else stands there."""

    def change(path: Path) -> None:
        path.unlink()
        make(path)

    return change


ALONE = "is empty or not there, but its -wal file is; put it back, or move both away"
BETWEEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "appended to": (append, "has 6 bytes behind its end that are not ours; take them away"),
    "a page of zeros": (
        lambda path: os.truncate(path, path.stat().st_size + 4096),
        "has 4096 bytes behind its end that are not ours",
    ),
    "cut": (cut, r"is cut off \(\d+ of \d+ bytes\); put it back as it was"),
    "cut by a byte": (lambda path: os.truncate(path, path.stat().st_size - 1), r"is cut off \(\d+ of \d+ bytes\)"),
    "cut, and killed before": (cut_and_left, "is cut off or damaged|malformed"),
    "appended to, and killed before": (appended_and_left, "has 6 bytes behind its end that are not ours"),
    "gone, and killed before": (left_alone, ALONE),
    "emptied, and killed before": (left_with_nothing, ALONE),
    "a letter": (made(lambda path: path.write_text("Dear friend, " * 400)), "is not a database"),
    "a short letter": (made(lambda path: path.write_text("Dear friend")), "is not a database"),
    "another database": (replace, "is a database of something else"),
    "a folder": (made(Path.mkdir), "is no file that can hold a database"),
    "a pipe": (made(os.mkfifo), "is no file that can hold a database"),
    "a device": (made(lambda path: path.symlink_to("/dev/full")), "is no file that can hold a database"),
    "a link to nowhere": (made(lambda path: path.symlink_to("missing/f.db")), "its folder does not exist"),
    "a link to itself": (made(lambda path: path.symlink_to(path)), "Too many levels of symbolic links"),
}


@pytest.mark.parametrize("change", BETWEEN)
def test_a_database_that_is_changed_between_two_runs_stops_the_next_and_stays_as_it_is(
    change: str, tmp_path: Path
) -> None:
    path, (changed, why) = tmp_path / "f.db", BETWEEN[change]
    commit(f"sqlite:///{path}", "1", "2")
    changed(path)
    before = snapshot(tmp_path)
    for _ in range(2):
        with pytest.raises(ConnectorError, match=why) as caught:
            open_sink(f"sqlite:///{path}", "acme", None)
        assert not isinstance(caught.value, ConfigError) or why.startswith(("its folder", "is a database"))
        assert "\n" not in str(caught.value)
    assert snapshot(tmp_path) == before
    assert not list(tmp_path.glob("*.lock"))


def test_garbage_of_any_length_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.db"
    for length in (1, 2, 15, 99, 100, 511, 512, 4096, 5000):
        path.write_bytes(b"\xff" * length)
        with pytest.raises(TargetError, match="file is not a database"):
            open_database(str(path), TARGET)
        assert path.read_bytes() == b"\xff" * length


def test_a_file_in_which_a_killed_run_has_begun_to_put_its_pages_is_whole(tmp_path: Path) -> None:
    """SQLite puts the pages of a `-wal` into the file in their order: the first of them says how many there will be."""
    path, done = tmp_path / "f.db", tmp_path / "done" / "f.db"
    done.parent.mkdir()
    commit(f"sqlite:///{path}", "1")
    commit_and_die(path, "2", "3", "4", "5", "6", "7")
    for name in ("f.db", "f.db-wal"):
        done.with_name(name).write_bytes(path.with_name(name).read_bytes())
    ids(done)
    with path.open("r+b") as file:
        file.write(done.read_bytes()[:4096])
    assert path.stat().st_size < done.stat().st_size
    assert ids(path) == ["1", "2", "3", "4", "5", "6", "7"]


def test_a_database_whose_header_does_not_count_its_pages_is_taken_as_it_is(tmp_path: Path) -> None:
    """As versions of SQLite have left it that did not know of this count."""
    path = tmp_path / "f.db"
    commit(f"sqlite:///{path}", "1")
    with path.open("r+b") as file:
        file.seek(28)
        file.write(bytes(4))
        file.seek(92)
        file.write(b"\xff" * 4)
    assert ids(path) == ["1"]


def test_a_database_that_is_deleted_with_all_its_files_is_a_new_beginning(tmp_path: Path) -> None:
    path = tmp_path / "f.db"
    commit(f"sqlite:///{path}", "1")
    path.unlink()
    (tmp_path / "elsewhere").mkdir()
    path.symlink_to("elsewhere/f.db")
    with closing(open_sink(f"sqlite:///{path}", "acme", None)) as sink:
        assert sink.history().places == {}
    assert (tmp_path / "elsewhere" / "f.db").stat().st_mode & 0o777 == 0o600


# --- real processes


@frozen
class Served:
    """An account of an API, its configuration, and a target as an uninterrupted run makes it."""

    acme: Acme
    config: Path

    def command(self, target: str) -> list[str]:
        return [*RUN, "--plugin", "acme_survey", "--config", str(self.config), "--to", target, "--quiet"]

    def run(self, target: str, *before: str, mortal: bool = False) -> "subprocess.CompletedProcess[str]":
        command = self.command(target)
        if mortal:  # each page is a commit
            command[:1] = [sys.executable, "-m", "tests.mortal", "none:0", "--"]
        return subprocess.run([*before, *command], capture_output=True, text=True, check=False, timeout=60, env=PLAINLY)


def line(ended: "subprocess.CompletedProcess[str]") -> str:
    """The one line that a command says; what it logs beside it are events."""
    (said,) = [line for line in ended.stderr.splitlines() if not line.startswith("{")]
    return said


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Two polls of thirty votes; one of them is out of scale."""
    acme, config = Acme(date="Tue, 01 Oct 2024 00:00:00 GMT"), tmp_path / "config" / "acme.json"
    for number in range(60):
        why = f"comentário {number} " * 60
        acme.vote(f"p{number % 2}", f"v{number}", f"2024-07-{1 + number // 2:02}T10:00:00Z", number % 10, why=why)
    acme.vote("p1", "odd", "2024-08-01T10:00:00Z", 12)
    config.parent.mkdir()
    with serving(acme):
        config.write_text(json.dumps({"account": {"key": "acme-secret-key", "url": acme.url}}))
        yield Served(acme, config)


FORMS = {"sqlite": "sqlite:///{}/f.db", "jsonl": "jsonl:{}/f.jsonl"}


@pytest.mark.parametrize("form", FORMS)
def test_the_second_of_two_runs_says_who_the_first_is_and_leaves_at_once(
    form: str, served: Served, tmp_path: Path
) -> None:
    target, waits, goes_on = FORMS[form].format(tmp_path), threading.Event(), threading.Event()

    def hold_the_answer() -> None:
        waits.set()
        goes_on.wait(60)

    served.acme.on_request = hold_the_answer
    with subprocess.Popen(served.command(target), stderr=subprocess.PIPE, text=True) as first:
        assert waits.wait(60)
        looking = [str(BIN / "connector"), "state", "show", "--connection", "acme_survey", "--to", target]
        looked = subprocess.run(looking, capture_output=True, text=True, check=False)
        asked = len(served.acme.requests)
        second = served.run(target)
        assert len(served.acme.requests) == asked
        goes_on.set()
        _, said = first.communicate()
    for ended in (second, looked):
        assert ended.returncode == 1
        assert f"process {first.pid} on {os.uname().nodename} has had it open since 2" in line(ended)
    assert (first.returncode, said) == (3, "")
    assert served.run(target).returncode == 0


@pytest.mark.parametrize("form", FORMS)
def test_a_killed_run_stops_nobody(form: str, served: Served, tmp_path: Path) -> None:
    target = FORMS[form].format(tmp_path)
    served.acme.on_request = lambda: os.kill(first.pid, signal.SIGKILL) if len(served.acme.requests) == 5 else None
    with subprocess.Popen(served.command(target), env=PLAINLY) as first:
        assert first.wait(60) == -signal.SIGKILL
    assert list(tmp_path.glob("*.lock"))
    assert served.run(target).returncode == 3


@pytest.mark.parametrize("change", ["deleted", "replaced", "appended to"])
@pytest.mark.parametrize("form", FORMS)
def test_a_target_that_is_changed_while_the_command_runs_ends_it_with_a_line(
    form: str, change: str, served: Served, tmp_path: Path
) -> None:
    target = FORMS[form].format(tmp_path)
    path = Path(target.partition(":")[2].removeprefix("//"))
    after: list[dict[str, Any]] = []

    def meddle() -> None:
        if len(served.acme.requests) == 8:
            CHANGES[change][0](path)
            after.append(snapshot(tmp_path))

    served.acme.on_request = meddle
    ended = served.run(target)
    assert ended.returncode == 1
    assert re.search(rf"{path.name}: was (taken away|cut or added|changed) .*during the run.*; put", line(ended))
    assert snapshot(tmp_path).get(path.name) == after[0].get(path.name)


LIMITED = "import os, resource, sys; n = int(sys.argv[1]); resource.setrlimit(resource.RLIMIT_FSIZE, (n, n)); "
LIMITED += "os.execv(sys.argv[2], sys.argv[2:])"
"""Files can grow to so many bytes and no further, as if the disk were full then."""


@pytest.mark.parametrize("form", FORMS)
def test_a_disk_that_is_full_at_whatever_byte_stops_a_run_and_the_next_one_completes_it(
    form: str, served: Served, tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    assert served.run(FORMS[form].format(whole)).returncode == 3
    wanted = content(whole, tmp_path / "scratch")

    def fill(limit: int) -> int:
        folder = tmp_path / f"{limit}"
        folder.mkdir()
        limited = [sys.executable, "-c", LIMITED, str(limit)]
        full = served.run(FORMS[form].format(folder), *limited, mortal=limit % 2 == 0)
        if full.returncode == 1:
            assert re.search(r"disk is full|disk I/O error|File too large", line(full)), limit
            done = served.run(FORMS[form].format(folder))
            assert done.returncode == 3, (limit, done.stderr)
        assert content(folder, tmp_path / f"scratch{limit}") == wanted, limit
        return full.returncode

    largest = max(path.stat().st_size for path in whole.iterdir())
    some = random.Random(SEED).sample(range(100, largest), KILLS // 10)  # noqa: S311 - chance that can be had again
    limits = [0, 50, *some, 10**9]
    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(fill, limits))
    assert ended[0] == 1
    assert ended[-1] == 3
    assert ended.count(1) >= len(limits) // 2


ORDINARY = """
import os, sys
from connector_core import jsonl, sqlite
from connector_core.errors import ConnectorError
from connector_core.sink import Portion
from tests.fakes import row
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    sink = sqlite.load(sys.argv[1], "acme", None) or jsonl.load(sys.argv[1], "acme", None)
    sink.write([Portion("p", [row("2")])])
except ConnectorError as error:
    print(error.kind, error)
"""
"""One commit of somebody who is not root."""


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that any user may come into, as those of pytest are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder
        folder.chmod(0o777)


@pytest.mark.parametrize(
    ("form", "folder", "file", "why"),
    [
        ("sqlite", 0o555, 0o644, r"f\.db: cannot be locked, by \S+f\.db\.lock \(Permission denied\); give a path in"),
        ("sqlite", 0o777, 0o444, r"f\.db: attempt to write a readonly database"),
        ("sqlite", 0o777, 0o000, r"f\.db: cannot be used as a database \(Permission denied\)"),
        ("jsonl", 0o555, 0o644, r"f\.jsonl\.state: cannot be locked, by \S+ \(Permission denied\)"),
        ("jsonl", 0o777, 0o444, r"f\.jsonl(\.state)?: (cannot be opened|attempt to write a readonly database)"),
    ],
)
def test_what_may_only_be_read_is_one_line_and_stays_as_it_is(
    form: str, folder: int, file: int, why: str, public: Path
) -> None:
    target = FORMS[form].format(public)
    commit(target, "1")
    before = snapshot(public)
    for entry in public.iterdir():
        entry.chmod(file)
    public.chmod(folder)
    command = [sys.executable, "-c", ORDINARY, target]
    here = Path(__file__).parent.parent
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=here, env=PLAINLY)
    public.chmod(0o777)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    assert done.stdout.startswith("target ")
    for entry in public.iterdir():
        entry.chmod(0o600)
    assert re.search(why, done.stdout), done.stdout
    assert {k: v for k, v in snapshot(public).items() if "-wal" not in k} == before
