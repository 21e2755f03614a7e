"""One sink over several, which have been read to the same places: what is read once goes to all of them."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from copy import deepcopy
from typing import TypeVar

import attrs
import structlog
from attrs import define, field

from connector_core.errors import ConfigError, ConnectorError, StoppedError, known
from connector_core.job import endure
from connector_core.model import Window
from connector_core.plan import Tolerance
from connector_core.sink import Batch, Held, History, Memory, Portion, Refused, Sink, Stored
from connector_core.summary import Summary, Tally

log = structlog.get_logger("connector_core.tee")

T = TypeVar("T")

_COUNTS = ("new", "updated", "unchanged", "duplicate", "new_rejects")
_NOTHING = Stored()


@define
class Member:
    """One of the targets.

    Attributes:
        target: as the user wrote it.
        sink: open.
        fingerprint: of what shapes records there.
        error: why it was dropped, or None.
        gone: what a full refresh has not met of what it holds; None where none looked.
        counts: what its sink said of each partition.
        dropped_at: what the run had been for it when it was dropped.
    """

    target: str
    sink: Sink
    fingerprint: dict[str, str]
    error: ConnectorError | None = field(default=None, init=False)
    gone: list[str] | None = field(default=None, init=False)
    counts: dict[str, Stored] = field(factory=dict, init=False)
    dropped_at: Summary | None = field(default=None, init=False)


@define
class Tee:
    """Several sinks as one. A member that fails is dropped, and the others go on; when none is left, the run fails.

    Attributes:
        members: whose places are equal; the first that is left speaks for all where one answer is wanted.
        summary: of the run, as its last commit has left it.
        told: what was said to the run of each partition.
    """

    members: Sequence[Member]
    summary: Summary
    told: dict[str, Stored] = field(factory=dict, init=False)

    @property
    def batch(self) -> Batch:
        """What suits the most delicate of them."""
        sizes = [member.sink.batch for member in self._left()]
        return Batch(min(size.rows for size in sizes), min(size.seconds for size in sizes))

    def history(self) -> History:
        """See `Sink`."""
        return self._first(lambda sink: sink.history())

    def remember(self, memory: Memory) -> None:
        """See `Sink`; each keeps the fingerprint of its own records."""
        for member in self._left():
            member.sink.remember(attrs.evolve(memory, fingerprint=member.fingerprint))

    def write(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        """See `Sink`; one after the other. What those that were dropped meanwhile have not stored, they read again."""
        answers = self._each(lambda member: member.sink.write(portions))
        for member, stored in zip(self._left(), answers, strict=True):  # once all were asked; else the run counts none
            _count(member.counts, portions, stored)
        _count(self.told, portions, answers[0])
        return answers[0]

    def endure(self, _: Tally, __: Sequence[str], tolerance: Tolerance) -> None:
        """See `Job`; each is dropped for what it has refused itself."""

        def look(member: Member) -> None:
            own = _sum(member.counts.values())
            endure(self._summary(member).total, own.refused, tolerance)

        self._each(look)

    def preview(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        """See `Sink`."""
        return self._first(lambda sink: sink.preview(portions))

    def rejects(self, partition: str) -> Sequence[Refused]:
        """See `Sink`."""
        return self._first(lambda sink: sink.rejects(partition))

    def held(self, partition: str, window: Window) -> Held:
        """See `Sink`."""
        return self._first(lambda sink: sink.held(partition, window))

    def gone(self, partitions: Collection[str], window: Window) -> Sequence[str]:
        """See `Sink`; what any of them has not met."""
        self._each(lambda member: self._look(member, partitions, window))
        return sorted({key for member in self._left() for key in member.gone or ()})

    def prune(self, ids: Collection[str]) -> None:
        """See `Sink`; each deletes what it has not met itself."""
        self._each(lambda member: member.sink.prune(member.gone or () if ids else ()))

    def reset(self, partitions: Collection[str] | None) -> int:
        """See `Sink`."""
        return self._each(lambda member: member.sink.reset(partitions))[0]

    def close(self) -> None:
        """See `Sink`; who opened them closes them."""

    def summaries(self) -> list[Summary]:
        """What the run was for each of them, in their order."""
        return [self._summary(member) for member in self.members]

    def _left(self) -> list[Member]:
        return [member for member in self.members if member.error is None]

    def _first(self, question: Callable[[Sink], T]) -> T:
        """What the first says that is left, or, if that fails, the next."""
        while True:
            for answer in self._asked(self._left()[0], lambda member: question(member.sink)):
                return answer

    def _each(self, action: Callable[[Member], T]) -> list[T]:
        """What each says that is left."""
        return [answer for member in self._left() for answer in self._asked(member, action)]

    def _asked(self, member: Member, action: Callable[[Member], T]) -> list[T]:
        """What one says; nothing of one that fails, which is dropped. If nobody is left, the failure is raised."""
        try:
            return [action(member)]
        except (ConfigError, StoppedError):
            raise
        except Exception as error:  # a bug of one target's plugin is no other's
            self._drop(member, known(error))
            if not self._left():
                raise
            return []

    def _drop(self, member: Member, error: ConnectorError) -> None:
        log.error("target.dropped", target=member.target, kind=error.kind, reason=str(error))
        member.error = error
        member.dropped_at = self._summary(member)
        member.dropped_at.error = error

    def _look(self, member: Member, partitions: Collection[str], window: Window) -> None:
        member.gone = list(member.sink.gone(partitions, window))

    def _summary(self, member: Member) -> Summary:
        """What the run has been for one of them so far: what was read is the same for all."""
        if member.dropped_at:
            return member.dropped_at
        own = deepcopy(self.summary)
        own.target = member.target
        own.gone = own.gone if member.gone is None else member.gone
        for key, tally in own.partitions.items():
            _instead(tally, self.told.get(key, _NOTHING), member.counts.get(key, _NOTHING))
        _instead(own.total, _sum(self.told.values()), _sum(member.counts.values()))
        return own


def _count(into: dict[str, Stored], portions: Sequence[Portion], stored: Sequence[Stored]) -> None:
    for portion, one in zip(portions, stored, strict=True):
        into[portion.partition] = _sum([into.get(portion.partition, _NOTHING), one])


def _sum(parts: Iterable[Stored]) -> Stored:
    total = _NOTHING
    for part in parts:
        counts = {name: getattr(total, name) + getattr(part, name) for name in _COUNTS}
        total = attrs.evolve(part, **counts, refused=total.refused + part.refused)
    return total


def _instead(tally: Tally, told: Stored, own: Stored) -> None:
    """Put what one target said in the place of what the run was told."""
    for name in _COUNTS:
        setattr(tally, name, getattr(tally, name) - getattr(told, name) + getattr(own, name))
    tally.rejected += len(own.refused) - len(told.refused)
    tally.rejected_by = +(tally.rejected_by - Counter(told.refused) + Counter(own.refused))
