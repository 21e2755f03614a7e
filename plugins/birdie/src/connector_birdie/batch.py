"""What the records of one run are called together: Birdie's `batch_id`."""

from collections.abc import Callable
from datetime import datetime, timedelta

from attrs import define, field

LONGEST = timedelta(hours=23)
"""All records of one batch must arrive within 24 hours (DOC); a run that takes longer begins another in good time."""


@define
class Batches:
    """Names the batch that is being sent.

    Attributes:
        connection: what it is a batch of.
        now: tells the time, aware UTC.
    """

    connection: str
    now: Callable[[], datetime]
    _begun: datetime | None = field(default=None, init=False)

    def current(self) -> str:
        """The same for all that is sent within 23 hours: the connection, and when its first record was sent."""
        now = self.now()
        if self._begun is None or now - self._begun >= LONGEST:
            self._begun = now
        return f"{self.connection}-{self._begun:%Y%m%dT%H%M%SZ}"
