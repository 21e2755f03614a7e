"""The whole border between the host and its plugins: eight hooks. The docstrings are the contract.

A source implements `describe`, `check`, `partitions`, `extract` and `map`, and `count` if it can; a load plugin
implements `destination` and `load`; a map wrapper implements `map` with `@hookimpl(wrapper=True)`. A hook may take
fewer arguments than its specification names. Hooks are called per run, partition or page, never per record.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pluggy

from connector_core.endpoint import Endpoint
from connector_core.model import (
    Counted,
    Description,
    Destination,
    Finding,
    Json,
    Mapper,
    Page,
    Partition,
    Unimportable,
    Window,
)

if TYPE_CHECKING:
    from connector_core.http import HttpClient
    from connector_core.sink import Sink

Connect = Callable[[Endpoint, int], "HttpClient"]
"""Makes the host's HTTP client of an endpoint, with so many requests in flight at once. Who calls it closes it."""

GROUP = "connector_core.v1"
"""The entry-point group, and with it the version of this border. Another version is another group."""

HOOKS = ("describe", "check", "partitions", "extract", "map", "count", "destination", "load")

hookspec = pluggy.HookspecMarker("connector_core")
hookimpl = pluggy.HookimplMarker("connector_core")
"""Marks the functions of a plugin that are hooks; a map wrapper is marked with `@hookimpl(wrapper=True)`."""


@hookspec(firstresult=True)
def describe() -> Description:  # type: ignore[empty-body]
    """Say what the source is. No I/O, and nothing heavy imported."""


@hookspec(firstresult=True)
def check(config: Any, http: "HttpClient") -> Iterable[Finding]:  # type: ignore[empty-body]
    """Try the configuration with a few cheap requests.

    One finding for each thing verified: the token, the organization, each listed survey, every assumption about the
    wire that held or failed, and a forecast of the requests that reading everything would take.
    """


@hookspec(firstresult=True)
def partitions(config: Any, http: "HttpClient") -> Iterable[Partition | Unimportable]:  # type: ignore[empty-body]
    """List what a run reads, and what it cannot read with the reason.

    Raises:
        SourceError: what the user listed by name is not there or cannot be imported.
    """


@hookspec(firstresult=True)
def extract(partition: Partition, window: Window, cursor: Json, config: Any, http: "HttpClient") -> Iterator[Page]:  # type: ignore[empty-body]
    """Read the pages of one partition, lazily.

    All answers posted within `window` must come, by the time the iterator ends; others may come too, the host cuts
    them. Of a source that selects "updated", all must come that were updated from `window.start` on. `cursor` is None,
    or the cursor of a page of an earlier, interrupted run: go on after that page.
    Raises what it cannot read; never skips.
    """


@hookspec(firstresult=True)
def map(partition: Partition, config: Any, id_prefix: str) -> Mapper:  # type: ignore[empty-body]  # noqa: A001  # the field's word for it
    """Compile the mapper of one partition: what its definition says is looked up here, once."""


@hookspec(firstresult=True)
def count(partition: Partition, window: Window, config: Any, http: "HttpClient") -> Counted | None:
    """Ask the source how many answers of a partition it holds in a window, with a few requests; None if it cannot say.

    `window.start` None is the beginning of time; the window's instants are those of posting, whatever the source
    selects by. A source that counts whole days counts the whole days within.
    """


@hookspec(firstresult=True)
def destination() -> Destination:  # type: ignore[empty-body]
    """Say what targets a load plugin takes, and which settings it has. No I/O, and nothing heavy imported."""


@hookspec(firstresult=True)
def load(target: str, connection: str, state: str | None, config: Any, connect: "Connect") -> "Sink | None":
    """Open the sink of a target such as `sqlite:///feedback.db`, or return None if its scheme is another's.

    `state` is the path that the user gave with `--state`, or None. A sink whose target cannot keep cursors and
    digests keeps them in a `Journal` there, or beside its target. Files are made for their owner alone (0600).
    `config` is an instance of `Destination.config`, or None where no configuration was given: then one looks at what is
    remembered or forgets it, and nothing is sent. `connect` makes the host's HTTP client of an API, with so many
    requests in flight: whoever sends by it gets retries, a budget, and waits that end when the user wants it.

    Raises:
        ConfigError: the target is not written as it must be, or its folder is missing; nothing was touched.
        TransientError: another run has it open; says which process.
        TargetError: it cannot be opened, or is not as the last run left it.
    """
