"""The errors that a user can cause or meet, each one line that says what, where and what to do.

Anything else that is raised is a bug of ours or of a plugin and keeps its traceback (frames and types only).
A message names surveys, record ids, settings and paths; never a customer's value and never a secret.
"""

import traceback
from typing import ClassVar, Literal

_FRAMES = 12
"""The innermost of a traceback, as many as tell where an error comes from."""

Kind = Literal["config", "source", "target", "transient", "bug"]


class ConnectorError(Exception):
    """Any failure that has a clear line for the user.

    Attributes:
        kind: whose turn it is to act, for orchestrators: the settings, the source, the target, or time.
        exit_code: what the process exits with when this ends it.
    """

    kind: ClassVar[Kind] = "bug"
    exit_code: ClassVar[int] = 1


class ConfigError(ConnectorError):
    """The configuration, the command line or a state on disk does not fit; nothing was read or written."""

    kind = "config"
    exit_code = 2


class SourceError(ConnectorError):
    """The source said no, or answered with what the contract does not allow.

    Attributes:
        status: the HTTP status, where there was one.
        ends_run: whether every other partition would meet the same (a wrong token, an exhausted rate limit).
            Otherwise only the partition that met it fails; the others go on and the run exits 1.
    """

    kind = "source"

    def __init__(self, message: str, *, status: int | None = None, ends_run: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.ends_run = ends_run


class TooLargeError(SourceError):
    """One answer is larger than the host takes into memory; ask for less at once."""


class NotRecordedError(SourceError):
    """A replay was asked for what its recording does not hold, or no longer."""


class TransientError(ConnectorError):
    """What passes by itself: an outage, a limit that was met, another run that holds the target. Try again later.

    Attributes:
        ends_run: whether every other partition would meet the same. Otherwise only the partition that met it fails,
            unless some others in a row have met it too.
    """

    kind = "transient"

    def __init__(self, message: str, *, ends_run: bool = True) -> None:
        super().__init__(message)
        self.ends_run = ends_run


class SpoolError(ConnectorError):
    """This machine cannot keep a long answer while it is read: its folder for temporary files is full, say."""

    kind = "config"


class StoppedError(ConnectorError):
    """The user ended the run while it waited; what was read until then is stored."""

    kind = "transient"
    exit_code = 130


class TargetError(ConnectorError):
    """The target cannot take the records, or is not as our last run left it; nothing of it was touched."""

    kind = "target"


class BugError(ConnectorError):
    """This program or a plugin did what it must not. The message says where it was, and holds no value."""

    kind = "bug"


def bug(error: BaseException) -> BugError:
    """What may be said of an error that nobody foresaw: its type and its frames."""
    where = " < ".join(reversed(frames(error))) or "nowhere"
    return BugError(f"a bug in connector-core or a plugin, please report it: {type(error).__name__} at {where}")


def known(error: Exception) -> ConnectorError:
    """An error as one of ours: itself, or the bug that it is."""
    return error if isinstance(error, ConnectorError) else bug(error)


def frames(error: BaseException) -> list[str]:
    """Where an error was raised, the innermost last: files, lines and functions; no message and no values.

    Of an endless recursion, only as much as tells which.
    """
    inner = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno} {f.name}" for f in inner]
