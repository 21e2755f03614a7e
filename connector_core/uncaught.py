"""What is said on standard error whatever happens: also errors that nothing catches, without messages and values."""

import sys
import threading
from contextlib import suppress

from connector_core.errors import bug
from connector_core.secrets import Guard


def say(text: str, end: str = "\n") -> None:
    """Say something on standard error to whoever listens; where nobody can, the run is none the worse."""
    with suppress(OSError):
        print(text, end=end, file=sys.stderr, flush=True)  # noqa: T201 - this is what it is for


def install(guard: Guard, prog: str) -> None:
    """Have Python tell such errors by type and frames; on its own it prints what they say, and what caused them.

    Args:
        guard: what is told goes through it.
        prog: the command, as its lines on standard error begin.
    """

    def tell(error: BaseException | None) -> None:
        if isinstance(error, Exception):  # to leave, or to be interrupted, is no error
            say(f"{prog}: bug: {guard(str(bug(error)))}")

    sys.excepthook = lambda _type, error, _traceback: tell(error)
    threading.excepthook = lambda raised: tell(raised.exc_value)
    sys.unraisablehook = lambda raised: tell(raised.exc_value)
