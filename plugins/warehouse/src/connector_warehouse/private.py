"""Files for their owner alone, whoever writes them, and a folder that is gone when it is left."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def privately() -> Iterator[None]:
    """Whatever makes a file or a folder meanwhile, in this process, makes it for its owner alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def emptied(folder: Path) -> Iterator[None]:
    """A folder of ours in which nothing stands, also not what a process that was killed has left; taken away later."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    try:
        yield
    finally:
        shutil.rmtree(folder)
