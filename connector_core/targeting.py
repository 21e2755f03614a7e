"""What load plugins are opened with: their settings, and the host's HTTP. The host's own targets need neither."""

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import structlog

from connector_core.config import TARGETS, load_target, secrets_of, shaping, warn_if_readable
from connector_core.endpoint import Endpoint
from connector_core.errors import ConfigError, StoppedError
from connector_core.files import budget_file
from connector_core.hookspecs import Connect
from connector_core.http import HttpClient
from connector_core.job import GRACE
from connector_core.opening import connection_of, https
from connector_core.plugins import Loader, entry_points_of_all_versions
from connector_core.settings import settings_of
from connector_core.sink import Sink

if TYPE_CHECKING:
    from connector_core.opening import Prepared

log = structlog.get_logger("connector_core.targeting")


def open_configured(loader: Loader, target: str, prepared: "Prepared") -> tuple[Sink, dict[str, str]]:
    """Open a target of a load plugin; see `Prepared.open`."""
    arguments, opened, guard = prepared.arguments, prepared.opened, prepared.guard
    _refuse_misspelt(opened.document.get(TARGETS, {}))
    declared, config = [], None
    if loader.destination.config:
        config = load_target(opened.document, loader.name, loader.destination.config)
        declared = settings_of(config, f"{TARGETS}.{loader.name}.")
        guard.learn(secrets_of(declared))
        if arguments.config:
            warn_if_readable(arguments.config, opened.document, declared)
    sink = loader.open(target, connection_of(arguments), arguments.state, config, connecting(prepared))
    return sink, shaping(declared)


def _refuse_misspelt(targets: Mapping[str, object]) -> None:
    """Tell of settings of a plugin that is not installed; it may be on the next machine.

    Raises:
        ConfigError: it is called almost like one that is.
    """
    installed = [point.name for point in entry_points_of_all_versions()]
    for name in targets:
        if name in installed:
            continue
        if near := difflib.get_close_matches(name, installed, 1, 0.75):
            raise ConfigError(f"{TARGETS}.{name}: there is no such load plugin; did you mean {near[0]}?")
        advice = "no load plugin of this name is installed; its settings are not used"
        log.warning("config.unused", setting=f"{TARGETS}.{name}", advice=advice)


def connecting(prepared: "Prepared") -> Connect:
    """What makes clients of a target's API; a recording stands in for that of the source alone."""
    arguments, clock, asked = prepared.arguments, prepared.ours, list[float]()

    def look() -> None:
        """Leave a server that hangs when the user has ended the run some seconds ago."""
        if prepared.stop.is_set():
            asked.append(clock.monotonic())
            if asked[-1] - asked[0] >= GRACE:
                raise StoppedError("stopped while a target was being sent to; the next run sends what is not confirmed")

    def connect(endpoint: Endpoint, in_flight: int) -> HttpClient:
        return HttpClient(
            endpoint, clock, in_flight, https(in_flight), seconds=arguments.max_time.total_seconds(),
            allow_http=arguments.allow_http, budget_file=budget_file(arguments), meanwhile=look,
        )  # fmt: skip

    return connect
