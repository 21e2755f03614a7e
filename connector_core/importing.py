"""One import, or one check, as the command line asks for it: opens what it needs, runs, reports, closes."""

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import structlog
from attrs import frozen
from requests.adapters import BaseAdapter, HTTPAdapter

from connector_core import log, plugins
from connector_core.arguments import DEFAULT_TARGET
from connector_core.clock import SYSTEM, Clock
from connector_core.config import Settings, load, read_document
from connector_core.errors import ConfigError
from connector_core.http import HttpClient
from connector_core.plan import Options
from connector_core.plugins import Source
from connector_core.privacy import PrivacyWrapper
from connector_core.run import Job, run
from connector_core.secrets import Guard
from connector_core.sink import History
from connector_core.summary import Summary

_SAMPLE = 10
"""Answers that a dry run shows when no --limit is given."""


@frozen
class Opened:
    """A plugin with its settings, its wrappers in place."""

    source: Source
    settings: Settings

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


@frozen
class Wire:
    """What a run has in the place of the world: the network and the clock, or a recording of both.

    Attributes:
        transport: sends requests.
        clock: the time.
        options: what was asked, now or when the recording was made.
        history: where a recorded run started from; None asks the target.
        finish: called with the summary of a run and where it started from.
    """

    transport: BaseAdapter
    clock: Clock
    options: Options
    history: History | None = None
    finish: Callable[[Summary, History], None] = lambda *_: None


def _wire(a: argparse.Namespace, opened: Opened) -> Wire:
    options = Options(
        since=a.since, until=a.until, lookback=a.lookback, full_refresh=a.full_refresh, prune=a.prune,
        limit=a.limit or (_SAMPLE if a.dry_run else None), threads=a.threads,
    )  # fmt: skip
    if not (a.record or a.replay):
        return Wire(https(a.threads), SYSTEM, options)
    try:
        from connector_core.cassette import rerun  # noqa: PLC0415 - an extra, and a plain run does not need it
    except ImportError:
        raise ConfigError("--record and --replay need more: pip install 'connector-core[cassette]'") from None
    secrets = opened.settings.secrets()
    if a.replay:
        return rerun.replay(a.replay, a.plugin, options, secrets)
    personal = None if a.record_unscrubbed else opened.source.description.personal
    scrub = rerun.scrub(secrets, personal, a.scrub_key)
    return rerun.record(a.record, a.plugin, https(a.threads), options, scrub)


def import_once(arguments: argparse.Namespace, guard: Guard) -> int:
    """Run one import; returns the exit code."""
    console = log.configure(arguments.log_format, arguments.verbose - arguments.quiet, guard)
    opened = open_plugin(arguments, guard)
    connection = arguments.connection or arguments.plugin
    target = "jsonl:-" if arguments.dry_run else arguments.to or DEFAULT_TARGET
    wire = _wire(arguments, opened)
    with ExitStack() as stack:
        http = stack.enter_context(closing(opened.http(wire.options.threads, wire.clock, wire.transport)))
        sink = stack.enter_context(closing(plugins.open_sink(target, connection, arguments.state)))
        start = wire.history or sink.history()
        job = Job(
            source=opened.source, config=opened.settings.plugin, http=http, sink=sink, connection=connection,
            target=target, history=start, clock=wire.clock,
            fingerprint=opened.settings.fingerprint(opened.source.description.mapping_version),
            stop=stack.enter_context(_stopping()), progress=_progress(arguments, console=console),
        )  # fmt: skip
        summary = run(job, wire.options)
        wire.finish(summary, start)
    _report(summary, arguments, guard, console=console)
    return summary.exit_code


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
    body = json.loads(guard(json.dumps(summary.as_json())))
    if console and not arguments.quiet:
        print(guard(summary.as_text()), file=sys.stderr)
    elif not console:
        structlog.get_logger("connector_core").info("run.finished", **body)
    if summary.error:
        print(guard(f"connector-run: {summary.error}"), file=sys.stderr)
    if arguments.report:
        _write(arguments.report, json.dumps(body, indent=2, ensure_ascii=False) + "\n")


def _write(path: str, text: str) -> None:
    """Write a report whole or not at all."""
    partial = Path(f"{path}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)  # noqa: PTH105 - the atomic one
    except OSError as error:
        raise ConfigError(f"--report {path}: cannot be written ({error.strerror}); the import itself is done") from None
