"""What a run did, in numbers that add up: read = loaded + unchanged + skipped + rejected + duplicate + outside."""

from collections import Counter
from datetime import datetime

import attrs
from attrs import define, field

from connector_core.errors import ConnectorError
from connector_core.mapping import Mapped
from connector_core.model import Json, Partition, Unimportable
from connector_core.sink import Stored
from connector_core.times import format_instant

UNPROVEN = "unproven"
"""How the note of a page begins of which it is not known whether all answers came."""


@define
class Tally:
    """The numbers of one partition, or of a whole run."""

    read: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicate: int = 0
    rejected: int = 0
    outside: int = 0
    new_rejects: int = 0
    skipped: Counter[str] = field(factory=Counter)
    rejected_by: Counter[str] = field(factory=Counter)
    notes: Counter[str] = field(factory=Counter)

    @property
    def loaded(self) -> int:
        """New and updated records."""
        return self.new + self.updated

    def adds_up(self) -> bool:
        """Whether every answer that was read is accounted for, once."""
        parts = self.loaded + self.unchanged + self.duplicate + self.rejected + self.outside + self.skipped.total()
        return self.read == parts

    def add(self, mapped: Mapped, stored: Stored) -> None:
        """Count one page that was stored."""
        self.read += mapped.read
        self.outside += mapped.outside
        self.rejected += len(mapped.refused)
        self.skipped.update(skip.reason for skip in mapped.skips)
        self.rejected_by.update(r.reason for r in mapped.refused)
        self.notes.update(mapped.notes)
        self.notes.update(note for row in mapped.rows for note in row.notes)
        self.rejected += len(stored.refused)
        self.rejected_by.update(stored.refused)
        for name in ("new", "updated", "unchanged", "duplicate", "new_rejects"):
            setattr(self, name, getattr(self, name) + getattr(stored, name))

    def as_json(self) -> Json:
        """The numbers, for `--report`."""
        return {"loaded": self.loaded} | {
            name: dict(sorted(value.items())) if isinstance(value, Counter) else value
            for name, value in attrs.asdict(self, recurse=False).items()
        }


@define
class Summary:
    """The end of a run.

    Attributes:
        total: of all partitions.
        partitions: the numbers of each partition that was read, by key.
        failed: why a partition could not be read to its end, by key.
        unimportable: what was found and cannot be imported.
        unsure: keys of partitions of which nothing can be said to be gone: with answers that no id tells apart, or
            where it is unproven that all came.
        gone: ids that a full refresh has not met, or None where it was none.
        unlisted: keys of partitions that earlier runs read and a full refresh no longer found listed; or of which
            rejects wait that are not retried, since they are not listed.
        interrupted: whether the user ended it.
        requests: how many were sent, retries included.
        now: the present as the run saw it: ours, or the server's where that is behind.
        until: the end of the windows that were read.
        error: what ended the run before its end, or None.
    """

    connection: str
    target: str
    total: Tally = field(factory=Tally)
    partitions: dict[str, Tally] = field(factory=dict)
    titles: dict[str, str] = field(factory=dict)
    failed: dict[str, ConnectorError] = field(factory=dict)
    unimportable: list[Unimportable] = field(factory=list)
    unsure: set[str] = field(factory=set)
    gone: list[str] | None = None
    unlisted: list[str] = field(factory=list)
    pruned: bool = False
    interrupted: bool = False
    requests: int = 0
    now: datetime | None = None
    error: ConnectorError | None = None
    until: datetime | None = None

    def add(self, partition: Partition, mapped: Mapped, stored: Stored) -> None:
        """Count one stored page of a partition."""
        self.titles[partition.key] = partition.title
        self.partitions.setdefault(partition.key, Tally()).add(mapped, stored)
        self.total.add(mapped, stored)
        if mapped.nameless or any(note.startswith(UNPROVEN) for note in mapped.notes):
            self.unsure.add(partition.key)

    @property
    def exit_code(self) -> int:
        """0 done, 1 something failed, 3 done with new rejects, 130 interrupted."""
        if self.interrupted:
            return 130
        if self.error:
            return self.error.exit_code
        if self.failed:
            return 1
        return 3 if self.total.new_rejects else 0

    def as_json(self) -> Json:
        """The whole summary, for `--report` and the log."""
        return {
            "connection": self.connection,
            "target": self.target,
            "exit_code": self.exit_code,
            "read_until": format_instant(self.until) if self.until else None,
            "requests": self.requests,
            "total": self.total.as_json(),
            "partitions": {
                key: {"title": self.titles[key]} | tally.as_json() for key, tally in sorted(self.partitions.items())
            },
            "error": _error(self.error) if self.error else None,
            "failed": {key: _error(why) for key, why in sorted(self.failed.items())},
            "unimportable": [attrs.asdict(u) for u in self.unimportable],
            "gone": self.gone,
            "gone_not_looked_for": sorted(self.unsure) if self.gone is not None else [],
            "unlisted": self.unlisted,
            "pruned": self.pruned,
            "interrupted": self.interrupted,
        }


def plain(line: str) -> str:
    """A line as a terminal may be given it: without control characters, which names of surveys may hold."""
    return "".join(letter if letter.isprintable() else " " for letter in line)


def _error(error: ConnectorError) -> Json:
    return {"kind": error.kind, "message": str(error)}
