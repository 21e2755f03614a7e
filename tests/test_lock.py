"""One process at a time, which says who it is, and which nobody has to wait for once it is dead."""

import fcntl
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connector_core.errors import ConfigError, ConnectorError, TargetError, TransientError
from connector_core.lock import hold

HOLDER = """
import subprocess, sys
from connector_core.lock import hold
lock = hold(sys.argv[1])
child = subprocess.Popen(["sleep", "600"], close_fds=False, stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "f.db"


def held_by(path: Path) -> str:
    """What is said to one who comes second."""
    with pytest.raises(TransientError) as caught:
        hold(str(path))
    return str(caught.value)


@contextmanager
def another_process(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that holds the lock, and has a child that outlives it."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        child = int(process.stdout.readline())
        try:
            yield process
        finally:
            process.kill()
            os.kill(child, 9)


def test_the_second_is_told_who_the_first_is_and_since_when(path: Path) -> None:
    with another_process(path) as process:
        said = held_by(path)
    assert re.fullmatch(
        rf"{path}: process {process.pid} on {os.uname().nodename} has had it open"
        r" since 2\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ; wait for it to end, or use another file",
        said,
    )


def test_a_dead_process_stops_nobody_even_where_a_child_of_it_lives(path: Path) -> None:
    with another_process(path) as process:
        process.kill()
        process.wait()
        assert path.with_name("f.db.lock").exists()
        hold(str(path)).release()


def test_who_comes_after_a_dead_process_says_its_own_name(path: Path) -> None:
    path.with_name("f.db.lock").write_text(f"process 1 on {'x' * 300} has had it open since 2020-01-01T00:00:00Z\n")
    lock = hold(str(path))
    assert f"process {os.getpid()} on" in held_by(path)
    assert path.with_name("f.db.lock").read_text().count("\n") == 1
    lock.release()


def test_a_holder_who_has_said_nothing_yet_holds_it_all_the_same(path: Path) -> None:
    lock = hold(str(path))
    path.with_name("f.db.lock").write_bytes(b"\xff\n")
    assert held_by(path) == f"{path}: another process has it open; wait for it to end, or use another file"
    lock.release()


def test_nothing_is_left_behind(path: Path) -> None:
    for _ in range(2):
        hold(str(path)).release()
    assert not list(path.parent.iterdir())


def test_all_names_of_a_file_have_one_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path.parent / "link").symlink_to(path)
    monkeypatch.chdir(path.parent)
    lock = hold("link")
    assert held_by(path).startswith(f"{path}: process")
    lock.release()
    hold(str(path)).release()


def test_only_its_owner_may_read_it(path: Path) -> None:
    before = os.umask(0)
    try:
        lock = hold(str(path))
    finally:
        os.umask(before)
    assert path.with_name("f.db.lock").stat().st_mode & 0o777 == 0o600
    lock.release()


# --- taking it away and taking it at the same time


def test_a_file_that_is_taken_away_between_a_look_and_a_lock_is_not_believed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last holder goes after we have opened its file: what we lock then is nobody's any more."""
    first, flock = hold(str(path)), fcntl.flock

    def late(descriptor: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", flock)
        first.release()
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    second = hold(str(path))
    assert held_by(path)
    second.release()


def test_however_many_come_and_go_only_one_holds_it(path: Path) -> None:
    inside, most, rounds = 0, 0, 150

    def come_and_go() -> None:
        nonlocal inside, most
        for _ in range(rounds):
            try:
                lock = hold(str(path))
            except TransientError:
                continue
            inside += 1
            most = max(most, inside)
            os.sched_yield()
            inside -= 1
            lock.release()

    threads = [threading.Thread(target=come_and_go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert not list(path.parent.iterdir())


def test_a_lock_whose_file_somebody_has_replaced_leaves_theirs(path: Path) -> None:
    place = path.with_name("f.db.lock")
    lock = hold(str(path))
    place.rename(path)
    place.write_text("theirs")
    lock.release()
    assert place.read_text() == "theirs"


def test_a_file_that_cannot_be_taken_away_stops_nobody(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        hold(str(path)).release()
    hold(str(path)).release()


# --- where there can be none


def in_the_way(place: Path, kind: str) -> None:
    match kind:
        case "a letter":
            place.write_text("Dear friend")
        case "a folder":
            place.mkdir()
        case "a link":
            place.with_name("theirs").touch()
            place.symlink_to(place.with_name("theirs"))
        case "a pipe":
            os.mkfifo(place)


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("a letter", r"f\.db\.lock: stands where a lock is wanted and is none of ours; move it away"),
        ("a folder", r"f\.db: cannot be locked, by \S+f\.db\.lock \(Is a directory\)"),
        ("a link", r"f\.db: cannot be locked, by \S+f\.db\.lock \(Too many levels of symbolic links\)"),
        ("a pipe", r"f\.db: cannot be locked, by \S+f\.db\.lock \(Illegal seek\)"),
    ],
)
def test_what_somebody_else_has_put_there_is_not_touched(kind: str, why: str, path: Path) -> None:
    place = path.with_name("f.db.lock")
    in_the_way(place, kind)
    before = [(entry.name, entry.lstat().st_mtime_ns, entry.lstat().st_size) for entry in path.parent.iterdir()]
    for _ in range(2):
        with pytest.raises(TargetError, match=why):
            hold(str(path))
    assert [(entry.name, entry.lstat().st_mtime_ns, entry.lstat().st_size) for entry in path.parent.iterdir()] == before


@pytest.mark.parametrize(
    ("name", "error", "why"),
    [
        ("missing/f.db", ConfigError, "its folder does not exist; make it first"),
        ("file/f.db", TargetError, "Not a directory"),
        ("x" * 252, TargetError, "File name too long"),
        ("/sys/f.db", TargetError, "Permission denied|Operation not permitted|Read-only file system"),
    ],
)
def test_a_place_where_there_can_be_no_lock_is_one_line(
    name: str, error: type[ConnectorError], why: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(error, match=why) as caught:
        hold(str(tmp_path / name))
    assert "\n" not in str(caught.value)
