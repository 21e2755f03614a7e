"""Targets as a run opens them, with settings, and what is written to them."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from connector_core.loading import Portion, Sink, Stored
from connector_core.sink import Row
from connector_core.testing.sink_child import opener


@contextmanager
def opened(target: str, state: str | None = None, connection: str = "acme", **settings: Any) -> Iterator[Sink]:
    """Open a target."""
    with closing(opener(target)(target, connection, state, settings)) as sink:
        yield sink


def loaded(target: str, rows: Sequence[Row], state: str | None = None, **settings: Any) -> Stored:
    """A run of one commit."""
    with opened(target, state, **settings) as sink:
        return sink.write([Portion("p", rows)])[0]
