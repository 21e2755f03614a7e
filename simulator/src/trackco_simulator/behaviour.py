"""How the served APIs depart from the plainest reading of the contract: data, and nothing else."""

from datetime import datetime
from typing import Literal

from attrs import frozen

from trackco_simulator.faults import Faults
from trackco_simulator.timeline import Order


@frozen(kw_only=True)
class Behaviour:
    """What the server does unlike the contract's own example; by default, nothing."""

    bare_arrays: bool = False
    """CXM lists come as a bare array, not under `data`."""
    no_meta: bool = False
    """CXM lists come without `meta`."""
    max_page_size: int | None = None
    """The server silently caps CXM's `limit`."""
    ignore_limit: bool = False
    """`limit` is not heeded, as if it were absent: CXM pages hold 100, and NPS never gives more than 50 answers."""
    ignore_page: bool = False
    """Every CXM page is the first."""
    repeat_across_pages: bool = False
    """The last record of a CXM page is also the first of the next."""
    lying_total: int = 0
    """By how much CXM's `meta.total` is off; what it counts is never below 0."""
    ignore_dates: bool = False
    """`start` and `end` select nothing: all answers come."""
    order: Order = "oldest"
    """The order of answers; `shuffled` is the same disorder on every page, `restless` another one each time."""
    questions_in_answers: bool = False
    """CXM answers carry `question: {uuid, type, question}` in place of `question_uuid`."""
    insert_while_reading: int = 0
    """That many new CXM answers, one after each page but a window's last, each put before all that was read."""
    edit_while_reading: int = 0
    """That many CXM answers change, one after each page, each somewhere in the window that is being read."""
    limit_cap: int | None = None
    """NPS never gives more answers than this, `limit=-1` or not, and does not say so."""
    latency: float = 0.0
    """Seconds that pass before each answer."""
    rate_limit: tuple[int, float] | None = None
    """So many requests in so many seconds; beyond it CXM says 429, and NPS shows its CAPTCHA for good."""
    retry_after: Literal["seconds", "date"] | None = None
    """The form of the `Retry-After` header of a CXM 429 or 503; without it there is none."""
    fail_next: tuple[int, ...] = ()
    """The statuses of the next requests, in turn, in place of their answers."""
    date_header: datetime | None = None
    """A `Date` header that stands still, in place of the clock's."""
    wrong_content_type: bool = False
    """JSON is sent as `text/html`."""
    faults: Faults | None = None
    """What goes wrong on the way to the client."""
