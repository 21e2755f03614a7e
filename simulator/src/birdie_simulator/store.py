"""What has arrived: the last body of each feedback, what came before it, and the batches that have begun."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import define, field, frozen

BATCH = timedelta(hours=24)
"""All records of one batch arrive within this (DOC)."""


@frozen
class Counts:
    """What became of the records that were taken.

    Attributes:
        created: their ids had not been there.
        updated: their ids had been there with another body.
        repeated: their ids had been there with the same body; another batch makes no other body.
    """

    created: int = 0
    updated: int = 0
    repeated: int = 0


@define
class Store:
    """The records that were taken."""

    records: dict[str, Any] = field(factory=dict, init=False)
    versions: dict[str, list[Any]] = field(factory=dict, init=False)
    latest: dict[str, datetime] = field(factory=dict, init=False)
    counted: Counter[str] = field(factory=Counter, init=False)
    _batches: dict[str, datetime] = field(factory=dict, init=False)

    def late(self, body: Mapping[str, Any], now: datetime) -> bool:
        """Whether the batch of a body began too long ago for it to be taken now."""
        begun = self._batches.get(body.get("batch_id", ""), now)
        return now - begun > BATCH

    def take(self, bodies: Sequence[Mapping[str, Any]], now: datetime) -> None:
        """Take bodies that are valid and not late."""
        for body in bodies:
            key = body["kind"]["fields"]["feedback_id"]
            before = self.records.get(key)
            if "batch_id" in body:
                self._batches.setdefault(body["batch_id"], now)
            same = before is not None and _content(before) == _content(body)
            self.counted["created" if before is None else "repeated" if same else "updated"] += 1
            self.records[key] = body
            self.versions.setdefault(key, []).append(body)
            self.latest.pop(key, None)
            self.latest[key] = now

    @property
    def counts(self) -> Counts:
        """What became of them."""
        return Counts(**self.counted)


def _content(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "batch_id"}
