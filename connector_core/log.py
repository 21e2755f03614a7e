"""What the tool says on standard error while it works: a console form on a terminal, JSON lines elsewhere."""

import logging
import sys
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

from connector_core.secrets import Guard

Format = Literal["auto", "console", "json"]


def configure(form: Format, verbosity: int, guard: Guard, stream: TextIO | None = None) -> bool:
    """Set up structlog for a command; returns whether the form is the console's.

    `verbosity` is -1 (only errors), 0 (warnings and milestones) or 1 (everything).
    """
    stream = stream or sys.stderr
    console = form == "console" or (form == "auto" and stream.isatty())
    level = {-1: logging.ERROR, 0: logging.WARNING if console else logging.INFO}.get(verbosity, logging.DEBUG)

    def guarded(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {key: guard(value) if isinstance(value, str) else value for key, value in event.items()}

    renderer = structlog.dev.ConsoleRenderer(colors=stream.isatty()) if console else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            guarded,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    return console
