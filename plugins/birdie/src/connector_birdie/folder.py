"""Files in a folder of this machine: whole or not there, durable, for their owner alone."""

import errno
import os
from functools import partial
from pathlib import Path

from attrs import frozen

from connector_core import ConfigError, TargetError

_NOWHERE = {errno.ENOTDIR, errno.ENAMETOOLONG}
"""Reasons why there can be no file of a name, so that there is none to be taken away."""


@frozen
class Folder:
    """Where files are put, by names such as `nps/acme-00000001.parquet`; what holds them is made when it is needed."""

    root: Path

    def __attrs_post_init__(self) -> None:
        """Look whether it can be one.

        Raises:
            ConfigError: it is a file, or the folder that is to hold it is missing.
        """
        try:
            missing, taken = not self.root.absolute().parent.is_dir(), self.root.exists() and not self.root.is_dir()
        except OSError as error:
            raise ConfigError(f"{self.root}: {error.strerror}; give another path") from None
        if missing or taken:
            wrong = "its folder does not exist; make it first" if missing else "is no folder; give another path"
            raise ConfigError(f"{self.root}: {wrong}")

    def there(self, name: str) -> bool:
        """Whether there is such a file."""
        try:
            return (self.root / name).exists()
        except OSError as error:
            raise self._failed(name, error) from None

    def put(self, name: str, body: bytes) -> None:
        """Put a file there, in the place of one that is; whoever looks finds the old one or the whole new one.

        Raises:
            TargetError: it cannot be written.
        """
        path, draft = self.root / name, self._draft(name)
        try:
            for folder in (self.root, path.parent):
                if not folder.is_dir():
                    folder.mkdir(mode=0o700)
                    _sync(folder.absolute().parent)
            with open(draft, "wb", opener=partial(os.open, mode=0o600)) as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
            _sync(path.parent)
        except OSError as error:
            raise self._failed(name, error) from None

    def remove(self, name: str) -> None:
        """Take a file away, and what was left of putting it there; one that is not there is none.

        Raises:
            TargetError: it cannot be taken away.
        """
        for path in (self._draft(name), self.root / name):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                if error.errno not in _NOWHERE:
                    raise self._failed(name, error) from None

    def close(self) -> None:
        """Nothing is open between two files."""

    def _draft(self, name: str) -> Path:
        path = self.root / name
        return path.with_name(f".{path.name}.draft")

    def _failed(self, name: str, error: OSError) -> TargetError:
        return TargetError(f"{self.root / name}: {error.strerror}; nothing of this step was stored")


def _sync(folder: Path) -> None:
    """Flush to the disk which files a folder holds."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
