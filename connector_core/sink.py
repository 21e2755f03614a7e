"""What a load plugin receives, and what it promises: whole pages and the places to resume after them, together."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from attrs import field, frozen

from connector_core.model import Feedback, Json, Skip, Window
from connector_core.record import feedback_of


@frozen
class Row:
    """One answer on its way to the target, written out: thousands of them wait for a commit.

    Attributes:
        id: the record's.
        rating: the record's.
        posted_at: the record's, as records hold it: `2024-07-01T10:30:00Z`.
        line: the record as one line of JSON, without its newline; `additional_fields` come last.
        digest: 16 bytes that change with the content.
        notes: the record's.
    """

    id: str
    rating: str
    posted_at: str
    line: bytes
    digest: bytes
    notes: tuple[str, ...] = ()

    @property
    def feedback(self) -> Feedback:
        """The record as an object, made anew from its line each time."""
        return feedback_of(json.loads(self.line))  # whatever is deep or large in it stays as it is


REFUSED = "target."
"""How the reason of a reject begins that the target has refused; what is kept of it is the record."""


@frozen
class Refused:
    """One rejected answer, kept until it can be mapped, or until the target takes it.

    Attributes:
        key: its id, or its digest where it has none.
        reason: a stable code: `rating.out_of_scale`.
        path: where in the raw record; or what the target said.
        digest: of the raw record, or of the row.
        raw: the raw record as JSON, without secrets and without the personal data that the configuration does not
            allow; or the record that the target has refused.
        at: when it was rejected, UTC.
        posted_at: when it was answered, where known.
    """

    key: str
    reason: str
    path: str
    digest: bytes
    raw: bytes
    at: datetime
    posted_at: datetime | None = None


@frozen
class Place:
    """How far a partition was read.

    Attributes:
        high_water: everything from `low_water` to this instant was read; None while nothing was read to its end.
        window: what an interrupted run was reading, ending where the mark moves once it is read; or None.
        cursor: the plugin's cursor in it, or None.
        low_water: where the reading began; None is the beginning of time.
    """

    high_water: datetime | None = None
    window: Window | None = None
    cursor: Json = None
    low_water: datetime | None = None


@frozen
class Portion:
    """One page after mapping.

    Attributes:
        partition: its key.
        rows: the answers to load, in the source's order.
        refused: the answers that were rejected.
        skipped: the answers with an id that are rightly not loaded; a full refresh must not miss them.
        settled: keys of earlier rejects that are mapped again here; a record that is loaded already is newer and stays.
        place: where the partition stands when this is stored; None leaves it where it was.
    """

    partition: str
    rows: Sequence[Row] = ()
    refused: Sequence[Refused] = ()
    skipped: Sequence[Skip] = ()
    settled: Collection[str] = ()
    place: Place | None = None


@frozen
class Stored:
    """What became of the rows of one portion, each of which counts once, and of its rejects.

    Attributes:
        new: the target did not hold their ids.
        updated: it held them with another digest.
        unchanged: it held them as they are, and this run has not met them before.
        duplicate: it held them as they are, and this run has met them before, in an earlier row too.
        new_rejects: those that did not wait already, for the same reason and with the same digest.
        refused: why the target has refused rows, one reason each; they count as nothing else, and wait as rejects.
    """

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicate: int = 0
    new_rejects: int = 0
    refused: tuple[str, ...] = ()


@frozen
class Held:
    """What a target holds of a partition.

    Attributes:
        ratings: how many records by their rating.
        rejected: how many answers wait among the rejects, beside them.
        skipped: how many answers were rightly not loaded, beside them.
        undated: how many of these two have no date, and may lie in this window or in another.
    """

    ratings: Mapping[str, int] = field(factory=dict)
    rejected: int = 0
    skipped: int = 0
    undated: int = 0


@frozen
class History:
    """What a connection remembers from its earlier runs.

    Attributes:
        places: by partition key.
        begin: the first instant that is wanted (`--since` of the first run), or None for all of history.
        fingerprint: of the settings that shaped the stored records; None when no run has left one.
    """

    places: Mapping[str, Place] = field(factory=dict)
    begin: datetime | None = None
    fingerprint: Mapping[str, str] | None = None

    @property
    def fresh(self) -> bool:
        """Whether no run has yet settled where history begins."""
        return self.fingerprint is None


@frozen
class Memory:
    """What a run leaves to later ones, beside its places.

    Attributes:
        begin: the first instant that is wanted of this connection, or None for all of history.
        fingerprint: of the settings that shape the records.
        restart: whether every place of the connection is forgotten first, so that an interrupted full refresh goes on.
    """

    begin: datetime | None = None
    fingerprint: Mapping[str, str] = field(factory=dict)
    restart: bool = False


@frozen
class Batch:
    """How much a commit of a target should hold: whole pages, up to about so many records, or so much reading.

    Attributes:
        rows: records that were read, loaded or not.
        seconds: after which what has been read is stored, however little it is.
        step: rows that are delivered at a time within a commit, and known to be delivered from then on; None for all
            at once. Where delivering takes long, it is what a run costs that is stopped or killed meanwhile.
    """

    rows: int = 2_000
    seconds: float = 1.0
    step: int | None = None


class Sink(Protocol):
    """An open target and its memory of one connection; `Journal` is one for any target. One thread uses it."""

    @property
    def batch(self) -> Batch:
        """How much a commit should hold."""

    def history(self) -> History:
        """What earlier runs of this connection left."""

    def remember(self, memory: Memory) -> None:
        """Keep this with the first `write` of the run, not before. A run that only samples leaves nothing."""

    def write(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        """Make whole pages and their places durable, all or nothing where the target allows it, in this order.

        No place is ever durable before its rows. Sending what is stored already changes nothing; what a run that was
        killed has left half done is completed by sending it again. Returns one result for each portion.

        Raises:
            TargetError: nothing was stored, or nothing of which the places say that it was. The message is one line
                and holds no value of a record; so it is with every error of a sink.
        """

    def preview(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        """What `write` would say of these portions; nothing is stored."""

    def rejects(self, partition: str) -> Sequence[Refused]:
        """What waits among the rejects of a partition: neither loaded, settled nor skipped since."""

    def held(self, partition: str, window: Window) -> Held:
        """What is held of a partition's answers in a window; of rejects and skips without a date, in any."""

    def gone(self, partitions: Collection[str], window: Window) -> Sequence[str]:
        """Ids posted in this window of these partitions that this run, which read all of it, has not met.

        It has met what came as a row, the same or not, as a reject or as a skip. Rejects that it has not met are
        forgotten with this.
        """

    def prune(self, ids: Collection[str]) -> None:
        """Delete these records, so that they are new when they come again; of none, say whether it could.

        Raises:
            ConfigError: the target cannot delete.
        """

    def reset(self, partitions: Collection[str] | None) -> int:
        """Forget the places of these partitions, so that the next run reads them anew; returns how many.

        For None, forget all of them and where history begins.
        """

    def close(self) -> None:
        """Let go of the target and of all that was opened; called once, last, also after an error."""
