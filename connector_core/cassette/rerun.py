"""From a run to its cassette and back: the clock, the options and the places that a replay starts from."""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import structlog

from connector_core.cassette.changes import Recorded
from connector_core.cassette.configuration import replayable
from connector_core.cassette.reader import load
from connector_core.cassette.recording import Session
from connector_core.cassette.replay import ReplayAdapter
from connector_core.cassette.scrub import Scrub
from connector_core.clock import stopped_at
from connector_core.errors import ConfigError, SourceError
from connector_core.files import beside, kind_at
from connector_core.model import Json, Personal, Window
from connector_core.plan import Options
from connector_core.sink import History, Place
from connector_core.summary import Summary
from connector_core.times import format_instant
from connector_core.world import World

if TYPE_CHECKING:
    from connector_core.opening import Opened

log = structlog.get_logger("connector_core.cassette")

_COMPLETE = (0, 3)
"""Exit codes of a run that read everything."""

_SHOWN = 5
"""Unused interactions that are named; the rest is counted."""


def record(arguments: argparse.Namespace, opened: "Opened", world: World, *, console: bool) -> World:
    """The same world, which writes a cassette and the configuration that replays it at the end of a complete run.

    Raises:
        ConfigError: there can be no such configuration, or vcrpy is missing.
    """
    try:
        from connector_core.cassette.recorder import RecordingAdapter, write  # noqa: PLC0415 - a replay needs no vcrpy
    except ImportError:
        raise ConfigError("--record needs more: pip install 'connector-core[cassette]'") from None
    path, options = arguments.record, _one_by_one(world.options)
    kind, folder = kind_at(Path(path)), Path(os.path.realpath(path)).parent
    if kind in ("folder", "device") or (kind_at(folder) and not os.access(folder, os.W_OK)):
        raise ConfigError(f"--record {path}: is no file that can be written; name one in a folder of yours")
    personal = None if arguments.record_unscrubbed else opened.source.description.personal
    scrub = _scrub(opened.settings.secrets(), personal, arguments.scrub_key)
    recording = RecordingAdapter(world.transport, scrub)
    configuration = replayable(opened.document, opened.settings, scrub)

    def finish(summary: Summary, start: History) -> None:
        if summary.exit_code in _COMPLETE and summary.now:
            recorded = recording.save(Path(path), _session(arguments.plugin, options, summary.now, start))
            write(beside(path), json.dumps(configuration, indent=2, ensure_ascii=False) + "\n")
            if not arguments.quiet:
                _tell(recorded, console=console)

    return World(recording, world.clock, options, None, finish)


def _scrub(secrets: Iterable[str], personal: Mapping[str, Personal] | None, key: str | None) -> Scrub:
    return Scrub(secrets, personal, key.encode()) if key else Scrub(secrets, personal)


def _tell(recorded: Recorded, *, console: bool) -> None:
    """Say what was recorded and what was replaced in it: to a person, or as an event in the log."""
    if console:
        print(recorded.as_text(), file=sys.stderr)
        return
    log.info(
        "cassette.recorded",
        path=recorded.path,
        interactions=recorded.interactions,
        left_out=recorded.left_out,
        replaced=recorded.counts(secret=False),
        secrets=recorded.counts(secret=True),
    )


def _one_by_one(options: Options, *, in_turn: bool = False) -> Options:
    """Without threads where they would leave to chance who is first.

    With a limit, what else was asked for before it was reached; where partitions ask the same and get different
    answers, which of them gets which.
    """
    return attrs.evolve(options, threads=1) if in_turn or options.limit is not None else options


def _session(plugin: str, options: Options, now: datetime, start: History) -> Session:
    asked = attrs.asdict(options) | {"begin": start.begin}
    kept = {name: _json(asked[name]) for name in ("since", "until", "lookback", "limit", "full_refresh", "begin")}
    cursors = {key: _place_json(place) for key, place in sorted(start.places.items())}
    return Session(plugin, now, {name: value for name, value in kept.items() if value is not None}, cursors)


def replay(path: str, plugin: str, options: Options, secrets: Iterable[str]) -> World:
    """A world that answers from a cassette. One of plain vcrpy has no session: it runs now, with these options.

    Raises:
        ConfigError: it cannot be read, is another plugin's, or holds a session that we cannot read.
    """
    recording = load(Path(path))
    transport, session = ReplayAdapter(recording, secrets), recording.session
    finish = partial(_complain, transport, path)
    if session is None:
        now = stopped_at(datetime.now(UTC).replace(microsecond=0))
        return World(transport, now, _one_by_one(options, in_turn=recording.in_turn()), History(), finish)
    if session.plugin != plugin:
        raise ConfigError(f"--replay {path}: was recorded with --plugin {session.plugin}, not {plugin}")
    try:
        asked, begin = _options(session.options, options)
        places = {key: _place(value) for key, value in session.cursors.items()}
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ConfigError(f"--replay {path}: its connector_core section cannot be read; record it again") from None
    return World(
        transport,
        stopped_at(session.clock),
        _one_by_one(asked, in_turn=recording.in_turn()),
        History(places, begin),
        finish,
    )


def _complain(transport: ReplayAdapter, path: str, summary: Summary, _: History) -> None:
    """Fail a replay that ended well without asking for everything that was recorded."""
    left = transport.unused()
    if left and not (summary.error or summary.interrupted):
        more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
        why = f"{path}: recorded but not asked for: {'; '.join(left[:_SHOWN])}{more}; record it again"
        summary.error = SourceError(why)


def _options(kept: Mapping[str, Json], given: Options) -> tuple[Options, datetime | None]:
    begin, since, until = (_instant(kept.get(name)) for name in ("begin", "since", "until"))
    lookback = timedelta(seconds=kept["lookback"])
    limit, full = kept.get("limit"), kept.get("full_refresh", False)
    if not isinstance(limit, int | None) or not isinstance(full, bool):
        raise TypeError
    return attrs.evolve(given, since=since, until=until, lookback=lookback, limit=limit, full_refresh=full), begin


def _json(value: object) -> Json:
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    return format_instant(value) if isinstance(value, datetime) else value


def _instant(value: Json) -> datetime | None:
    if value is None:
        return None
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError
    return instant.astimezone(UTC)


def _place_json(place: Place) -> Json:
    window = [_json(place.window.start), _json(place.window.end)] if place.window else None
    marks = {"low_water": _json(place.low_water), "high_water": _json(place.high_water)}
    return marks | {"window": window, "cursor": place.cursor}


def _place(kept: Json) -> Place:
    start, end = map(_instant, kept["window"] or (None, None))
    window = Window(start, end) if end else None
    low, high = _instant(kept.get("low_water")), _instant(kept["high_water"])
    return Place(high_water=high, window=window, cursor=kept["cursor"], low_water=low)
