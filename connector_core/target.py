"""What a journal needs of the place where records go: all that a load plugin with a journal has to say."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from attrs import frozen

from connector_core.sink import Row


@frozen
class Delivery:
    """A row that is new or changed, the partition it came from, and the number of the run that brings it."""

    row: Row
    partition: str
    run_no: int


@frozen
class Refusal:
    """One row that the target refuses for good, such as a record that an API calls invalid. It waits as a reject.

    Attributes:
        id: the record's.
        reason: a stable code: `invalid`.
        said: what the target said, nothing that may speak of a customer.
        at: when it did, UTC.
    """

    id: str
    reason: str
    said: str
    at: datetime


class Target(Protocol):
    """Where a journal sends rows: all that a load plugin with a journal has to say."""

    @property
    def seen(self) -> str | None:
        """The table in which the target itself keeps what `connector_seen` does; None for a target that cannot."""

    def delivering(self, deliveries: Sequence[Delivery]) -> AbstractContextManager[Sequence[Refusal] | None]:
        """Make the rows durable, and let the block run in a transaction of the journal: it keeps that they are.

        Yields what it refuses, if anything; all others are durable then.

        Raises:
            TargetError: not all of them are durable; the block has not run.
        """

    def delete(self, ids: Collection[str], /) -> None:
        """Delete these records, within a transaction of the journal, which forgets them.

        Raises:
            ConfigError: the target cannot.
        """

    def close(self) -> None:
        """Let go of the target, but not of the journal."""
