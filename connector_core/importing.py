"""One run, as the command line asks for it: opens what it needs, runs, reports, closes."""

import argparse
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

import attrs
import structlog

from connector_core import log
from connector_core.errors import TargetError, known
from connector_core.files import targets_of
from connector_core.job import Job
from connector_core.memory import be_frugal
from connector_core.opening import Prepared, connection_of, prepare
from connector_core.plan import Options
from connector_core.reporting import exit_code_of, progress_line, report
from connector_core.run import run
from connector_core.secrets import Guard
from connector_core.summary import Summary


def import_once(arguments: argparse.Namespace, guard: Guard) -> int:
    """Run one import, or one of the modes that stand in its place; returns the exit code."""
    console = log.configure(arguments.log_format, arguments.verbose - arguments.quiet, guard)
    if arguments.report:
        from connector_core import reportfile  # noqa: PLC0415 - most runs are asked for none

        reportfile.check(arguments.report)
    targets = targets_of(arguments)
    be_frugal()
    try:
        with ExitStack() as stack:
            stop = stack.enter_context(_stopping())
            prepared = prepare(arguments, guard, stop, stack, console=console)
            if arguments.reconcile:
                from connector_core import reconciling  # noqa: PLC0415 - a plain run does not need it

                return reconciling.show_each(prepared, targets)
            if len(targets) > 1:
                from connector_core import several  # noqa: PLC0415 - a plain run does not need it

                summaries = several.run_each(prepared, targets, progress_line(arguments, console=console), stack)
            else:
                summaries = [_run_one(prepared, targets[0], progress_line(arguments, console=console), stack)]
    except Exception as unforeseen:  # noqa: BLE001 - told by its class, and by its frames if it is a bug
        error = known(unforeseen)
        if not console:
            structlog.get_logger("connector_core").error("run.failed", kind=error.kind, reason=str(error))
        if arguments.report:
            with suppress(TargetError):  # the other error is what the user must know of
                connection = connection_of(arguments)
                reportfile.write(arguments.report, [Summary(connection, each, error=error) for each in targets], guard)
        raise error from None
    report(summaries, arguments, guard, console=console)
    return exit_code_of(summaries)


def _run_one(prepared: Prepared, target: str, progress: Callable[[Summary], None], stack: ExitStack) -> Summary:
    """Import into one target."""
    sink, shaped = prepared.open(target)
    stack.enter_context(closing(sink))
    job, world = attrs.evolve(prepared.job(target, sink, shaped), progress=progress), prepared.world
    start = world.history or job.sink.history()
    summary = work_of(prepared.arguments)(job, world.options)
    world.finish(summary, start)
    return summary


def work_of(arguments: argparse.Namespace) -> Callable[[Job, Options], Summary]:
    """What is done with each target: an import, or the retrying of its rejects."""
    if not arguments.retry_rejects:
        return run
    from connector_core.retrying import retry  # noqa: PLC0415 - a plain run does not need it

    return retry


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; a second one interrupts at once."""
    stop = threading.Event()

    def ask(*_: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        with suppress(OSError):  # nobody may be listening
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
