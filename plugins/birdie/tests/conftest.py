"""Where fresh folders are made."""

import os
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fresh folders are in memory, where there is a place for that."""
    memory = Path("/dev/shm")  # noqa: S108 - only where fresh folders are made, under names that nobody can guess
    if os.access(memory, os.W_OK):
        monkeypatch.setattr(tempfile, "tempdir", str(memory))
