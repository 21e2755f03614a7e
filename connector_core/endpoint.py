"""How an API is reached: where, with what, how often, and what one asks and gets. Values, without any I/O."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen


@frozen
class Budget:
    """How many requests the API bears: at most `requests` in any `seconds`.

    Attributes:
        exhausted: the HTTP status that says that the limit was met all the same and that no retry clears it. Then
            nothing more is sent for `seconds`, by this run or any later one that shares the budget. None: no such.
    """

    requests: int
    seconds: float
    exhausted: int | None = None


@frozen
class Endpoint:
    """How the host reaches an API: a pure function of the configuration.

    Attributes:
        base_url: no path given to the client leaves it, and its headers go nowhere else.
        headers: sent with every request, secrets included.
        budget: the documented rate limit, with head room; None where none is known.
        explain: what a status means here and what to do about it, one sentence each. A status that stands here
            is never retried and ends the run.
    """

    base_url: str
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    budget: Budget | None = None
    explain: Mapping[int, str] = field(factory=dict)


@frozen
class Call:
    """One GET to be made: a path below the endpoint's base URL, and its query. Parameters that are None stay away."""

    path: str
    params: Mapping[str, Any] = field(factory=dict)


@frozen
class Response:
    """A decoded answer with a status below 300.

    Attributes:
        body: the JSON body.
        status: the HTTP status.
        date: the server's `Date`, aware UTC; None when it sent none that can be read.
    """

    body: Any
    status: int
    date: datetime | None
