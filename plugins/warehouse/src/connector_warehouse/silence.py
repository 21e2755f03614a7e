"""dlt without its telemetry and its log: it begins both where it first looks for its configuration."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_OFF: Mapping[str, str] = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "CRITICAL",  # its log holds SQL, and with it what customers wrote
}


@contextmanager
def silently() -> Iterator[None]:
    """Whatever dlt begins meanwhile, it begins without telemetry and log; nothing in its configuration says otherwise.

    To be held where dlt is imported and first used; the environment is as it was afterwards.
    """
    logging.getLogger("dlt").addHandler(logging.NullHandler())  # where dlt finds one, it adds none to standard error
    before = {name: os.environ.get(name) for name in _OFF}
    os.environ.update(_OFF)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
