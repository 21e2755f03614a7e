"""The command `connector`: what one does beside running, by topic; each topic loads its own work when asked for."""

import argparse
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from connector_core.arguments import EXIT_CODES, Parser, add_target, add_version, span
from connector_core.cli import leave
from connector_core.errors import ConfigError
from connector_core.secrets import Guard

if TYPE_CHECKING:
    Actions = argparse._SubParsersAction[Parser]  # noqa: SLF001 - argparse has no public name for it

_PLAIN = argparse.RawDescriptionHelpFormatter
_AUDITED = """\
exit codes:
  0    nothing was found
  1    something looks like a secret or like personal data
  2    usage, or a file cannot be read
"""

_MADE = """\
exit codes:
  0    made; its files are listed
  2    usage, or it cannot be made here
"""


def parsers() -> dict[str, argparse.ArgumentParser]:
    """The parser of `connector`, and those of its actions, by how one calls them."""
    about = "Look at and tend what connector-run keeps and records."
    command = Parser("connector", description=about, epilog=EXIT_CODES, formatter_class=_PLAIN)
    add_version(command)
    topics = command.add_subparsers(dest="topic", required=True, metavar="TOPIC")
    return {"connector": command, **_state(topics), **_cassette(topics), **_new(topics)}


def _state(topics: "Actions") -> dict[str, argparse.ArgumentParser]:
    topic = topics.add_parser("state", help="the progress of a connection: show or reset")
    actions = topic.add_subparsers(dest="action", required=True, metavar="ACTION")
    found: dict[str, argparse.ArgumentParser] = {}
    for name, text in (
        ("show", "show how far each partition was read"),
        ("reset", "forget it: the next run reads from the beginning; what is loaded stays"),
    ):
        action = found[f"connector state {name}"] = actions.add_parser(name, help=text, description=text)
        add_target(action)
        action.add_argument(
            "--partition", metavar="KEY", action="append", help="only this one; may be given again; default all"
        )
    return found


def _cassette(topics: "Actions") -> dict[str, argparse.ArgumentParser]:
    topic = topics.add_parser("cassette", help="recordings: audit")
    actions = topic.add_subparsers(dest="action", required=True, metavar="ACTION")
    text = "say what looks like a secret or like personal data in recordings and the configurations beside them"
    audit = actions.add_parser("audit", help=text, description=text, epilog=_AUDITED, formatter_class=_PLAIN)
    audit.add_argument("files", metavar="FILE", nargs="+", help="a recording; plain vcrpy's too")
    audit.add_argument(
        "--made-up", action="store_true", help="the account was made up: names and free text are nobody's"
    )
    audit.add_argument(
        "--max-age",
        metavar="SPAN",
        type=span,
        default=timedelta(days=180),
        help="warn of recordings that are older; default 180d; e.g. 30d",
    )
    return {"connector cassette audit": audit}


def _new(topics: "Actions") -> dict[str, argparse.ArgumentParser]:
    text = "begin a plugin: a distribution of its own that works, with its tests"
    new = topics.add_parser("new", help=text, description=text, epilog=_MADE, formatter_class=_PLAIN)
    new.add_argument("name", metavar="NAME", help="of the distribution; the plugin has the same with _; e.g. my-source")
    new.add_argument(
        "--kind",
        choices=("source", "load", "wrapper"),
        default="source",
        help="a source, a load plugin (a target), or a wrapper around the mapper of any source; default source",
    )
    new.add_argument("--in", dest="folder", metavar="FOLDER", default=".", help="where; default here; e.g. ~/plugins")
    return {"connector new": new}


def connector_command(argv: Sequence[str] | None = None) -> None:
    """Run `connector` and exit."""
    leave(parsers()["connector"], argv, _tend)


def _tend(arguments: argparse.Namespace, command: argparse.ArgumentParser, guard: Guard) -> int:
    """Do what was asked; returns the exit code."""
    if arguments.topic == "state":
        from connector_core import state  # noqa: PLC0415 - each topic loads its own

        return state.tend(arguments, command, guard)
    if arguments.topic == "new":
        from connector_core import scaffold  # noqa: PLC0415 - the same

        return scaffold.begin(arguments)
    try:
        from connector_core import auditing  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigError("recordings need more: pip install 'connector-core[cassette]'") from None
    return auditing.audit(arguments)
