"""`--report`: the summary as a file."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from connector_core.errors import ConfigError, TargetError
from connector_core.files import kind_at
from connector_core.secrets import Guard
from connector_core.summary import Summary

_LONGEST = 255
"""Bytes of a file's name, as file systems take them."""


def check(path: str) -> None:
    """Find out, before anything is read, whether a report can be written there.

    Raises:
        ConfigError: it cannot.
    """
    if path == "-":
        raise ConfigError("--report -: name a file, or write /dev/stdout for standard output")
    kind, file = kind_at(Path(path)), Path(os.path.realpath(path))
    if kind == "folder":
        raise ConfigError(f"--report {path}: is a folder; name a file in it")
    if kind != "device" and not os.access(file.parent, os.W_OK):
        raise ConfigError(f"--report {path}: its folder is not there, or cannot be written to")
    if len(os.fsencode(file.name)) > _LONGEST:
        raise ConfigError(f"--report {path}: its name is too long")


def write(path: str, summaries: Sequence[Summary], guard: Guard) -> None:
    """Write the summary of one target; those of several as a list under `targets`.

    It is written whole or not at all; into a pipe or a device, as it is.

    Raises:
        TargetError: it cannot be written.
    """
    bodies = [guard.clean(summary.as_json()) for summary in summaries]
    text = json.dumps(bodies[0] if len(bodies) == 1 else {"targets": bodies}, indent=2, ensure_ascii=False) + "\n"
    try:
        if kind_at(Path(path)) == "device":
            Path(path).write_text(text, encoding="utf-8")
            return
        place = Path(os.path.realpath(path))
        with NamedTemporaryFile("w", encoding="utf-8", dir=place.parent, prefix=".report-", delete=False) as file:
            unfinished = Path(file.name)
            try:
                file.write(text)
                file.flush()
                unfinished.replace(place)
            except OSError:
                unfinished.unlink()
                raise
    except OSError as error:
        raise TargetError(f"--report {path}: cannot be written ({error.strerror}); the import itself is done") from None
