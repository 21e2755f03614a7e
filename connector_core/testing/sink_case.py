"""What is said of a load plugin so that the kit can try it, and the fresh targets on which it does."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

from attrs import define, field, frozen

from connector_core.model import Json
from connector_core.sink import Portion, Row, Sink, Stored
from connector_core.testing.sink_child import Opener, Task, opener
from connector_core.testing.sink_rows import Record, as_read, differences


@frozen
class SinkCase:
    """A load plugin under trial; it is found as a run finds it, so it must be installed.

    Attributes:
        target: from an empty folder to a target that is fresh too, as one writes it after `--to`.
        read: from the same folder to what the target holds when nobody has it open: each record as a line of JSON
            lines has it, for a log every version in order. A FileNotFoundError means that it holds nothing yet.
        state: from the folder to what one writes after `--state`; None for a target that needs none.
        log: whether it keeps every version of a record; otherwise it keeps the last one.
        deletes: whether `--prune` deletes from it; otherwise it must say that it cannot.
        config: from the folder to the plugin's settings, as a configuration holds them; None for one without any.
        preload: modules that the plugin imports only when it opens a target, and that take long, or that somebody
            without rights may not read: the processes in which the kit runs it have them from the start.
        kills: how many times it is killed, each time at another moment; with very many, at every one.
    """

    target: Callable[[Path], str]
    read: Callable[[Path], Iterable[Record]]
    state: Callable[[Path], str] | None = None
    log: bool = False
    deletes: bool = True
    config: Callable[[Path], Json] | None = None
    preload: Sequence[str] = ()
    kills: int = 48


@frozen
class Trial:
    """One target in a folder of its own, and how the host opens it."""

    case: SinkCase
    folder: Path
    opener: Opener

    @property
    def target(self) -> str:
        """As one writes it after `--to`."""
        return self.case.target(self.folder)

    @property
    def state(self) -> str | None:
        """As one writes it after `--state`."""
        return self.case.state(self.folder) if self.case.state else None

    @property
    def settings(self) -> Json:
        """As the configuration holds them."""
        return self.case.config(self.folder) if self.case.config else None

    @contextmanager
    def run(self, connection: str = "acme") -> Iterator[Sink]:
        """One run of a connection: the open sink, which is closed behind it."""
        with closing(self.opener(self.target, connection, self.state, self.settings)) as sink:
            yield sink

    def write(self, *portions: Portion, connection: str = "acme") -> Sequence[Stored]:
        """One run of one commit."""
        with self.run(connection) as sink:
            return sink.write(portions)

    def task(self, *commits: Sequence[Portion]) -> Task:
        """A run of these commits, for a process of its own."""
        return Task(self.target, "acme", self.state, commits, settings=self.settings)

    def records(self) -> list[Record]:
        """What it holds, in an order that means something where it is a log; nothing where its file is not there."""
        try:
            return self._ordered(self.case.read(self.folder))
        except FileNotFoundError:
            return []

    def unlike(self, rows: Iterable[Row]) -> Iterator[str]:
        """How what it holds differs from these rows, which for a log are in its order."""
        return differences(self.records(), self._ordered(as_read(rows)))

    def _ordered(self, records: Iterable[Record]) -> list[Record]:
        return list(records) if self.case.log else sorted(records, key=lambda record: str(record.get("id")))

    def files(self) -> list[Path]:
        """The files in its folder."""
        return sorted(path for path in self.folder.rglob("*") if path.is_file())


@define
class Trials:
    """Fresh targets of one case, as many as are asked for."""

    case: SinkCase
    root: Path
    _numbers: Iterator[int] = field(factory=count, init=False)
    _opener: Opener | None = field(default=None, init=False)

    def fresh(self) -> Trial:
        """A target that nobody has written to, in an empty folder that any user may write to."""
        folder = self.root / f"{next(self._numbers)}"
        folder.mkdir()
        folder.chmod(0o777)
        self._opener = self._opener or opener(self.case.target(folder))
        return Trial(self.case, folder, self._opener)


@contextmanager
def trials(case: SinkCase) -> Iterator[Trials]:
    """Fresh targets of one case, which are taken away afterwards."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        yield Trials(case, root)
