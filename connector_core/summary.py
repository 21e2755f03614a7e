"""What a run did, in numbers that add up: read = loaded + unchanged + skipped + rejected + duplicate + outside."""

from collections import Counter
from collections.abc import Sequence
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

_NOTHING_NEW = "Nothing new: the target holds all of it already."

_SHOWN = 5
"""Ids that a person is shown; the report has all."""


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
        self.notes.update(note for row in mapped.rows for note in row.feedback.notes)
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
        unlisted: keys of partitions that earlier runs read and a full refresh no longer found listed.
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
            "unlisted": self.unlisted,
            "pruned": self.pruned,
            "interrupted": self.interrupted,
        }

    def as_text(self) -> str:
        """The same for a person."""
        t = self.total
        outcome = {
            0: "Done",
            1: "Failed, progress kept",
            2: "Failed",
            3: "Done, with rejected answers",
            130: "Interrupted, progress kept",
        }
        lines = [
            f"{outcome[self.exit_code]}: {self.connection} -> {self.target}",
            f"  read        {t.read:>9,}   in {self.requests:,} requests, {len(self.partitions)} partitions",
            f"  loaded      {t.loaded:>9,}   {t.new:,} new, {t.updated:,} updated",
            f"  unchanged   {t.unchanged:>9,}",
            f"  skipped     {t.skipped.total():>9,}{_reasons(t.skipped)}",
            f"  rejected    {t.rejected:>9,}{_reasons(t.rejected_by)}",
            f"  duplicate   {t.duplicate:>9,}",
            f"  outside     {t.outside:>9,}   read for safety, not in the window",
        ]
        lines += [f"  note: {name}, {count:,} times" for name, count in sorted(t.notes.items())]
        lines += [f"  not importable: {u.title} ({u.key}): {u.reason}" for u in self.unimportable]
        lines += [f"  FAILED: {self.titles.get(key, key)} ({key}): {why}" for key, why in sorted(self.failed.items())]
        if self.gone is not None:
            deleted = ", deleted" if self.pruned else ""
            lines.append(f"  no longer at the source: {len(self.gone):,}{deleted}{_some(self.gone)}")
            unsure = "not all answers could be told apart or proven to have come"
            lines += [f"  not looked for in {self.titles[key]} ({key}): {unsure}" for key in sorted(self.unsure)]
        lines += [
            f"  no longer listed: {key}; deleted at the source, or not chosen: its records stay"
            for key in self.unlisted
        ]
        if not (t.loaded or t.new_rejects or self.gone or self.failed or self.interrupted or self.error):
            nothing = self.unimportable and not self.titles
            lines.append(f"  {'Nothing of this can be imported.' if nothing else _NOTHING_NEW}")
        return "\n".join(map(plain, lines))


def plain(line: str) -> str:
    """A line as a terminal may be given it: without control characters, which names of surveys may hold."""
    return "".join(letter if letter.isprintable() else " " for letter in line)


def _error(error: ConnectorError) -> Json:
    return {"kind": error.kind, "message": str(error)}


def _reasons(counts: Counter[str]) -> str:
    return "   " + ", ".join(f"{count:,} {reason}" for reason, count in sorted(counts.items())) if counts else ""


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _SHOWN:,} more, all in --report" if len(ids) > _SHOWN else ""
    return f": {', '.join(ids[:_SHOWN])}{more}" if ids else ""
