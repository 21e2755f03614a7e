"""What `connector-run` takes, and the one place where errors become a line and an exit code."""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version

from connector_core.errors import ConnectorError
from connector_core.secrets import Guard

DEFAULT_TARGET = "sqlite:///feedback.db"

EXIT_CODES = """\
exit codes:
  0    done
  1    the run failed, or a --check did; progress is kept
  2    usage or configuration; nothing was read or written
  3    done, with rejected answers that are new
  130  interrupted; progress is kept
"""

_EXAMPLES = """\
examples:
  connector-run --list
  connector-run --plugin trackco_cxm --describe
  connector-run --plugin trackco_cxm --config trackco.json --check
  connector-run --plugin trackco_cxm --config trackco.json --dry-run
  connector-run --plugin trackco_cxm --config trackco.json --to sqlite:///feedback.db
  connector-run --plugin trackco_nps --config nps.toml --to jsonl:- | jq .rating
"""


def run_parser() -> argparse.ArgumentParser:
    """What `connector-run` takes."""
    parser = argparse.ArgumentParser(
        "connector-run",
        description="Import customer feedback with one plugin: read what is new, map it, load it exactly once.",
        epilog=_EXAMPLES + "\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--version", action="version", version=f"connector-core {version('connector-core')}")
    _what(parser)
    where = parser.add_argument_group("where to")
    add_target(where)
    where.add_argument("--report", metavar="FILE", help="write the summary as JSON; default none; e.g. report.json")
    which = parser.add_argument_group("which answers")
    which.add_argument(
        "--since", type=_moment, metavar="DATE",
        help="from this instant on, in UTC unless it has an offset; on a new connection history begins here;"
        " default everything; e.g. 2024-07-01",
    )  # fmt: skip
    which.add_argument(
        "--until",
        type=_moment,
        metavar="DATE",
        help="before this instant; moves no cursor; default now; e.g. 2024-08-01T12:00:00-03:00",
    )
    which.add_argument(
        "--lookback", type=_span, metavar="SPAN", default=timedelta(days=7),
        help="how far back each run reads again, to see edits; older edits stay unseen; default 7d; e.g. 36h",
    )  # fmt: skip
    which.add_argument(
        "--full-refresh",
        action="store_true",
        help="read everything again, and tell what is no longer at the source",
    )
    which.add_argument(
        "--prune",
        action="store_true",
        help="with --full-refresh: delete from the target what is no longer at the source",
    )
    which.add_argument(
        "--limit", type=_count, metavar="N", help="at most N answers; moves no cursor; default all; e.g. 100"
    )
    how = parser.add_argument_group("how")
    how.add_argument(
        "--threads",
        type=_count,
        metavar="N",
        default=4,
        help="partitions and requests side by side; default 4; 1 is strictly one by one",
    )
    how.add_argument(
        "--record",
        metavar="CASSETTE",
        help="record the run's requests, scrubbed; e.g. tests/cassettes/trackco_cxm/acme.yaml",
    )
    how.add_argument(
        "--scrub-key",
        metavar="KEY",
        help="the same key gives the same stand-ins in every recording; default a new one",
    )
    how.add_argument(
        "--record-unscrubbed",
        action="store_true",
        help="record customers' data as it is (never secrets): for simulated accounts only",
    )
    how.add_argument(
        "--replay", metavar="CASSETTE", help="run from a recording, without any network; e.g. the same file"
    )
    _talk(parser)
    return parser


def _what(parser: argparse.ArgumentParser) -> None:
    what = parser.add_argument_group("what to run")
    what.add_argument("--plugin", metavar="NAME", help="the source plugin; e.g. trackco_cxm")
    what.add_argument(
        "--config",
        metavar="FILE",
        help="its configuration, JSON or TOML; - is standard input; e.g. trackco.json",
    )
    what.add_argument("--list", action="store_true", help="list the installed plugins, broken ones with their reason")
    what.add_argument("--describe", action="store_true", help="show the plugin's settings")
    what.add_argument("--json", action="store_true", help="with --describe: as JSON Schema; with --list: as JSON")
    what.add_argument(
        "--check", action="store_true", help="try the configuration with a few cheap requests, load nothing"
    )
    what.add_argument(
        "--dry-run",
        action="store_true",
        help="read and map a sample (--limit, default 10), show it, load nothing",
    )


def add_target(group: "argparse._ArgumentGroup | argparse.ArgumentParser") -> None:
    """Add the arguments that name a target and a connection in it."""
    group.add_argument(
        "--to",
        metavar="TARGET",
        help="sqlite:///PATH, jsonl:PATH, jsonl:- (standard output), or a load plugin's; default sqlite:///feedback.db",
    )
    group.add_argument(
        "--connection",
        metavar="NAME",
        type=_name,
        help="under which name progress is kept; default the plugin's name; e.g. acme",
    )
    group.add_argument(
        "--state",
        metavar="PATH",
        help="where a target that cannot keep progress has it kept; default beside it; e.g. acme.state",
    )


def _talk(parser: argparse.ArgumentParser) -> None:
    talk = parser.add_argument_group("what it says (on standard error)")
    talk.add_argument(
        "--log-format",
        choices=("auto", "console", "json"),
        default="auto",
        help="default auto: console on a terminal, else json",
    )
    talk.add_argument("-v", "--verbose", action="store_true", help="say every step")
    talk.add_argument("-q", "--quiet", action="store_true", help="say only errors")


def run_command(argv: Sequence[str] | None = None) -> None:
    """Run `connector-run` and exit."""
    from connector_core import commands  # noqa: PLC0415 - nothing heavy before the arguments are read

    leave(run_parser(), argv, commands.run_main)


def leave(
    parser: argparse.ArgumentParser,
    argv: Sequence[str] | None,
    main: Callable[[argparse.Namespace, argparse.ArgumentParser, Guard], int],
) -> None:
    """Run a command and exit with its code; the only place where an error becomes a line."""
    arguments, guard = parser.parse_args(argv), Guard()
    try:
        code = main(arguments, parser, guard)
        sys.stdout.flush()
    except ConnectorError as error:
        for line in str(error).splitlines():
            print(guard(f"{parser.prog}: {line}"), file=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        print(
            f"{parser.prog}: interrupted; progress is kept, the same command goes on from there",
            file=sys.stderr,
        )
        code = 130
    except BrokenPipeError:
        print(f"{parser.prog}: standard output was closed by its reader", file=sys.stderr)
        code = 1
    except Exception as error:  # noqa: BLE001 - a bug: show where, never what it was about
        from connector_core.mapping import frames  # noqa: PLC0415

        print(f"{parser.prog}: a bug in connector-core or a plugin, {type(error).__name__} at", file=sys.stderr)
        print("\n".join(f"  {frame}" for frame in frames(error)), file=sys.stderr)
        code = 1
    if sys.stdout.closed or code:
        _quiet_stdout()
    sys.exit(code)


def _quiet_stdout() -> None:
    """Keep the interpreter from complaining, while it ends, about output that nobody reads any more."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _moment(text: str) -> datetime:
    from connector_core.times import parse_moment  # noqa: PLC0415

    try:
        return parse_moment(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no date; write 2024-07-01 or 2024-07-01T12:00:00-03:00"
        ) from None


def _span(text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,6})([dhm])", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is no span; write 7d, 36h or 90m")
    return timedelta(**{{"d": "days", "h": "hours", "m": "minutes"}[match[2]]: int(match[1])})


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 10**9:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name; write letters, digits, - and _")
    return text
