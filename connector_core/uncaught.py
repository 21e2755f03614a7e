"""Errors that nothing catches, in a thread or while the process ends: told without their messages and values."""

import sys
import threading

from connector_core.errors import bug
from connector_core.secrets import Guard


def install(guard: Guard, prog: str) -> None:
    """Have Python tell such errors by type and frames; on its own it prints what they say, and what caused them.

    Args:
        guard: what is told goes through it.
        prog: the command, as its lines on standard error begin.
    """

    def tell(error: BaseException | None) -> None:
        if isinstance(error, Exception):  # to leave, or to be interrupted, is no error
            print(f"{prog}: bug: {guard(str(bug(error)))}", file=sys.stderr)  # noqa: T201 - to whom it may concern

    sys.excepthook = lambda _type, error, _traceback: tell(error)
    threading.excepthook = lambda raised: tell(raised.exc_value)
    sys.unraisablehook = lambda raised: tell(raised.exc_value)
