"""What the tool says on standard error while it works: a console form on a terminal, JSON lines elsewhere."""

import logging
import sys
import warnings
from contextlib import suppress
from pathlib import PurePath
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

from connector_core.errors import frames
from connector_core.secrets import Guard
from connector_core.summary import plain

Format = Literal["auto", "console", "json"]

log = structlog.get_logger("connector_core.log")


def configure(form: Format, verbosity: int, guard: Guard, stream: TextIO | None = None) -> bool:
    """Set up structlog for a command, and what becomes of the logs and warnings of libraries.

    Every value of an event goes through the guard; of an exception, only its type and frames are told. Returns whether
    the form is the console's. `verbosity` is -1 (only errors), 0 (warnings and milestones) or 1 (everything).
    """
    stream = stream or sys.stderr
    console = form == "console" or (form == "auto" and stream.isatty())
    level = {-1: logging.ERROR, 0: logging.WARNING if console else logging.INFO}.get(verbosity, logging.DEBUG)

    def guarded(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        error = _error_of(event.pop("exc_info", None))
        told = {"error": type(error).__name__, "frames": frames(error)} if error else {}
        cleaned: EventDict = guard.clean({**event, **told})
        return {name: plain(value) if isinstance(value, str) else value for name, value in cleaned.items()}

    renderer = structlog.dev.ConsoleRenderer(colors=stream.isatty()) if console else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            guarded,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: _Lines(stream),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Libraries(logging.WARNING)])
    warnings.showwarning = _warned
    return console


class _Lines(structlog.PrintLogger):
    """Writes a line for each event, if it can: a log on a full disk stops no run."""

    def msg(self, message: str) -> None:
        """Write one line."""
        with suppress(OSError):
            super().msg(message)

    debug = info = warning = error = msg


def _error_of(exc_info: Any) -> BaseException | None:
    """The exception of an event, however it was handed over."""
    if isinstance(exc_info, BaseException) or not exc_info:
        return exc_info or None
    error: BaseException | None = (exc_info if isinstance(exc_info, tuple) else sys.exc_info())[1]
    return error


class _Libraries(logging.Handler):
    """Tells where a library logged something, and not what: that may be a URL with its query, or a customer's value."""

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of one record."""
        log.warning("library.logged", logger=record.name, at=f"{record.filename}:{record.lineno}")


def _warned(*warned: Any, **_: Any) -> None:
    """The same of a warning."""
    category, filename, line = warned[1:4]
    log.warning("library.warned", category=category.__name__, at=f"{PurePath(filename).name}:{line}")
