"""What is said of a run: a line that moves on a terminal, a summary at the end, events in a log, a report as a file."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import structlog

from connector_core.errors import TargetError
from connector_core.secrets import Guard
from connector_core.summary import Summary, plain


def progress_line(arguments: argparse.Namespace, *, console: bool) -> Callable[[Summary], None]:
    """A line that is written over again, on a terminal; else nothing."""
    if not console or arguments.quiet or not sys.stderr.isatty():
        return lambda _: None

    def show(summary: Summary) -> None:
        t = summary.total
        line = f"  {t.read:,} read, {t.loaded:,} loaded, {t.unchanged:,} unchanged, {summary.requests:,} requests"
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()

    return show


def report(summary: Summary, arguments: argparse.Namespace, guard: Guard, *, console: bool) -> None:
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
    failed = {} if told else summary.failed
    lines = [f"{why.kind}: {summary.titles[key]} ({key}): {why}" for key, why in failed.items()]
    if summary.error:
        lines.append(f"{summary.error.kind}: {summary.error}")
    elif summary.failed:
        kind = "transient" if {why.kind for why in summary.failed.values()} == {"transient"} else "source"
        number = f"{len(summary.failed)} of {len(summary.titles)}"
        lines.append(f"{kind}: {number} partitions could not be read to their end")
    for line in lines:
        print(plain(guard(f"connector-run: {line}")), file=sys.stderr)
    write_report(arguments, summary, guard)


def write_report(arguments: argparse.Namespace, summary: Summary, guard: Guard) -> None:
    """Write the summary to `--report`, if one was asked for.

    Raises:
        TargetError: it cannot be written.
    """
    if arguments.report:
        body = guard.clean(summary.as_json())
        _write(arguments.report, json.dumps(body, indent=2, ensure_ascii=False) + "\n")


def _write(path: str, text: str) -> None:
    """Write a report whole or not at all; into a pipe or a device, as it is."""
    place = Path(path).resolve()
    try:
        if place.exists() and not place.is_file():
            place.write_text(text, encoding="utf-8")
            return
        unfinished = place.with_name(f"{place.name}.partial")
        unfinished.unlink(missing_ok=True)  # one that was left there may be for others to read
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(place)
    except OSError as error:
        raise TargetError(f"--report {path}: cannot be written ({error.strerror}); the import itself is done") from None
