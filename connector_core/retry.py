"""Which failed requests are tried again, and after how long: one table and one pure function."""

from attrs import frozen

RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may pass by themselves. Any other status of 300 or more is an answer, and final."""

MAX_ATTEMPTS = 6
FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
LONGEST_RETRY_AFTER = 300.0


@frozen
class Attempt:
    """How one try went.

    Attributes:
        number: 1 for the first.
        status: the HTTP status; None when no whole answer came (refused, reset, timed out, or a body that is no JSON).
        retry_after: seconds the server asked to wait, or None.
    """

    number: int
    status: int | None
    retry_after: float | None = None


def next_wait(attempt: Attempt, chance: float) -> float | None:
    """Seconds to wait before the next try, or None to give up.

    Exponential with full jitter (`chance` is uniform in 0..1) unless the server says how long, which is then
    honoured, 0 included; a server that asks for more than five minutes is not waited for.
    """
    if attempt.number >= MAX_ATTEMPTS or (attempt.status is not None and attempt.status not in RETRIED):
        return None
    if attempt.retry_after is not None:
        return attempt.retry_after if attempt.retry_after <= LONGEST_RETRY_AFTER else None
    return chance * min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (attempt.number - 1))
