"""JSON lines: exactly once in a file that only we write; anything else stops the run and touches nothing."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import pytest
from attrs import define

from connector_core.database import open_database
from connector_core.errors import ConfigError, ConnectorError, TargetError, TransientError
from connector_core.intent import keep, kept
from connector_core.journal import Journal
from connector_core.jsonl import Stream, load, open_log
from connector_core.sink import Place, Portion, Stored
from connector_core.tables import STATE
from tests.fakes import PLAINLY, hour, row


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "f.jsonl"


def opened(path: Path | str, state: Path | None = None, connection: str = "acme") -> Journal:
    """The sink of a file, as a run opens it."""
    sink = load(f"jsonl:{path}", connection, str(state) if state else None)
    assert isinstance(sink, Journal)
    return sink


def load_rows(path: Path, *keys: str, text: str | None = None) -> Stored:
    """One whole run of one commit."""
    with closing(opened(path)) as sink:
        (stored,) = sink.write([Portion("p", [row(key, text=text) for key in keys], place=Place(hour(1)))])
    return stored


def ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """What stands in a folder, and when it was changed."""
    return {entry.name: (entry.read_bytes(), entry.stat().st_mtime_ns) for entry in folder.iterdir()}


# --- the log


def test_each_version_of_an_answer_is_one_line(path: Path) -> None:
    assert load_rows(path, "1", "2") == Stored(new=2)
    assert load_rows(path, "2", "3") == Stored(new=1, unchanged=1)
    assert load_rows(path, "1", text="Olá\n") == Stored(updated=1)
    assert ids(path) == ["1", "2", "3", "1"]
    assert json.loads(path.read_bytes().splitlines()[-1])["text"] == "Olá\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_commit_without_anything_new_moves_places_only(path: Path) -> None:
    load_rows(path, "1")
    with closing(opened(path)) as sink:
        sink.write([Portion("p", [row("1")], place=Place(hour(9)))])
        assert sink.history().places == {"p": Place(hour(9))}
    assert ids(path) == ["1"]


def test_two_connections_may_share_a_file(path: Path) -> None:
    load_rows(path, "1")
    with closing(opened(path, connection="other")) as sink:
        assert sink.write([Portion("p", [row("other:1")])]) == [Stored(new=1)]
    assert ids(path) == ["1", "other:1"]


@pytest.mark.parametrize("state", ["f.jsonl.state", "other.state"])
def test_nobody_else_may_have_it_open_meanwhile(state: str, path: Path) -> None:
    other = path.with_name(state)
    with closing(opened(path)):
        before = snapshot(path.parent)
        with pytest.raises(TransientError, match=rf"process {os.getpid()} on \S+ has had it open since"):
            opened(path, other)
        assert {name: kept for name, kept in snapshot(path.parent).items() if "other" not in name} == before
    assert not list(path.parent.glob("*.lock"))


def test_nothing_can_be_pruned(path: Path) -> None:
    with (
        closing(opened(path)) as sink,
        pytest.raises(ConfigError, match="--prune: nothing can be deleted from JSON lines"),
    ):
        sink.prune(())


def test_killed_at_any_point_the_next_run_makes_it_whole(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.dying", "jsonl", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=PLAINLY)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 60


def test_the_journal_confirms_what_is_on_the_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is meant is flushed to the disk before a line is in the file, and the file before the journal says so."""
    flushed: list[tuple[list[str], list[Any]]] = []
    with closing(opened(path)) as sink:
        database = sink.database

        def fsync(_: int) -> None:
            assert [json.loads(line)["id"] for line in kept(f"{path}.state-intent", 0).splitlines()] == ["1"]
            flushed.append((ids(path), database.select("SELECT length FROM connector_file")))

        monkeypatch.setattr(os, "fsync", fsync)
        sink.write([Portion("p", [row("1")])])
    assert flushed == [([], [(0,)]), ([], [(0,)]), (["1"], [(0,)])], "the intent, its folder, the file"


def test_the_journal_knows_no_file_that_a_power_cut_could_take_away(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a folder holds is on the disk only once the folder itself was flushed."""
    flushed: list[int] = []
    fsync = os.fsync

    def noting(file: int) -> None:
        flushed.append(os.fstat(file).st_ino)
        fsync(file)

    monkeypatch.setattr(os, "fsync", noting)
    opened(path).close()
    assert flushed == [path.parent.stat().st_ino]


# --- changed between two runs

GONE = r"is not there, but .*f\.jsonl\.state is the state of a file; put that back, or move the state away"
OTHER = r"is not the file that .*f\.jsonl\.state knows, which may be that of another target; put the file back"
FOREIGN = r"holds what our last run did not write, behind its \d+ bytes"


def replaced(path: Path, body: bytes) -> None:
    """Another file stands where ours was, which lives on elsewhere."""
    path.rename(path.with_name("old"))
    path.write_bytes(body)


def emptied_and_deleted(path: Path) -> None:
    """An empty file, as `touch` makes it; it may well have the number of the one that was deleted."""
    path.unlink()
    path.touch()


def appended(path: Path, body: bytes) -> None:
    with path.open("ab") as file:
        file.write(body)


def made_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a foreign tail": (lambda path: appended(path, b"{}\n"), FOREIGN),
    "a foreign byte": (lambda path: appended(path, b"\n"), FOREIGN),
    "all of it again": (lambda path: appended(path, path.read_bytes()), FOREIGN),
    "cut off": (
        lambda path: os.truncate(path, path.stat().st_size - 1),
        r"holds \d+ bytes where our last run left \d+",
    ),
    "emptied": (lambda path: os.truncate(path, 0), r"holds 0 bytes where our last run left \d+"),
    "rotated away": (lambda path: path.rename(path.with_name("f.jsonl.1")), GONE),
    "rotated and begun anew": (lambda path: replaced(path, b""), OTHER),
    "a copy of itself": (lambda path: replaced(path, path.read_bytes()), OTHER),
    "another file": (lambda path: replaced(path, b"x" * 1000), OTHER),
    "deleted and begun anew": (emptied_and_deleted, f"{OTHER}|holds 0 bytes where"),
    "a folder": (made_a_folder, "is no file that can grow"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_between_two_runs_stops_the_next_one_and_touches_nothing(change: str, path: Path) -> None:
    load_rows(path, "1", "2")
    changed, why = CHANGES[change]
    changed(path)
    before = {} if path.is_dir() else snapshot(path.parent)
    for _ in range(2):
        with pytest.raises(ConnectorError, match=f"{path.name}: {why}" if change != "a folder" else why) as caught:
            opened(path)
        assert "\n" not in str(caught.value)
    assert path.is_dir() or snapshot(path.parent) == before


def test_a_file_without_its_journal_is_not_ours(path: Path) -> None:
    load_rows(path, "1")
    path.with_name("f.jsonl.state").unlink()
    before = snapshot(path.parent)
    with pytest.raises(TargetError, match=r"is not empty, and there is no .*f\.jsonl\.state that knows it"):
        opened(path)
    assert snapshot(path.parent) == before


def test_a_file_with_a_journal_that_knows_nothing_is_not_ours(path: Path) -> None:
    open_database(str(path.with_name("f.jsonl.state")), STATE).close()
    path.write_text("{}\n")
    with pytest.raises(ConfigError, match="is the state of another target"):
        opened(path)
    assert path.read_text() == "{}\n"


def test_an_empty_file_is_taken(path: Path) -> None:
    path.touch()
    assert load_rows(path, "1") == Stored(new=1)


def test_both_moved_away_is_a_new_beginning(path: Path) -> None:
    load_rows(path, "1")
    for file in list(path.parent.iterdir()):
        file.rename(file.with_name(f"old.{file.name}"))
    assert load_rows(path, "1") == Stored(new=1)


def test_both_moved_together_go_on(path: Path) -> None:
    load_rows(path, "1")
    moved = path.parent / "elsewhere"
    moved.mkdir()
    for file in [file for file in path.parent.iterdir() if file.is_file()]:
        file.rename(moved / file.name)
    assert load_rows(moved / path.name, "1") == Stored(unchanged=1)


def test_a_state_of_another_target_is_refused(path: Path, tmp_path: Path) -> None:
    load_rows(path, "1")
    state = tmp_path / "f.jsonl.state"
    with pytest.raises(TargetError, match="is not there"):
        opened(tmp_path / "g.jsonl", state)
    with pytest.raises(ConfigError, match=r"--state .*f\.jsonl\.state: belongs to a file of JSON lines"):
        load("jsonl:-", "acme", str(state))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["f.jsonl", "f.jsonl.state"]


# --- a run that was killed

INTENT = b'{"id":"2"}\n{"id":"3"}\n'


def killed(path: Path, tail: bytes) -> int:
    """A run that was killed with an intent and this behind the last commit; returns its length."""
    load_rows(path, "1")
    length = path.stat().st_size
    for meant in (INTENT + b"a longer one stood here before", INTENT):
        keep(f"{path}.state-intent", length, len(meant), [meant[:9], meant[9:]])
    appended(path, tail)
    return length


@pytest.mark.parametrize("tail", [INTENT[:length] for length in range(len(INTENT) + 1)])
def test_what_the_journal_meant_to_write_is_cut_off(tail: bytes, path: Path) -> None:
    length = killed(path, tail)
    opened(path).close()
    assert path.stat().st_size == length
    assert load_rows(path, "2") == Stored(new=1)
    assert ids(path) == ["1", "2"]


@pytest.mark.parametrize("tail", [b"{", b'{"id":"2"}\nx', INTENT + b"\n", b"\0" * len(INTENT), INTENT[1:]])
def test_what_somebody_else_wrote_is_not(tail: bytes, path: Path) -> None:
    """Even where it is no longer than what was meant, or follows it."""
    tail = b"x" if tail == b"{" else tail
    killed(path, tail)
    before = snapshot(path.parent)
    with pytest.raises(TargetError, match=FOREIGN):
        opened(path)
    assert snapshot(path.parent) == before


@pytest.mark.parametrize("damage", ["length = 'x'", "length = -1", "length = 1.5"])
def test_a_state_that_is_damaged_is_one_line_and_nothing_is_touched(damage: str, path: Path) -> None:
    load_rows(path, "1")
    with closing(open_database(f"{path}.state", STATE)) as database:
        database.db.execute(f"UPDATE connector_file SET {damage}")
    before = snapshot(path.parent)
    with pytest.raises(TargetError, match=r"cannot be gone on with: .*f\.jsonl\.state is damaged; put the file back"):
        opened(path)
    assert snapshot(path.parent) == before


# --- changed during a run


@define
class Meddled:
    """A file at whose next write somebody does something first."""

    inner: Any
    before: Callable[[], object]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def write(self, body: memoryview) -> int:
        self.before()
        written: int = self.inner.write(body)
        return written


def during(path: Path, change: Callable[[], object]) -> Journal:
    """A run whose next write is preceded by a change, after it has looked."""
    database = open_database(f"{path}.state", STATE)
    log = open_log(database, str(path))
    file: Any = Meddled(log.file, change)
    return Journal(database, "acme", attrs.evolve(log, file=file))


@pytest.mark.parametrize("change", [name for name in CHANGES if name != "a folder"])
def test_a_change_before_a_commit_stops_the_run(change: str, path: Path) -> None:
    with closing(opened(path)) as sink:
        sink.write([Portion("p", [row("1")])])
        CHANGES[change][0](path)
        before = snapshot(path.parent)
        with pytest.raises(TargetError, match=r"was (changed|taken away) during the run"):
            sink.write([Portion("p", [row("2")], place=Place(hour(5)))])
        assert {name: body for name, body in snapshot(path.parent).items() if "state" not in name} == {
            name: body for name, body in before.items() if "state" not in name
        }
        assert sink.history().places == {}


@pytest.mark.parametrize("change", ["a foreign tail", "cut off", "rotated away", "another file"])
def test_a_change_within_a_commit_is_not_overwritten_and_not_confirmed(change: str, path: Path) -> None:
    load_rows(path, "1", "2")
    with (
        closing(during(path, lambda: CHANGES[change][0](path))) as sink,
        pytest.raises(TargetError, match="during the run"),
    ):
        sink.write([Portion("p", [row("3")], place=Place(hour(5)))])
    if change == "a foreign tail":
        assert b"}\n{}\n{" in path.read_bytes()
    with pytest.raises(TargetError):
        opened(path)


def fails(error: OSError) -> Callable[[], object]:
    """Something that cannot be done."""

    def fail() -> object:
        raise error

    return fail


def test_a_full_disk_stops_the_run_and_the_next_one_goes_on(path: Path) -> None:
    load_rows(path, "1")
    full = OSError(28, "No space left on device")
    with closing(during(path, fails(full))) as sink:
        with pytest.raises(TargetError, match="No space left on device; the next run goes on from the last commit"):
            sink.write([Portion("p", [row("2")], place=Place(hour(5)))])
        assert sink.history().places == {"p": Place(hour(1))}
    assert load_rows(path, "2") == Stored(new=1)
    assert ids(path) == ["1", "2"]


# --- standard output


def streamed(out: Any, state: str = ":memory:") -> Journal:
    database = open_database(state, STATE)
    return Journal(database, "acme", Stream(database, out))


def test_standard_output_without_a_state_gets_everything_each_time() -> None:
    out = io.BytesIO()
    for _ in range(2):
        with closing(streamed(out)) as sink:
            assert sink.write([Portion("p", [row("1"), row("1")])]) == [Stored(new=1, duplicate=1)]
    assert [json.loads(line)["id"] for line in out.getvalue().splitlines()] == ["1", "1"]


def test_standard_output_with_a_state_gets_what_is_new(tmp_path: Path) -> None:
    out, state = io.BytesIO(), str(tmp_path / "s.state")
    for _ in range(2):
        with closing(streamed(out, state)) as sink:
            sink.write([Portion("p", [row("1")])])
    assert out.getvalue().count(b"\n") == 1
    with pytest.raises(ConfigError, match="is the state of another target"):
        opened(tmp_path / "f.jsonl", tmp_path / "s.state")


def test_the_hook_writes_to_standard_output(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    with closing(opened("-")) as sink:
        sink.write([Portion("p", [row("1")])])
        with pytest.raises(ConfigError, match="--prune: nothing can be deleted from standard output"):
            sink.prune(())
    assert json.loads(capsysbinary.readouterr().out)["id"] == "1"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (BrokenPipeError(), "standard output was closed by its reader; the rest was not written"),
        (OSError(28, "No space left on device"), "standard output: No space left on device; the rest was not written"),
    ],
)
def test_standard_output_that_fails_moves_no_place(error: OSError, line: str) -> None:
    with closing(streamed(Meddled(io.BytesIO(), fails(error)))) as sink:
        with pytest.raises(TargetError, match=line):
            sink.write([Portion("p", [row("1")], place=Place(hour(1)))])
        assert sink.history().places == {}


# --- what is no target


def test_other_targets_are_left_to_others() -> None:
    assert load("sqlite:///f.db", "acme", None) is None


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "write jsonl:path/of/a/file.jsonl, or jsonl:- for standard output"),
        (".", "is no file that can grow"),
        ("/dev/null", "is no file that can grow"),
        ("missing/f.jsonl", "its folder does not exist; make it first"),
        ("x" * 250, "cannot be (locked|used as a database)"),
    ],
)
def test_a_place_where_no_log_can_be_is_one_line(
    name: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConnectorError, match=why) as caught:
        load(f"jsonl:{name}", "acme", None)
    assert "\n" not in str(caught.value)
    assert not [entry for entry in tmp_path.iterdir() if entry.name != "f.jsonl.state"]


def test_a_log_that_cannot_be_opened_is_one_line_and_is_not_held(path: Path) -> None:
    path.symlink_to(path)
    for _ in range(2):
        with pytest.raises(
            TargetError, match=r"cannot be opened for writing \(Too many levels of symbolic links\); give"
        ):
            opened(path)
    assert not list(path.parent.glob("*.lock"))


def test_a_log_in_a_missing_folder_with_a_state_elsewhere_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="its folder does not exist; make it first"):
        opened(tmp_path / "missing" / "f.jsonl", tmp_path / "s.state")
