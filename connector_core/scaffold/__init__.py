"""`connector new`: a plugin that works and is tested, as a distribution of its own, to begin with.

The templates beside this module are such distributions themselves. They are copied, with their names replaced by those
that the author chose: nothing is generated, so that what is copied is what the host's own tests run.
"""

import argparse
import keyword
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from connector_core.builtin import BUILT_IN
from connector_core.errors import ConfigError

KINDS: Mapping[str, str] = {"source": "my_source", "load": "my_target", "wrapper": "my_rules"}
"""The templates, and the name of the package in each."""

_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_TEMPLATES = Path(__file__).parent
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*")


_NEXT = """
A plugin that works. What to type next, in an environment of its own:

  cd {place}
  pip install -e '.[test]'
  pytest
  connector-run --list

README.md says what to change, in which order.
"""


def begin(arguments: argparse.Namespace) -> int:
    """Write a new plugin, list its files, and say what comes next; returns the exit code."""
    files = create(arguments.kind, arguments.name, Path(arguments.folder).expanduser())
    print("\n".join(str(path) for path in files))
    print(_NEXT.format(place=Path(arguments.folder) / arguments.name), file=sys.stderr)
    return 0


def create(kind: str, name: str, folder: Path) -> list[Path]:
    """Write a new plugin into `folder/NAME`, whole or not at all; returns its files.

    Args:
        kind: one of `KINDS`.
        name: of the distribution, `my-source`; the plugin and its package are called the same with `_`.
        folder: where.

    Raises:
        ConfigError: the name cannot be used, the place is taken, or nothing can be written there.
    """
    package = name.replace("-", "_")
    _check(name, package)
    place = folder / name
    if place.exists():
        raise ConfigError(f"{place}: is there already; choose another name, or another folder")
    try:
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=folder) as draft:
            made = Path(draft) / name
            shutil.copytree(_TEMPLATES / kind, made, ignore=_LEFT_OUT)
            _rename(made, KINDS[kind], package)
            made.rename(place)
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be written to ({error.strerror}); give another with --in") from None
    return sorted(path for path in place.rglob("*") if path.is_file())


def _check(name: str, package: str) -> None:
    """Find out before anything is written whether a plugin may be called so.

    Raises:
        ConfigError: it may not.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} is no name of a plugin: write small letters, digits and -, such as my-source")
    if package in BUILT_IN:
        raise ConfigError(f"{name}: is a target of the host's own; choose another name")
    if keyword.iskeyword(package) or package in sys.stdlib_module_names or find_spec(package) is not None:
        raise ConfigError(f"{name}: a module called {package} is there already; choose another name")


def _rename(made: Path, old: str, new: str) -> None:
    """Put the new name in the place of the old one, in the names of files and in their text, however it is written."""
    spellings = {old: new, old.replace("_", "-"): new.replace("_", "-"), _title(old): _title(new)}
    spellings |= {_title(old).replace(" ", ""): _title(new).replace(" ", ""), old.upper(): new.upper()}
    for path in sorted(made.rglob("*"), reverse=True):  # what stands in a folder before the folder
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            for before, after in spellings.items():
                text = text.replace(before, after)
            path.write_text(text, encoding="utf-8")
        path.rename(path.with_name(path.name.replace(old, new)))


def _title(name: str) -> str:
    return name.replace("_", " ").title()
