"""One import, or one check, as the command line asks for it: opens what it needs, runs, reports, closes."""

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path

import attrs
import structlog
from attrs import frozen
from requests.adapters import BaseAdapter, HTTPAdapter

from connector_core import log, plugins
from connector_core.arguments import DEFAULT_TARGET
from connector_core.clock import SYSTEM, Clock
from connector_core.config import Settings, load, read_document
from connector_core.errors import ConfigError, StoppedError, TargetError
from connector_core.http import HttpClient
from connector_core.plan import Options
from connector_core.plugins import Source
from connector_core.privacy import PrivacyWrapper
from connector_core.run import PLUGIN, Job, run
from connector_core.secrets import Guard
from connector_core.summary import Summary
from connector_core.world import World

_SAMPLE = 10
"""Answers that a dry run shows when no --limit is given."""


@frozen
class Opened:
    """A plugin with its settings, its wrappers in place."""

    source: Source
    settings: Settings

    def fingerprint(self) -> Mapping[str, str]:
        """What shapes records: the plugin, its mapping version, and settings."""
        return {PLUGIN: self.source.name, **self.settings.fingerprint(self.source.description.mapping_version)}

    def http(self, threads: int, clock: Clock, transport: BaseAdapter) -> HttpClient:
        """A client of the API that the settings name."""
        return HttpClient(self.source.description.endpoint(self.settings.plugin), clock, threads, transport)


def open_plugin(arguments: argparse.Namespace, guard: Guard) -> Opened:
    """Load the plugin and its configuration.

    Raises:
        ConfigError: either does not fit.
    """
    source = plugins.load_source(arguments.plugin)
    settings = load(read_document(arguments.config), source.description.config)
    guard.learn(settings.secrets())
    for name in settings.host.wrappers:
        source.wrap(name, plugins.load_plugin(name))
    source.wrap("privacy", PrivacyWrapper(source.description.personal, settings.host.privacy))
    return Opened(source, settings)


def _world(a: argparse.Namespace, opened: Opened, clock: Clock) -> World:
    options = Options(
        since=a.since, until=a.until, lookback=a.lookback, full_refresh=a.full_refresh, prune=a.prune,
        limit=a.limit or (_SAMPLE if a.dry_run else None), threads=a.threads,
    )  # fmt: skip
    world = World(https(a.threads), clock, options)
    if not (a.record or a.replay):
        return world
    try:
        from connector_core.cassette import rerun  # noqa: PLC0415 - an extra, and a plain run does not need it
    except ImportError:
        raise ConfigError("--record and --replay need more: pip install 'connector-core[cassette]'") from None
    secrets = opened.settings.secrets()
    if a.replay:
        return rerun.replay(a.replay, a.plugin, options, secrets)
    personal = None if a.record_unscrubbed else opened.source.description.personal
    scrub = rerun.scrub(secrets, personal, a.scrub_key)
    return rerun.record(a.record, a.plugin, world, scrub)


def import_once(arguments: argparse.Namespace, guard: Guard) -> int:
    """Run one import; returns the exit code."""
    console = log.configure(arguments.log_format, arguments.verbose - arguments.quiet, guard)
    opened = open_plugin(arguments, guard)
    connection = arguments.connection or arguments.plugin
    target = "jsonl:-" if arguments.dry_run else arguments.to or DEFAULT_TARGET
    if arguments.report and not os.access(Path(arguments.report).resolve().parent, os.W_OK):
        raise ConfigError(f"--report {arguments.report}: its folder is not there, or cannot be written to")
    with ExitStack() as stack:
        stop = stack.enter_context(_stopping())
        world = _world(arguments, opened, attrs.evolve(SYSTEM, sleep=partial(_sleep, stop)))
        http = stack.enter_context(closing(opened.http(world.options.threads, world.clock, world.transport)))
        sink = stack.enter_context(closing(plugins.open_sink(target, connection, arguments.state)))
        start = world.history or sink.history()
        job = Job(
            source=opened.source, config=opened.settings.plugin, http=http, sink=sink, connection=connection,
            target=target, history=world.history, clock=world.clock,
            fingerprint=opened.fingerprint(), stop=stop, progress=_progress(arguments, console=console),
        )  # fmt: skip
        summary = run(job, world.options)
        world.finish(summary, start)
    _report(summary, arguments, guard, console=console)
    return summary.exit_code


def _sleep(stop: threading.Event, seconds: float) -> None:
    """Wait, unless the user ends the run meanwhile."""
    if stop.wait(seconds):
        raise StoppedError("stopped while waiting; progress is kept, the same command goes on from there")


def https(threads: int) -> BaseAdapter:
    """The transport of a run that is neither recorded nor replayed."""
    return HTTPAdapter(pool_connections=4, pool_maxsize=max(threads, 4))


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; a second one interrupts at once."""
    stop = threading.Event()

    def ask(*_: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        os.write(2, b"\nstopping after the page in hand; once more stops at once\n")

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _progress(arguments: argparse.Namespace, *, console: bool) -> Callable[[Summary], None]:
    """A line that is written over again, on a terminal; else nothing."""
    if not console or arguments.quiet or not sys.stderr.isatty():
        return lambda _: None

    def show(summary: Summary) -> None:
        t = summary.total
        line = f"  {t.read:,} read, {t.loaded:,} loaded, {t.unchanged:,} unchanged, {summary.requests:,} requests"
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()

    return show


def _report(summary: Summary, arguments: argparse.Namespace, guard: Guard, *, console: bool) -> None:
    """Say what happened: to a person on the console, as an event in the log, as a file where asked for."""
    if sys.stderr.isatty() and console:
        sys.stderr.write("\r\x1b[K")
    body = guard.clean(summary.as_json())
    if console and not arguments.quiet:
        print(guard(summary.as_text()), file=sys.stderr)
    elif not console and not arguments.quiet:
        logger = structlog.get_logger("connector_core")
        (logger.error if summary.exit_code == 1 else logger.info)("run.finished", **body)
    told = console and not arguments.quiet
    lines = [] if told else [f"{summary.titles[key]} ({key}): {why}" for key, why in summary.failed.items()]
    for line in [*lines, *([str(summary.error)] if summary.error else [])]:
        print(guard(f"connector-run: {line}"), file=sys.stderr)
    if arguments.report:
        _write(arguments.report, json.dumps(body, indent=2, ensure_ascii=False) + "\n")


def _write(path: str, text: str) -> None:
    """Write a report whole or not at all; into a pipe or a device, as it is."""
    place = Path(path).resolve()
    try:
        if place.exists() and not place.is_file():
            place.write_text(text, encoding="utf-8")
            return
        unfinished = place.with_name(f"{place.name}.partial")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(place)
    except OSError as error:
        raise TargetError(f"--report {path}: cannot be written ({error.strerror}); the import itself is done") from None
