"""Files by fsspec: options, errors of whatever class, and that nothing secret is said."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.spec import AbstractFileSystem

from connector_birdie.config import Config
from connector_birdie.files import open_files
from connector_birdie.objects import Objects, nested, open_objects
from connector_core import ConfigError, TargetError, TransientError
from connector_core.loading import Portion
from connector_core.testing.sink_rows import row


class HTTPClientError(Exception):
    """As botocore has it."""


class ReadTimeoutError(HTTPClientError):
    """As botocore has it, below the other."""


class Broken(AbstractFileSystem):  # type: ignore[misc]  # fsspec ships no types
    """A file system that fails in whatever way it is told to, at whatever it is asked."""

    protocol = "broken"
    cachable = False

    def __init__(self, error: Exception | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.error = error or OSError(5, "Input/output error")
        self.there = False

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        if self.there:
            return {"name": path}
        raise self.error

    def pipe_file(self, *_: Any, **__: Any) -> None:
        raise self.error

    def rm_file(self, *_: Any, **__: Any) -> None:
        raise self.error


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    """The file system that fsspec keeps in this process."""
    yield (files := fsspec.filesystem("memory"))
    files.rm("/", recursive=True)


def test_any_file_system_will_do(memory: MemoryFileSystem, tmp_path: Path) -> None:
    with closing(open_files("csv", "memory://bucket/birdie", "acme", f"{tmp_path}/state", Config())) as sink:
        sink.write([Portion("p", [row("kit:1")])])
    assert memory.find("/") == ["/bucket/birdie/nps/acme-00000001.csv"]


def test_what_is_not_there_is_taken_away_in_no_time(memory: MemoryFileSystem) -> None:
    there = Objects(memory, "memory://b", "/b")
    there.put("nps/a", b"x")
    for _ in range(2):
        there.remove("nps/a")
        assert not there.there("nps/a")


@pytest.mark.parametrize(
    ("error", "passes", "said"),
    [
        (OSError(28, "No space left on device"), False, "OSError: [Errno 28] No space left on device"),
        (PermissionError("Forbidden"), False, "PermissionError: Forbidden"),
        (RuntimeError("odd"), False, "RuntimeError: odd"),
        (ConnectionResetError("by peer"), True, "ConnectionResetError: by peer"),
        (TimeoutError(), True, "TimeoutError: "),
        (ReadTimeoutError("slow\nserver"), True, "ReadTimeoutError: slow server"),
    ],
)
def test_whatever_goes_wrong_is_one_line(error: Exception, passes: bool, said: str) -> None:  # noqa: FBT001 - a parameter of a test
    files = Broken(error)
    there = Objects(files, "x://b", "b")
    passing = f"x://b/nps/a: cannot be reached ({said}); run it again later"
    line = passing if passes else f"x://b/nps/a: {said}; nothing of this step was stored"

    def refused(ask: Callable[[], object]) -> None:
        with pytest.raises(TransientError if passes else TargetError, match=f"^{re.escape(line)}$"):
            ask()

    for ask in (lambda: there.there("nps/a"), lambda: there.put("nps/a", b"x"), lambda: there.remove("nps/a")):
        refused(ask)
    files.there = True
    refused(lambda: there.remove("nps/a"))


def test_options_lead_inside_by_dots_and_say_yes_and_no() -> None:
    options = {"client_kwargs.region_name": "sa-east-1", "client_kwargs.verify": "no", "anon": "yes", "key": "1"}
    assert nested(options) == {"client_kwargs": {"region_name": "sa-east-1", "verify": False}, "anon": True, "key": "1"}


@pytest.mark.parametrize("options", [{"a": "1", "a.b": "2"}, {"a": "1", "a.b.c": "2"}, {"consistency": "odd-secret"}])
def test_options_that_do_not_fit_are_refused_without_their_values(options: dict[str, str]) -> None:
    fsspec.register_implementation("strict", Strict, clobber=True)
    said = r"^strict://b: targets\.birdie\.storage_options are not what strict takes \([a-zA-Z]+\)$"
    with pytest.raises(ConfigError, match=said):
        open_objects("strict://b", "strict://b", options)


def test_a_file_system_that_is_out_of_reach_when_it_is_opened_is_one_line() -> None:
    fsspec.register_implementation("unreachable", Unreachable, clobber=True)
    with pytest.raises(TargetError, match=r"^unreachable://b: unreachable cannot be opened \(ConnectionRefusedError\)"):
        open_objects("unreachable://b", "unreachable://b", {})


class Unreachable(Broken):
    """A file system that connects when it is made, such as that of FTP."""

    protocol = "unreachable"

    def __init__(self) -> None:
        raise ConnectionRefusedError(111, "secret words")


class Strict(Broken):
    """A file system without options."""

    protocol = "strict"

    def __init__(self) -> None:
        super().__init__()


def test_no_password_of_a_url_is_said(tmp_path: Path) -> None:
    fsspec.register_implementation("broken", Broken, clobber=True)
    state = tmp_path / "state"
    with pytest.raises(TargetError, match=r"^broken://host/b/csat/acme-00000001.csv: OSError: ") as raised:
        open_files("csv", "broken://me:secret@host/b", "acme", str(state), Config())
    assert "secret" not in str(raised.value)
    assert b"secret" not in state.read_bytes()
