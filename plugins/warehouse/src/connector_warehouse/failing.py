"""What may be said of an error of dlt or of a database: one line of ours, since theirs hold SQL and values."""

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from connector_core import ConfigError, ConnectorError, TargetError, TransientError

_PASSING = ("08", "40", "53", "55", "57")
"""Classes of SQLSTATE that pass by themselves: no connection, deadlocks, no resources, locks, a server that stops."""

_TO_CONNECT = {"DestinationConnectionError", "LoadClientNotConnected", "OperationalError", "InterfaceError"}
"""Without an SQLSTATE, no database has answered: what dlt raises then, and what Python's database clients do."""

_SYSTEM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EIO, errno.EPERM)
"""Errors of the system whose words are looked for in a message; they hold no value."""

Errors = Sequence[BaseException]
"""An error and all that it came from, the outermost first."""


@contextmanager
def translated(where: str, what: str = "nothing of this step is certain to be stored") -> Iterator[None]:
    """Turn whatever is raised by dlt, or by what it uses, into one line that holds no value and no secret.

    Args:
        where: the target, for the message.
        what: became of what was to be done.

    Raises:
        ConfigError: dlt's configuration does not hold what it must, or something is not installed.
        TransientError: there is no connection, or another process holds the target.
        TargetError: anything else.
    """
    try:
        yield
    except ConnectorError:
        raise
    except Exception as error:  # noqa: BLE001 - thirty destinations, each with errors of its own
        errors = list(_causes(error))
        raise _misconfigured(errors, where) or _failed(errors, where, what) from None


def out_of_memory(error: BaseException) -> bool:
    """Whether DuckDB says that it needs more memory than it may use."""
    return any("memory_limit" in str(one) for one in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    waiting, met = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) not in met:
            met.add(id(one))
            yield one
            inner = [getattr(one, name, None) for name in ("client_exception", "dbapi_exception", "inner_exc")]
            waiting += [other for other in (*inner, one.__cause__, one.__context__) if isinstance(other, BaseException)]


def _misconfigured(errors: Errors, where: str) -> ConfigError | None:
    """What the user is told who has to set or install something; None where it is not that."""
    for error in errors:
        name = type(error).__name__
        if name == "ConfigFieldMissingException":
            missing = ", ".join(sorted(_lookups(getattr(error, "traces", {}))))
            return ConfigError(f"{where}: dlt's configuration does not say {missing}")
        if isinstance(error, ImportError):
            return ConfigError(f"{where}: {_not_installed(error)}")
        if name in ("UnknownDestinationModule", "InvalidDestinationReference"):
            return ConfigError(f"{where}: dlt has no such destination, and none of this name is configured")
        if "Config" in name or name in ("InvalidConnectionString", "InvalidNativeValue"):
            return ConfigError(f"{where}: dlt's configuration of it is wrong ({name})")
    return None


def _lookups(traces: Mapping[str, Any]) -> Iterator[str]:
    """What was looked for in vain, and the variables of the environment that would hold it."""
    for name, tried in traces.items():
        nested = [trace.traces for trace in tried if hasattr(trace, "traces")]
        for some in nested:
            yield from _lookups(some)
        keys = [trace.key for trace in tried if getattr(trace, "provider", "") == "Environment Variables"]
        if not nested:
            yield f"{name} ({keys[0]})" if keys else name


_POSTGRES = "connector-warehouse[postgres]"
"""Our own extra, whose driver needs no compiler."""


def _not_installed(error: ImportError) -> str:
    if (error.name or "").startswith("dlt") and not isinstance(error, ModuleNotFoundError):
        return "this version of dlt is not one that connector-warehouse knows; see its README"
    wanted = [str(name) for name in getattr(error, "dependencies", None) or [error.name or "a part of dlt"]]
    known = dict.fromkeys(_POSTGRES if name.startswith("psycopg2") else name for name in wanted)
    return f"needs what is not installed: pip install {' '.join(map(repr, known))}"


def _failed(errors: Errors, where: str, what: str) -> ConnectorError:
    state = next(filter(None, map(_sqlstate, errors)), "")
    if not state and _TO_CONNECT & {type(error).__name__ for error in errors}:
        return _not_connected(errors, where)
    if state.startswith(_PASSING):
        return TransientError(f"{where}: {_reason(errors, state)}; try again later")
    return TargetError(f"{where}: {_reason(errors, state)}; {what}")


def _sqlstate(error: BaseException) -> str:
    """The five characters by which SQL databases tell errors apart, where this is one of theirs."""
    code = getattr(error, "pgcode", None) or getattr(error, "sqlstate", None)
    return code if isinstance(code, str) and len(code) == len("00000") else ""


def _reason(errors: Errors, state: str) -> str:
    """What was wrong, in words that hold no value: those of the system, a class of errors, an SQLSTATE."""
    texts = " ".join(map(str, errors))
    system = next((words for words in map(os.strerror, _SYSTEM) if words in texts), None)
    databases = (error for one in errors if isinstance(error := getattr(one, "dbapi_exception", None), BaseException))
    raised = [error for error in errors if error.__cause__ is None]
    name = type(next(databases, raised[0])).__name__
    return ", ".join(filter(None, (system, name, state and f"SQLSTATE {state}")))


def _not_connected(errors: Errors, where: str) -> ConnectorError:
    texts = " ".join(map(str, errors))
    if "authentication failed" in texts or "no password supplied" in texts:
        return TargetError(f"{where}: does not accept the user with this password")
    if "does not exist" in texts:
        return TargetError(f"{where}: there is no such database, or no such user")
    return TransientError(f"{where}: no connection; is it running, and can it be reached from here?")
