"""The command `connector-run`, and the one place where errors become a line and an exit code."""

import argparse
import errno
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from connector_core import uncaught
from connector_core.arguments import run_parser
from connector_core.errors import ConnectorError, TargetError, bug
from connector_core.files import absent, conflict
from connector_core.misuse import misuse
from connector_core.secrets import Guard

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What writing to a file may end with, of which all but standard output are looked after where they are written."""


def run_command(argv: Sequence[str] | None = None) -> None:
    """Run `connector-run` and exit."""
    leave(run_parser(), argv, _run)


def _run(arguments: argparse.Namespace, parser: argparse.ArgumentParser, guard: Guard) -> int:
    """Do what was asked; each way loads no more than it needs."""
    if arguments.list:
        from connector_core import listing  # noqa: PLC0415

        return listing.show(as_json=arguments.json)
    if not arguments.plugin and not (arguments.describe and arguments.to):
        parser.error("--plugin NAME is missing; --list shows what is installed")
    if arguments.describe:
        from connector_core import describing  # noqa: PLC0415

        return describing.show(arguments.plugin, arguments.to or (), as_json=arguments.json)
    problem = misuse(arguments) or conflict(arguments) or absent(arguments)
    if problem:
        parser.error(problem)
    if arguments.check:
        from connector_core import checking  # noqa: PLC0415

        return checking.check(arguments, guard)
    from connector_core import importing  # noqa: PLC0415

    return importing.import_once(arguments, guard)


def leave(
    parser: argparse.ArgumentParser,
    argv: Sequence[str] | None,
    main: Callable[[argparse.Namespace, argparse.ArgumentParser, Guard], int],
) -> None:
    """Run a command and exit with its code; the only place where an error becomes a line."""
    if sys.stderr is None:  # the caller closed it: nobody is there to read it
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as long as the process
    if sys.stdout is None:  # the same, but what is written there must not be taken for delivered
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
    os.umask(0o077)  # whatever is made from here on is for its owner alone
    guard = Guard()
    uncaught.install(guard, parser.prog)
    try:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.default_int_handler)  # until a run minds it: as Ctrl-C does
        code = main(parser.parse_args(argv), parser, guard)
        sys.stdout.flush()
    except Exception as error:  # noqa: BLE001 - whatever it is: a line for the user, or a bug without its values
        known = _known(error)
        code = known.exit_code
        for line in guard(str(known)).splitlines():
            uncaught.say(f"{parser.prog}: {known.kind}: {line}")
    except KeyboardInterrupt:
        code = 130
        uncaught.say(f"{parser.prog}: interrupted; progress is kept, the same command goes on from there")
    for stream in (sys.stdout, sys.stderr):
        if not _is_flushed(stream):  # the interpreter would complain while it ends, and exit with a code of its own
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(code)


def _known(error: Exception) -> ConnectorError:
    """An error as one of ours, which has a kind, a line and an exit code."""
    if isinstance(error, ConnectorError):
        return error
    if isinstance(error, BrokenPipeError):
        return TargetError("standard output was closed by its reader")
    if isinstance(error, OSError) and (error.errno in _FULL or not _is_flushed(sys.stdout)):
        return TargetError(f"standard output: {error.strerror}; not all was written")
    return bug(error)


def _is_flushed(stream: TextIO) -> bool:
    """Whether what was written so far could be passed on."""
    try:
        stream.flush()
    except (OSError, ValueError):
        return False
    return True
