"""What the author of a source says, so that its whole contract can be tested: some ten lines."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import attrs
from attrs import field, frozen

from connector_core.model import Json


def _one_api(case: "SourceCase", attribute: "attrs.Attribute[Any]", server: object) -> None:
    del attribute
    if (case.cassette is None) == (server is None):
        raise ValueError("a case has either a cassette or a server")


@frozen(kw_only=True, eq=False)
class SourceCase:
    """A source, a configuration, and something that answers it: a recording, or a server on this machine.

    A server shows more: with a recording, nothing can be asked for that was not asked for when it was made.

    Attributes:
        plugin: the name of the source, as after `--plugin`. It must be installed.
        config: its configuration, as in a file; or made from what `server` gives; or None for the file that was
            saved beside the cassette.
        cassette: a recording of a run of it.
        server: gives a server of the API, seeded, for as long as the `with` block lasts. It must give the same answer
            to the same request, and may have bad moments that pass (429, 503).
        scales: the least and the greatest rating, by kind.
    """

    plugin: str
    config: Mapping[str, Json] | Callable[[Any], Mapping[str, Json]] | None = None
    cassette: Path | None = None
    server: Callable[[], AbstractContextManager[Any]] | None = field(default=None, validator=_one_api)
    scales: Mapping[str, tuple[int, int]] = {"nps": (0, 10), "csat": (0, 10)}
