"""Runs in processes of their own, which may be killed, may be no more than an ordinary user, or find the disk full."""

import multiprocessing
import os
import pkgutil
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from importlib import import_module
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any

from attrs import define, evolve, frozen

from connector_core import errors, jsonl, plugins, sqlite
from connector_core.config import TARGETS, load_target
from connector_core.model import Json
from connector_core.sink import Portion, Sink

_PATIENCE = 60
"""Seconds after which a run is taken for one that hangs."""

_NOBODY = 65534
_READY = (jsonl, sqlite)
"""Imported before a process gives up its rights, after which it may not be able to."""

_preloaded = [__name__]
"""What the process imports once of which those that are started here are forked."""

EFFECTS = frozenset({
    "commit", "execute", "executemany", "executescript", "fdatasync", "flush", "fsync", "ftruncate", "link", "mkdir",
    "pwrite", "remove", "rename", "replace", "rmdir", "rollback", "send", "sendall", "sendto", "truncate", "unlink",
    "write", "writelines", "writev",
})  # fmt: skip
"""Names of the functions, written in C, through which anything leaves a process."""


@frozen
class Task:
    """One run.

    Attributes:
        commits: what it writes.
        die_at: at which moment it is killed; 0 is never.
        room: bytes that each of its files has at most, as if the disk were full then.
        ordinary: whether it runs without the rights of root.
        settings: of the load plugin, as a configuration holds them.
    """

    target: str
    connection: str
    state: str | None
    commits: Sequence[Sequence[Portion]] = ()
    die_at: int = 0
    room: int | None = None
    ordinary: bool = False
    settings: Json = None


@frozen
class Ended:
    """How a run ended.

    Attributes:
        error: the class of what was raised; None for nothing.
        text: its message.
        moments: at how many it could have been killed.
        opening: how many of them there were before the target was open.
        killed: whether it was, by whomsoever.
    """

    error: str | None = None
    text: str = ""
    moments: int = 0
    opening: int = 0
    killed: bool = False

    def improper(self, *proper: type[errors.ConnectorError]) -> list[str]:
        """What is wrong with the way in which it was refused: nothing where it was not, or in one line of this kind."""
        kinds = [kind.__name__ for kind in proper]
        if self.killed:
            return ["the process dies or hangs"]
        if self.error not in (None, *kinds):
            return [f"ends in {self.error}, not in {' or '.join(kinds)}"]
        return [] if self.error is None or len(self.text.splitlines()) == 1 else ["the message is not one line"]


Opener = Callable[[str, str, str | None, Json], Sink]
"""From a target, a connection, a state and settings to the open sink."""


def opener(target: str) -> Opener:
    """Import the load plugin of a target, and open targets of it as the host does."""
    loader = plugins.load_loader(target)

    def opened(target: str, connection: str, state: str | None, settings: Json) -> Sink:
        config = loader.destination.config and load_target(
            {TARGETS: {loader.name: settings or {}}}, loader.name, loader.destination.config
        )
        return loader.open(target, connection, state, config)

    return opened


def attempt(action: Callable[[], object]) -> Ended:
    """Do something, and tell how it ended."""
    try:
        action()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - what a plugin raises is what is asked for
        return Ended(type(error).__name__, str(error))
    return Ended()


def die() -> None:
    """As nobody can prepare for."""
    os.kill(os.getpid(), signal.SIGKILL)


@define
class Fuse:
    """A profiler that counts the moments before and after each effect, and does something at one of them."""

    at: int
    then: Callable[[], object] = die
    moments: int = 0

    def __call__(self, _: FrameType, event: str, called: Any) -> None:
        """See `sys.setprofile`."""
        if event not in ("c_call", "c_return") or called.__name__ not in EFFECTS:
            return
        if isinstance(getattr(called, "__self__", None), str | bytes | bytearray | list | set | dict):
            return  # which have a `replace` and a `remove` too
        self.moments += 1
        if self.moments == self.at:
            self.then()


def run(task: Task, then: Callable[[], object] = die) -> Ended:
    """Open the target, write and close it, as told."""
    fuse, opening = Fuse(task.die_at, then), 0

    def all_of_it() -> None:
        nonlocal opening
        opened = opener(task.target)
        _prepare(task)
        sys.setprofile(fuse)
        try:
            with closing(opened(task.target, task.connection, task.state, task.settings)) as sink:
                opening = fuse.moments
                for commit in task.commits:
                    sink.write(commit)
        finally:
            sys.setprofile(None)

    return evolve(attempt(all_of_it), moments=fuse.moments, opening=opening)


def _modules_of(target: str) -> None:
    """Import all modules of a load plugin, some of which it may import only when it opens a target."""
    scheme = target.partition(":")[0].partition("+")[0]
    for point in plugins.entry_points_of_all_versions():
        package = sys.modules.get(point.module.partition(".")[0])
        if point.name == scheme and package is not None and hasattr(package, "__path__"):
            for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
                with suppress(Exception):  # what is not there for everybody is missed when it is needed
                    import_module(module.name)


def _prepare(task: Task) -> None:
    """Take away what this process must not have."""
    if task.ordinary:
        _modules_of(task.target)
    if task.room is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (task.room, hard))
    if task.ordinary and os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)


def _answer(task: Task, to: Connection) -> None:
    to.send(run(task))


def preload(modules: Sequence[str]) -> None:
    """Let processes have these modules from the start: to be said before the first of them is started."""
    _preloaded.extend(modules)


def elsewhere(task: Task) -> Ended:
    """Do the same in a process of its own, forked from one that has all it needs and does nothing else."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_preloaded)
    mine, its = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(task, its), daemon=True)
    process.start()
    its.close()
    with mine:
        try:
            ended = mine.recv() if mine.poll(_PATIENCE) else Ended(killed=True)
        except EOFError:
            ended = Ended(killed=True)
    process.kill()  # which has answered, is dead, or hangs
    process.join()
    process.close()
    return ended
