"""`--check`: what the plugin finds, and what the host can tell of any source and target."""

import argparse
import os
import threading
from collections.abc import Iterator
from contextlib import closing

from connector_core import log
from connector_core.clock import SYSTEM
from connector_core.errors import ConnectorError
from connector_core.files import file_of, kind_at, targets_of
from connector_core.http import HttpClient
from connector_core.job import misfit
from connector_core.model import Finding
from connector_core.opening import (
    Prepared,
    connection_of,
    https,
    open_plugin,
)
from connector_core.plan import Options
from connector_core.secrets import Guard
from connector_core.summary import plain
from connector_core.world import World

_SKEW = 120
"""Seconds that two clocks may differ before it is worth a word."""


def check(arguments: argparse.Namespace, guard: Guard) -> int:
    """Try the configuration; prints findings and returns 0, or 1 when something does not hold."""
    log.configure(arguments.log_format, arguments.verbose - 1, guard)
    opened = open_plugin(arguments, guard)
    good = True
    world = World(https(1), SYSTEM, Options(threads=1))
    with closing(opened.http(arguments, world)) as http:
        for finding in _findings(Prepared(arguments, opened, world, http, guard, threading.Event(), SYSTEM)):
            mark = {True: "ok  ", False: "FAIL", None: "?   "}[finding.ok]
            print(plain(guard(f"{mark}  {finding.name}: {finding.text}")), flush=True)
            good = good and finding.ok is not False
    return 0 if good else 1


def _findings(prepared: Prepared) -> Iterator[Finding]:
    """One line for each thing verified, as it is; nothing is loaded and no cursor moves."""
    yield Finding("configuration", ok=True, text="every setting is valid")
    try:
        yield from prepared.opened.source.check(prepared.opened.settings.plugin, prepared.http)
    except ConnectorError as error:
        yield Finding("source", ok=False, text=str(error))
    yield _clock(prepared.http)
    for target in targets_of(prepared.arguments):
        yield _target(target, prepared)


def _target(target: str, prepared: Prepared) -> Finding:
    """Whether the target can be opened, and takes records of this configuration beside those that it holds."""
    path = file_of(target)
    if path and not kind_at(path) and os.access(path.absolute().parent, os.W_OK):
        return Finding("target", ok=True, text="is not there yet; a run makes it")
    if path and kind_at(path) and not os.access(path, os.W_OK):
        return Finding("target", ok=False, text="cannot be written to; see to its permissions")
    try:
        sink, shaped = prepared.open(target)
        with closing(sink):
            history = sink.history()
    except ConnectorError as error:
        return Finding("target", ok=False, text=str(error))
    problem = misfit(history.fingerprint, prepared.opened.fingerprint() | shaped, connection_of(prepared.arguments))
    if problem:
        return Finding("target", ok=False, text=problem)
    before = f"{len(history.places)} partitions were read before" if history.places else "nothing was loaded from here"
    return Finding("target", ok=True, text=f"can be opened; {before}")


def _clock(http: HttpClient) -> Finding:
    if http.server_date is None:
        return Finding("clock", ok=None, text="the server sends no Date to compare ours with")
    skew = (http.clock.now() - http.server_date).total_seconds()
    if abs(skew) <= _SKEW:
        return Finding("clock", ok=True, text="ours and the server's agree")
    side = "ahead of" if skew > 0 else "behind"
    return Finding(
        "clock",
        ok=False,
        text=f"ours is {abs(skew):,.0f} seconds {side} the server's; set this machine's clock",
    )
