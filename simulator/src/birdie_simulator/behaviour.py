"""How the served API departs from the plainest reading of the contract: data, and nothing else."""

from typing import Literal

from attrs import frozen

Fault = int | Literal["drop_before", "drop_after"] | None
"""What becomes of one request in place of its answer: a status; or its connection is reset, before its records were
stored or after. None: it is answered."""


@frozen(kw_only=True)
class Behaviour:
    """What the server does; by default, what the documentation says."""

    rate_limit: int | None = 100
    """How many requests may arrive in any one second (DOC); those beyond it get a 503. None sets no limit."""
    retry_after: int | None = None
    """The seconds that the `Retry-After` header of a 503 names; without it there is none."""
    faults: tuple[Fault, ...] = ()
    """What becomes of the next requests, in turn."""
    refused: frozenset[str] = frozenset()
    """Feedback ids that get a 400, however good their bodies are."""
    latency: float = 0.0
    """Seconds that pass before each answer, after its records were stored."""
    quote_values: bool = False
    """The message of a 400 shows the value in question."""
