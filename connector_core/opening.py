"""From arguments to what a run works with: the plugin and its settings, the API, the target, the world around them."""

import argparse
import threading
from collections.abc import Mapping
from contextlib import ExitStack, closing
from functools import partial

import attrs
from attrs import frozen
from requests.adapters import BaseAdapter, HTTPAdapter

from connector_core import plugins
from connector_core.builtin import BUILT_IN
from connector_core.clock import SYSTEM, Clock
from connector_core.config import (
    Settings,
    load,
    read_document,
    warn_if_readable,
)
from connector_core.errors import ConfigError, StoppedError
from connector_core.files import beside, budget_file, kind_at, targets_of
from connector_core.http import HttpClient
from connector_core.job import PLUGIN, Job
from connector_core.model import Json
from connector_core.plan import Options
from connector_core.plugins import Source
from connector_core.privacy import protector, raw_protector
from connector_core.secrets import Guard
from connector_core.sink import Sink
from connector_core.world import World

_SAMPLE = 10
"""Answers that a dry run shows when no --limit is given."""


@frozen
class Opened:
    """A plugin with its settings, its wrappers in place."""

    source: Source
    settings: Settings
    document: Json

    def fingerprint(self) -> dict[str, str]:
        """What shapes records: the plugin, its mapping version, and settings."""
        return {PLUGIN: self.source.name, **self.settings.fingerprint(self.source.description.mapping_version)}

    def http(self, arguments: argparse.Namespace, world: World) -> HttpClient:
        """A client of the API that the settings name."""
        return HttpClient(
            self.source.description.endpoint(self.settings.plugin), world.clock, world.options.threads,
            world.transport, seconds=arguments.max_time.total_seconds(), allow_http=arguments.allow_http,
            budget_file=None if arguments.replay else budget_file(arguments),
        )  # fmt: skip


def open_plugin(arguments: argparse.Namespace, guard: Guard) -> Opened:
    """Load the plugin and its configuration.

    Raises:
        ConfigError: either does not fit.
    """
    for target in targets_of(arguments):
        guard.learn_url(target)  # before anything can fail: whatever is told of a run names its targets
    source = plugins.load_source(arguments.plugin)
    document = read_document(arguments.config or _beside(arguments.replay))
    settings = load(document, source.description.config)
    guard.learn(settings.secrets())
    if not arguments.replay:  # which has no use for a token
        warn_if_readable(arguments.config, document, settings.all())
    for name in settings.host.wrappers:
        source.wrap(name, plugins.load_plugin(name))
    return Opened(source, settings, document)


def _beside(cassette: str) -> str:
    """The configuration that was saved with a recording."""
    place = beside(cassette)
    if not kind_at(place):
        raise ConfigError(f"--replay {cassette}: {place} does not stand beside it; give --config FILE")
    return str(place)


def _world(a: argparse.Namespace, opened: Opened, clock: Clock, *, console: bool) -> World:
    options = Options(
        since=a.since, until=a.until, lookback=a.lookback, full_refresh=a.full_refresh, prune=a.prune,
        limit=a.limit or (_SAMPLE if a.dry_run else None), threads=a.threads, tolerance=a.max_rejects,
    )  # fmt: skip
    world = World(https(a.threads), clock, options)
    if not (a.record or a.replay):
        return world
    try:
        from connector_core.cassette import rerun  # noqa: PLC0415 - an extra, and a plain run does not need it
    except ImportError:
        raise ConfigError("--record and --replay need more: pip install 'connector-core[cassette]'") from None
    if a.replay:
        return rerun.replay(a.replay, a.plugin, options, opened.settings.secrets())
    return rerun.record(a, opened, world, console=console)


def https(threads: int) -> BaseAdapter:
    """The transport of a run that is neither recorded nor replayed."""
    return HTTPAdapter(pool_connections=4, pool_maxsize=max(threads, 4))


def connection_of(arguments: argparse.Namespace) -> str:
    """Under which name progress is kept."""
    return str(arguments.connection or arguments.plugin)


@frozen
class Prepared:
    """A run, ready but for its target.

    Attributes:
        arguments: the user's.
        opened: the plugin.
        world: what surrounds the run.
        http: the API.
        guard: knows the secrets.
        stop: set when the user ends the run.
        ours: this machine's clock, on which waiting ends when the user ends the run.
    """

    arguments: argparse.Namespace
    opened: Opened
    world: World
    http: HttpClient
    guard: Guard
    stop: threading.Event
    ours: Clock

    def open(self, target: str) -> tuple[Sink, dict[str, str]]:
        """Open a target with its plugin's settings; also digests of those that shape what it stores.

        Raises:
            ConnectorError: its plugin, its settings or itself cannot be used.
        """
        loader = plugins.load_loader(target)
        if loader.name in BUILT_IN:
            return loader.open(target, connection_of(self.arguments), self.arguments.state), {}
        from connector_core.targeting import open_configured  # noqa: PLC0415 - the host's own targets need none of it

        return open_configured(loader, target, self)

    def job(self, target: str, sink: Sink, shaped: Mapping[str, str]) -> Job:
        """All of it, with an open target and digests of what shapes records there."""
        opened, guard, world = self.opened, self.guard, self.world
        rules = (opened.source.description.personal, opened.settings.host.privacy)
        protect = raw_protector(*rules)
        return Job(
            source=opened.source, config=opened.settings.plugin, http=self.http, sink=sink,
            connection=connection_of(self.arguments), target=target, history=world.history, clock=world.clock,
            fingerprint={**opened.fingerprint(), **shaped}, stop=self.stop, write=protector(*rules),
            clean=lambda raw: guard.clean(protect(raw)), seconds=self.arguments.max_time.total_seconds(),
        )  # fmt: skip


def prepare(
    arguments: argparse.Namespace, guard: Guard, stop: threading.Event, stack: ExitStack, *, console: bool
) -> Prepared:
    """Open all that a run needs but its target; closed with the stack. On a console, people are told in words.

    Raises:
        ConnectorError: the plugin, the configuration or the recording cannot be opened.
    """
    opened, ours = open_plugin(arguments, guard), attrs.evolve(SYSTEM, sleep=partial(_sleep, stop))
    world = _world(arguments, opened, ours, console=console)
    http = stack.enter_context(closing(opened.http(arguments, world)))
    return Prepared(arguments, opened, world, http, guard, stop, ours)


def _sleep(stop: threading.Event, seconds: float) -> None:
    """Wait, unless the user ends the run meanwhile."""
    if stop.wait(seconds):
        raise StoppedError("stopped while waiting; progress is kept, the same command goes on from there")
