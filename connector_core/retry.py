"""Which failed requests are tried again, and after how long: one table and one pure function."""

from math import inf
from typing import Literal

from attrs import frozen

MAX_ATTEMPTS = 6
FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
LONGEST_RETRY_AFTER = 300.0

ATTEMPT_SECONDS = 120.0
"""What one try may take, from its sending to the last byte of the answer."""

REQUEST_SECONDS = 600.0
"""What one request may take with all its tries and waits, beside one window of the API's budget."""

Trouble = Literal["dns", "refused", "broken", "timeout", "proxy", "tls", "certificate", "no_json", "too_large"]
"""Why there is no answer that can be read."""


@frozen
class Rule:
    """One line of the table.

    Attributes:
        cases: statuses and troubles that it is about.
        situation: the same in words.
        retried: whether the request is made again.
        why: the reason.
    """

    cases: frozenset[int | Trouble]
    situation: str
    retried: bool
    why: str


TABLE = (
    Rule(frozenset(), "a status that the plugin explains", retried=False, why="a person must act, or the window pass"),
    Rule(frozenset({408, 425, 429}), "HTTP 408, 425, 429", retried=True, why="the server asks for another time"),
    Rule(frozenset({500, 502, 503, 504}), "HTTP 500, 502, 503, 504", retried=True, why="outages pass by themselves"),
    Rule(frozenset(), "any other status of 300 or more", retried=False, why="it is an answer, and stays the same"),
    Rule(frozenset({"dns"}), "the name is not resolved", retried=True, why="name servers have outages"),
    Rule(frozenset({"refused"}), "the connection is refused", retried=True, why="the server may be starting"),
    Rule(frozenset({"broken"}), "the connection breaks off, or the body is cut or corrupt", retried=True,
         why="the next answer may come whole"),
    Rule(frozenset({"timeout"}), "no answer in time", retried=True, why="the server may be busy"),
    Rule(frozenset({"proxy"}), "the proxy fails", retried=True, why="it may be starting"),
    Rule(frozenset({"tls"}), "the encrypted connection fails", retried=True, why="it may have been cut"),
    Rule(frozenset({"certificate"}), "the certificate is not trusted", retried=False,
         why="somebody may be listening; it is never ignored"),
    Rule(frozenset({"no_json"}), "a body that is no JSON, whatever its status below 300", retried=True,
         why="error pages come with status 200 too"),
    Rule(frozenset({"too_large"}), "a body above the bound", retried=False, why="it would be as large again"),
    Rule(frozenset(), "a redirect to another host", retried=False, why="the token is for one host only"),
)  # fmt: skip
"""What is tried again, and what is not."""

_RETRIED: frozenset[int | Trouble] = frozenset().union(*(rule.cases for rule in TABLE if rule.retried))


def is_retried(result: int | Trouble) -> bool:
    """Whether it may help to make a request again that ended so."""
    return result in _RETRIED


@frozen
class Attempt:
    """How one try went.

    Attributes:
        number: 1 for the first.
        result: the HTTP status, or why there was none, or none that can be used.
        retry_after: seconds the server asked to wait, or None.
    """

    number: int
    result: int | Trouble
    retry_after: float | None = None


def next_wait(attempt: Attempt, chance: float, left: float = inf) -> float | None:
    """Seconds to wait before the next try, or None to give up.

    Exponential with full jitter (`chance` is uniform in 0..1) unless the server says how long, which is then
    honoured, 0 included; a server that asks for more than five minutes is not waited for, and no wait goes beyond
    the seconds that are left.
    """
    if attempt.number >= MAX_ATTEMPTS or not is_retried(attempt.result):
        return None
    wait = attempt.retry_after
    if wait is None:
        wait = chance * min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (attempt.number - 1))
    elif wait > LONGEST_RETRY_AFTER:
        return None
    return wait if wait < left else None
