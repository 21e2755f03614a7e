"""One process at a time: a lock beside a file that says who holds it, and that the kernel frees with the process."""

import fcntl
import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen

from connector_core.errors import ConfigError, TargetError, TransientError
from connector_core.times import format_instant

_BEGINNING = b"process "
_WHOLE = re.compile(rb"process \d+ on [\w.-]+ has had it open since [\d:TZ-]+\n")
_LONGEST = 1000
"""Bytes; what a holder says of itself is shorter."""


@frozen
class Lock:
    """A lock that is held until it is released, or until its process ends."""

    place: str
    descriptor: int

    def release(self) -> None:
        """Let go, and take the lock's own file away."""
        if stands(self.descriptor, self.place):
            with suppress(OSError):  # a file that stays says nothing: it is not held
                Path(self.place).unlink()  # while it is held: whoever takes it after this sees that it is gone
        os.close(self.descriptor)


def hold(path: str) -> Lock:
    """Hold the lock of a file, which need not be there itself: `<path>.lock`, behind all symbolic links.

    Raises:
        TransientError: another process holds it; says which, and since when.
        ConfigError: its folder is missing.
        TargetError: there can be no lock.
    """
    place = f"{os.path.realpath(path)}.lock"
    try:
        while True:
            lock = Lock(place, os.open(place, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
            try:
                if _taken(lock, path):
                    return lock
            except BaseException:
                os.close(lock.descriptor)
                raise
            os.close(lock.descriptor)
    except FileNotFoundError:
        raise ConfigError(f"{path}: its folder does not exist; make it first") from None
    except OSError as error:
        raise TargetError(
            f"{path}: cannot be locked, by {place} ({error.strerror}); give a path in a folder that can be written to"
        ) from None


def _taken(lock: Lock, path: str) -> bool:
    """Lock the file and sign it; False where its last holder has taken it away meanwhile."""
    try:
        fcntl.flock(lock.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        said = os.pread(lock.descriptor, _LONGEST, 0)
        holder = said.decode().strip() if _WHOLE.fullmatch(said) else "another process has it open"
        raise TransientError(f"{path}: {holder}; wait for it to end, or use another file") from None
    if not stands(lock.descriptor, lock.place):
        return False
    if not _BEGINNING.startswith(os.pread(lock.descriptor, len(_BEGINNING), 0)):
        raise TargetError(f"{lock.place}: stands where a lock is wanted and is none of ours; move it away")
    me, since = f"{os.getpid()} on {os.uname().nodename}", format_instant(datetime.now(UTC))
    os.ftruncate(lock.descriptor, 0)
    os.pwrite(lock.descriptor, _BEGINNING + f"{me} has had it open since {since}\n".encode(), 0)
    return True


def stands(descriptor: int, path: str) -> bool:
    """Whether an open file is the one at the path."""
    try:
        return os.path.samestat(os.fstat(descriptor), Path(path).stat())
    except OSError:
        return False
