"""The command `connector-run`, and the one place where errors become a line and an exit code."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from connector_core.arguments import misuse, run_parser
from connector_core.errors import ConnectorError
from connector_core.secrets import Guard


def run_command(argv: Sequence[str] | None = None) -> None:
    """Run `connector-run` and exit."""
    leave(run_parser(), argv, _run)


def _run(arguments: argparse.Namespace, parser: argparse.ArgumentParser, guard: Guard) -> int:
    """Do what was asked; each way loads no more than it needs."""
    if arguments.list:
        from connector_core import listing  # noqa: PLC0415

        return listing.show(as_json=arguments.json)
    if not arguments.plugin:
        parser.error("--plugin NAME is missing; --list shows what is installed")
    if arguments.describe:
        from connector_core import describing  # noqa: PLC0415

        return describing.show(arguments.plugin, as_json=arguments.json)
    problem = misuse(arguments)
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
    for name in ("stdout", "stderr"):  # a stream that the caller closed is None; then nobody is there to read it
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - as long as the process
    arguments, guard = parser.parse_args(argv), Guard()
    try:
        code = main(arguments, parser, guard)
        sys.stdout.flush()
    except Exception as error:  # noqa: BLE001 - whatever it is: a line for the user, or a bug without its values
        code, told = _told(error)
        for line in guard(told).splitlines():
            print(f"{parser.prog}: {line}", file=sys.stderr)
    except KeyboardInterrupt:
        code = 130
        print(f"{parser.prog}: interrupted; progress is kept, the same command goes on from there", file=sys.stderr)
    _quiet_stdout()
    sys.exit(code)


def _told(error: Exception) -> tuple[int, str]:
    """The exit code of an error, and what is said of it."""
    if isinstance(error, ConnectorError):
        return error.exit_code, str(error)
    if isinstance(error, BrokenPipeError):
        return 1, "standard output was closed by its reader"
    from connector_core.mapping import frames  # noqa: PLC0415

    return 1, "\n".join([f"a bug in connector-core or a plugin, {type(error).__name__} at", *frames(error)])


def _quiet_stdout() -> None:
    """Keep the interpreter from complaining, while it ends, about output that nobody reads any more."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
