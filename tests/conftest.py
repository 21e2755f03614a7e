"""What every test of the host can rely on."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator

import pytest
import structlog

from connector_core.mapping import Mapped
from connector_core.model import Partition
from connector_core.sink import Stored
from connector_core.summary import Summary


@pytest.fixture(autouse=True)
def every_answer_is_accounted_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test runs in this process: after each stored page, all numbers of its summary add up."""
    add = Summary.add

    def checked(self: Summary, partition: Partition, mapped: Mapped, stored: Stored) -> None:
        add(self, partition, mapped, stored)
        assert self.total.adds_up()
        assert self.partitions[partition.key].adds_up()

    monkeypatch.setattr(Summary, "add", checked)


@pytest.fixture(autouse=True)
def a_command_leaves_nothing_behind() -> Iterator[None]:
    """A command that a test runs in this process settles a few things for the whole of it."""
    handler = signal.getsignal(signal.SIGTERM)
    hooks, mask = (sys.excepthook, threading.excepthook, sys.unraisablehook), os.umask(0o022)
    os.umask(mask)
    yield
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    os.umask(mask)
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """What is logged is of no interest, unless a test configures it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()
