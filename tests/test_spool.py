"""A long body can be gone over as often as wanted, and its file goes with it."""

import json
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import pytest

from connector_core.errors import SourceError, SpoolError
from connector_core.spool import kept

MIB = 2**20
WHERE = "https://api.example/x"


def cut(body: bytes) -> Iterator[bytes]:
    return (body[start : start + 70_000] for start in range(0, len(body), 70_000))


def records(size: int) -> list[dict[str, Any]]:
    return [{"id": number, "text": "x" * 1000} for number in range(size // 1000)]


@pytest.mark.parametrize("size", [0, 1000, 3 * MIB])
def test_it_gives_the_same_records_each_time_and_to_many_at_once(size: int) -> None:
    wanted = records(size)
    some = kept(cut(json.dumps(wanted).encode()), WHERE)
    assert some.is_closed()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(list, [some] * 4)) == [wanted] * 4


def test_its_file_has_no_name_and_is_closed_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[IO[bytes]] = []
    real = tempfile.TemporaryFile

    def watched(**options: Any) -> Any:
        opened.append(real(**options))
        return opened[-1]

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(tempfile, "TemporaryFile", watched)
    some = kept(cut(b"[1, 2]"), WHERE)
    assert list(some) == [1, 2]
    assert not [*tmp_path.iterdir()]
    del some
    assert [file.closed for file in opened] == [True]


def test_nothing_is_left_of_a_body_that_breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Iterator[bytes]:
        yield b"[1,"
        raise TimeoutError

    opened: list[IO[bytes]] = []
    real = tempfile.TemporaryFile

    def watched(**options: Any) -> Any:
        opened.append(real(**options))
        return opened[-1]

    monkeypatch.setattr(tempfile, "TemporaryFile", watched)
    with pytest.raises(TimeoutError):
        kept(broken(), WHERE)
    assert [file.closed for file in opened] == [True]


def test_a_body_that_is_broken_in_its_middle_is_an_error_in_one_line_after_the_records_before() -> None:
    whole = json.dumps(records(2 * MIB)).encode()
    some = iter(kept(cut(whole[:MIB] + b'"' + whole[MIB:]), WHERE))
    came: list[object] = []
    with pytest.raises(SourceError) as caught:
        came.extend(some)
    assert str(caught.value) == (
        f"{WHERE}: the list that it answered is no JSON somewhere after its first {len(came):,} records; progress is"
        " kept, run it again; if that stays, ask whoever runs the API"
    )
    assert not caught.value.ends_run
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("pieces", [[b"[1"], [b"[1]", b"[2]"], [b'["', b"[1]"]])
def test_what_does_not_end_as_an_array_or_is_none_is_told(pieces: Iterable[bytes]) -> None:
    some = kept(pieces, WHERE)
    with pytest.raises(SourceError, match="after its first 0 records"):
        list(some)


class FullDisk:
    """A file on a disk that is full."""

    closed = False

    def write(self, _: bytes) -> int:
        raise OSError(28, "No space left on device")

    def close(self) -> None:
        self.closed = True


def test_a_full_disk_is_told_with_its_folder_and_is_no_trouble_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    disk = FullDisk()
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: disk)
    monkeypatch.setattr(tempfile, "tempdir", "/var/scratch")
    with pytest.raises(SpoolError) as caught:
        kept([b"[1]"], WHERE)
    assert str(caught.value) == (
        "an answer that is too long for memory cannot be kept in /var/scratch (No space left on device); make room"
        " there, or name another folder in TMPDIR; progress is kept, the same command goes on from there"
    )
    assert (caught.value.kind, caught.value.exit_code, disk.closed) == ("config", 1, True)
    assert not isinstance(caught.value, OSError)


def test_no_folder_for_temporary_files_is_told_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(SpoolError, match=r"gone \(No such file or directory\); make room there"):
        kept([b"[1]"], WHERE)
