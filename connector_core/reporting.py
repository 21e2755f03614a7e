"""What is said of a run: a line that moves on a terminal, a summary at the end, events in a log, a report as a file."""

import argparse
import sys
from collections.abc import Callable, Sequence

import structlog

from connector_core.secrets import Guard
from connector_core.summary import Summary, plain
from connector_core.uncaught import say


def progress_line(arguments: argparse.Namespace, *, console: bool) -> Callable[[Summary], None]:
    """A line that is written over again, on a terminal; else nothing."""
    if not console or arguments.quiet or not sys.stderr.isatty():
        return lambda _: None

    def show(summary: Summary) -> None:
        t = summary.total
        line = f"  {t.read:,} read, {t.loaded:,} loaded, {t.unchanged:,} unchanged, {summary.requests:,} requests"
        say(f"\r\x1b[K{line}", end="")

    return show


def exit_code_of(summaries: Sequence[Summary]) -> int:
    """That of one target; of several, the first that says most: interrupted, failed, with rejects, done."""
    codes = [summary.exit_code for summary in summaries]
    return next((code for code in (130, 1, 2, 3) if code in codes), 0)


def report(summaries: Sequence[Summary], arguments: argparse.Namespace, guard: Guard, *, console: bool) -> None:
    """Say what happened: to a person on the console, as events in the log, as a file where asked for."""
    if sys.stderr.isatty() and console:
        say("\r\x1b[K", end="")
    for summary in summaries:
        if console and not arguments.quiet:
            from connector_core.telling import text_of  # noqa: PLC0415 - a log needs none

            text = text_of(summary, lasting=_is_lasting(summary.target, arguments), sample=arguments.dry_run)
            say(guard(text))
        elif not console and not arguments.quiet:
            logger = structlog.get_logger("connector_core")
            told = logger.error if summary.exit_code == 1 else logger.info
            told("run.finished", **guard.clean(summary.as_json()))
    several = len(summaries) > 1
    for summary in summaries:
        for line in _problems(summary, told=console and not arguments.quiet):
            where = f"{line} (--to {summary.target})" if several else line
            say(plain(guard(f"connector-run: {where}")))
    if arguments.report:
        from connector_core import reportfile  # noqa: PLC0415 - most runs are asked for none

        reportfile.write(arguments.report, summaries, guard)


def _is_lasting(target: str, arguments: argparse.Namespace) -> bool:
    """Whether what a run keeps of its progress and its rejects is there for a later one."""
    passing = target == "sqlite:///:memory:" or (target == "jsonl:-" and not arguments.state)
    return not (passing or arguments.dry_run)


def _problems(summary: Summary, *, told: bool) -> list[str]:
    """A line for each thing that failed, the last one for the whole; partitions only where they were not told of."""
    failed = {} if told else summary.failed
    lines = [f"{why.kind}: {summary.titles[key]} ({key}): {why}" for key, why in failed.items()]
    if summary.error:
        lines.append(f"{summary.error.kind}: {summary.error}")
    elif summary.failed:
        kind = "transient" if {why.kind for why in summary.failed.values()} == {"transient"} else "source"
        number = f"{len(summary.failed)} of {len(summary.titles)}"
        lines.append(f"{kind}: {number} partitions could not be read to their end")
    return lines
