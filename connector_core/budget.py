"""Keeping to an API's request budget: a sliding window, shared by all processes that name the same file.

Permits are leased in blocks, so that most requests cost nothing but a subtraction. A lease counts against the window
from the moment it is granted until one window after the last of its requests was answered: whenever a request reached
the API, it was in between. Whoever dies with a lease delays the others, and nobody exceeds the budget.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import structlog
from attrs import define, field

from connector_core.budgetfile import PATIENCE, key_of, opened, transaction
from connector_core.clock import Clock
from connector_core.endpoint import Budget, Endpoint
from connector_core.errors import StoppedError, TransientError
from connector_core.times import format_instant

log = structlog.get_logger("connector_core.budget")

_BLOCKS = 50
"""Into how many leases a budget is cut."""
_LEASE = 10.0, 1 / 30
"""How long a lease is good for: seconds, and share of the window; the shorter counts."""
T = TypeVar("T")


@define
class _Lease:
    """A block of permits.

    Attributes:
        size: how many.
        left: how many of them were not taken.
        good_until: when it runs out, on the monotonic clock.
        touched: when it was granted, or one of its requests was answered last.
        under_way: its requests that are not answered.
    """

    id: bytes
    size: int
    left: int
    good_until: float
    touched: float
    under_way: int = 0


@define
class Permits:
    """Leave to send requests, one by one. Safe to use from many threads.

    Attributes:
        endpoint: the API, whose budget it is; one without a budget is never waited for.
        clock: its wall clock counts, since that is what processes share, and what is kept across runs.
        file: where processes share what they know; None, or what cannot be used, counts in this process alone.
    """

    endpoint: Endpoint
    clock: Clock
    file: Path | None = None
    _db: sqlite3.Connection | None = field(default=None, init=False)
    _key: str = field(default="", init=False)
    _lease: _Lease = field(factory=lambda: _Lease(b"", 0, 0, 0.0, 0.0), init=False)
    _grown: int = field(default=1, init=False)
    _blocked: float = field(default=0.0, init=False)
    _closed: bool = field(default=False, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    @contextmanager
    def permit(self, wait: Callable[[float], None]) -> Iterator[None]:
        """Send one request in this block; `wait` is called for each wait before it, and may raise.

        Raises:
            TransientError: the API said that its limit was met, and the window has not passed.
            StoppedError: this was closed.
        """
        budget = self.endpoint.budget
        if budget is None:
            yield
            return
        earliest = self._now()
        while isinstance(lease := self._ask(budget, earliest), float):
            wait(lease)
            earliest += lease  # on a clock that stands still, a wait counts as if it had passed
        try:
            yield
        finally:
            self._answered(lease, budget)

    def exhaust(self) -> None:
        """Send nothing more for one window, and let no other: the API said that its limit was met all the same."""
        budget = self.endpoint.budget
        if budget is None:
            return
        with self._lock:
            self._lease.left = 0
            self._blocked = ends = self._now() + budget.seconds
            with suppress(sqlite3.Error):  # held by somebody for too long; then only this process knows
                self._stored(lambda db: db.execute("INSERT OR REPLACE INTO blocked VALUES (?, ?)", (self._key, ends)))

    def close(self) -> None:
        """Give back what was not used. Waits for no request."""
        self._closed = True
        if self._lock.acquire(timeout=PATIENCE):
            try:
                if self._db is not None and self.endpoint.budget is not None:
                    with suppress(sqlite3.Error):  # then the others wait a little longer
                        self._db.execute("PRAGMA busy_timeout = 200")
                        _give_back(self._db, self._lease, self.endpoint.budget)
                    self._db.close()
                    self._db = None
            finally:
                self._lock.release()

    def _now(self) -> float:
        return self.clock.now().timestamp()

    def _ask(self, budget: Budget, earliest: float) -> _Lease | float:
        """Take a permit of a lease, or say how many seconds to wait before asking again; it is at least so late."""
        with self._lock:
            if self._closed:
                raise StoppedError("the run has ended; nothing more is sent")
            if not self._lease.left or self.clock.monotonic() >= self._lease.good_until:
                wait = self._renew(budget, earliest)
                if wait:
                    return wait
            self._lease.left -= 1
            self._lease.under_way += 1
            return self._lease

    def _renew(self, budget: Budget, earliest: float) -> float:
        """Lease the next block, or say how many seconds to wait before trying again."""
        blocked: float | None = self._blocked if self._blocked > max(self._now(), earliest) else None
        wait = 0.0
        if blocked is None:
            try:
                wait, blocked = self._stored(lambda db: self._next_lease(db, budget, earliest))
            except sqlite3.OperationalError:  # somebody holds the file; what may be sent is not known meanwhile
                return PATIENCE
        if blocked:
            until = format_instant(datetime.fromtimestamp(blocked + 1, UTC).replace(microsecond=0))
            raise TransientError(
                f"the API's request limit was used up; nothing is sent before {until};"
                " progress is kept, the same command goes on from there after that"
            )
        return wait

    def _answered(self, lease: _Lease, budget: Budget) -> None:
        with self._lock:
            lease.under_way -= 1
            lease.touched = max(lease.touched, self._now())
            over = lease is not self._lease or self.clock.monotonic() >= lease.good_until
            if over and not lease.under_way and not self._closed:
                with suppress(sqlite3.Error):  # then the others wait a little longer
                    self._stored(lambda db: _give_back(db, lease, budget))

    def _next_lease(self, db: sqlite3.Connection, budget: Budget, earliest: float) -> tuple[float, float | None]:
        """Lease a block in place of the last one.

        If there is none: the seconds until there may be one, and the instant before which nothing at all may be sent.
        """
        good_for = min(_LEASE[0], budget.seconds * _LEASE[1])
        good_until = self.clock.monotonic() + good_for
        now = max(self._now(), earliest)  # looked up here, where nobody else is let in any more
        latest = now + good_for + budget.seconds
        _give_back(db, self._lease, budget)
        for table, bound in (("lease", latest), ("blocked", now + budget.seconds)):
            db.execute(f"DELETE FROM {table} WHERE ends <= ?", (now,))  # noqa: S608 - one of the two above
            # an end that lies further ahead was written before the clock was put back
            db.execute(f"UPDATE {table} SET ends = ? WHERE key = ? AND ends > ?", (bound, self._key, bound))  # noqa: S608
        (blocked,) = db.execute("SELECT max(ends) FROM blocked WHERE key = ?", (self._key,)).fetchone()
        if blocked:
            return 0.0, blocked
        sums = "SELECT coalesce(sum(permits), 0), min(ends) FROM lease WHERE key = ? AND permits > 0"
        used, first = db.execute(sums, (self._key,)).fetchone()
        free = budget.requests - used
        if free <= 0:
            return first - now, None
        size = min(free, self._grown, max(1, budget.requests // _BLOCKS))
        self._grown = 2 * size  # who is killed early has not taken much with it
        self._lease = _Lease(os.urandom(16), size, size, good_until, now)
        db.execute("INSERT INTO lease VALUES (?, ?, ?, ?)", (self._lease.id, self._key, size, latest))
        return 0.0, None

    def _stored(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something in one transaction; if the file cannot be used, from now on in memory.

        Raises:
            sqlite3.OperationalError: another process holds the file for longer than we wait.
        """
        try:
            if self._db is None:
                self._key, self._db = key_of(self.endpoint), opened(self.file)
            return transaction(self._db, work)
        except (sqlite3.Error, OSError) as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
                raise
            log.warning("budget.unshared", file=str(self.file), error=type(error).__name__, advice="delete the file")
            if self._db is not None:
                self._db.close()
            self._db = opened(None)
            return transaction(self._db, work)


def _give_back(db: sqlite3.Connection, lease: _Lease, budget: Budget) -> None:
    """Let a lease count for no longer than it must, and what was not used of it not at all."""
    db.execute("UPDATE lease SET permits = ? WHERE id = ?", (lease.size - lease.left, lease.id))
    if not lease.under_way:
        db.execute("UPDATE lease SET ends = ? WHERE id = ?", (lease.touched + budget.seconds, lease.id))
    lease.size -= lease.left
    lease.left = 0
