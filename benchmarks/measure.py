"""What a whole process costs. Whoever measures must be small: a child's peak of memory begins with its parent's."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import frozen


@frozen
class Cost:
    """What a process cost: seconds on the wall, seconds of processor, and the peak of its memory in 10**6 bytes."""

    wall: float
    cpu: float
    peak: float


class FailedError(Exception):
    """A process ended with another code than 0; with the end of what it said."""


def environment() -> dict[str, str]:
    """The same for everybody: nothing that makes Python slower to start or to write."""
    slow = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONDEVMODE", "PYTHONPATH"}
    return {name: value for name, value in os.environ.items() if name not in slow}


def measured(command: Sequence[str], folder: Path, *, more: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end, in a folder, where its standard output and error become files.

    The peak is that of the process itself or of the largest of its children, whichever is larger.

    Raises:
        FailedError: it failed.
    """
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment() | dict(more or {}), stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        said = (folder / "stderr").read_text(encoding="utf-8", errors="replace")[-2000:]
        raise FailedError(f"{' '.join(map(str, command))}\nended with {process.returncode}:\n{said}")
    return Cost(round(wall, 4), round(used.ru_utime + used.ru_stime, 4), round(used.ru_maxrss * 1024 / 1e6, 1))
