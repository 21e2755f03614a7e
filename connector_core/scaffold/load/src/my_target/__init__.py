"""`--to my_target:PATH`: one line of JSON for each record, in a file that is written anew each time.

Guarantee: at least once, and idempotent by id, so that the file ends as if each answer had come exactly once. The
rows are on the disk before the journal, in PATH.state or where `--state` says, notes them with their places. A run
that is killed in between sends the same rows again, and they replace themselves. Limit: all of it is kept in memory.
"""

import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from attrs import define

from connector_core import ConfigError, Destination, TargetError, hookimpl
from connector_core.loading import STATE, Database, Delivery, Journal, Sink, open_database


@hookimpl
def destination() -> Destination:
    """What `--list` shows, and the class of settings, if there are any."""
    return Destination(forms={"my_target:PATH": "lines of JSON in a file, at least once"})


@hookimpl
def load(target: str, connection: str, state: str | None) -> Sink | None:
    """Take `my_target:PATH`."""
    scheme, _, path = target.partition(":")
    if scheme != "my_target":
        return None
    if not path:
        raise ConfigError(f"--to {target}: write my_target:path/of/a/file.jsonl")
    database = open_database(state or f"{path}.state", STATE)  # which keeps other runs out
    try:
        return Journal(database, connection, MyTarget(database, Path(path), read(Path(path), database)))
    except BaseException:
        database.close()
        raise


def read(path: Path, database: Database) -> Mapping[str, bytes]:
    """The lines of a file by their ids.

    Raises:
        TargetError: it is none of ours, or the one that the journal knows is not there.
    """
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
        return {json.loads(line)["id"]: line for line in lines}
    except FileNotFoundError:
        if database.select("SELECT 1 FROM connector_seen LIMIT 1"):
            known = f"{database.path} is the state of one"
            raise TargetError(f"{path}: is not there, but {known}; put it back, or move the state away") from None
        return {}
    except (OSError, ValueError, TypeError, KeyError):
        raise TargetError(f"{path}: holds something else; give another path") from None


@define
class MyTarget:
    """What the journal needs of a target. `seen` None: the journal keeps itself what was delivered."""

    database: Database
    path: Path
    lines: Mapping[str, bytes]
    seen: None = None

    @contextmanager
    def delivering(self, deliveries: Sequence[Delivery]) -> Iterator[None]:
        """First make the rows durable; then let the journal note that they are, with the places."""
        if deliveries:
            self.keep({**self.lines, **{delivery.row.id: delivery.row.line for delivery in deliveries}})
        with self.database.transaction():
            yield

    def delete(self, ids: Collection[str], /) -> None:
        """Delete these records, for `--prune`; a target that cannot raises ConfigError, for no ids too."""
        if ids:
            self.keep({key: line for key, line in self.lines.items() if key not in ids})

    def keep(self, lines: Mapping[str, bytes]) -> None:
        """Put a whole file in the place of the old one, so that no reader and no crash ever finds a half."""
        draft = self.path.with_name(f"{self.path.name}.draft")
        try:
            with open(draft, "wb", opener=partial(os.open, mode=0o600)) as file:
                file.write(b"".join(line + b"\n" for line in lines.values()))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
            sync(self.path.parent)
        except OSError as error:
            raise TargetError(f"{self.path}: {error.strerror}; nothing of this step was stored") from None
        self.lines = lines

    def close(self) -> None:
        """Let go of the target; nothing is open between two commits."""


def sync(folder: Path) -> None:
    """Flush to the disk which files a folder holds."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
