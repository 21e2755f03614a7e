"""What `connector-run` takes: a table of options, each with its default and an example."""

import argparse
import re
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from connector_core.plan import Tolerance

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


def _moment(text: str) -> datetime:
    from connector_core.times import parse_moment  # noqa: PLC0415 - most runs are given no date

    try:
        return parse_moment(text)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no date; write 2024-07-01 or 2024-07-01T12:00:00-03:00"
        ) from None


def span(text: str) -> timedelta:
    """Read `7d`, `36h` or `90m`, for argparse."""
    match = re.fullmatch(r"([0-9]+)([dhm])", text)
    if match and len(match[1]) > 6:  # noqa: PLR2004 - two thousand years, and more than a date bears
        raise argparse.ArgumentTypeError(f"{text!r} is too long; at most 999999 of d, h or m")
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is no span of days, hours or minutes; write 7d, 36h or 90m")
    return timedelta(**{{"d": "days", "h": "hours", "m": "minutes"}[match[2]]: int(match[1])})


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to 999999999")
    return int(text)


def _tolerance(text: str) -> "Tolerance":
    from connector_core.plan import Tolerance  # noqa: PLC0415 - most runs take the default

    match = re.fullmatch(r"([0-9]{1,9}|[0-9]{1,2}\.[0-9]{1,3})(%?)", text)
    share = float(match[1]) / 100 if match and match[2] else None
    if not match or (share is None and "." in text) or (share is not None and share > 1):
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a number up to 999999999 nor a share; write 20, 5% or 0.5%"
        )
    return Tolerance(count=int(match[1])) if share is None else Tolerance(share)


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name; write letters, digits, - and _")
    return text


def _takes(metavar: str, meaning: str, **more: Any) -> Mapping[str, Any]:
    return {"metavar": metavar, "help": meaning, **more}


def _flag(meaning: str) -> Mapping[str, Any]:
    return {"action": "store_true", "help": meaning}


_TO = (
    f"sqlite:///PATH, jsonl:PATH, jsonl:- (standard output), or a load plugin's (--list);"
    f" default {DEFAULT_TARGET}; e.g. jsonl:feedback.jsonl"
)
_TARGET = {
    "--to": _takes("TARGET", _TO),
    "--connection": _takes(
        "NAME", "under which name progress is kept; default the plugin's name; e.g. acme", type=_name
    ),
    "--state": _takes(
        "PATH", "where a target that cannot keep progress has it kept; default beside it; e.g. acme.state"
    ),
}

_OPTIONS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "what to run": {
        "--plugin": _takes("NAME", "the source plugin; e.g. trackco_cxm"),
        "--config": _takes(
            "FILE",
            "its configuration, JSON or TOML; - is standard input; where --replay X.yaml is given none, it takes"
            " X.config.json; e.g. trackco.json",
        ),
        "--list": _flag("list the installed plugins, broken ones with their reason"),
        "--describe": _flag("show the plugin's settings, and with --to the target's"),
        "--json": _flag("with --describe: as JSON Schema; with --list: as JSON"),
        "--check": _flag("try the configuration with a few cheap requests, load nothing"),
        "--dry-run": _flag("read and map a sample (--limit, default 10), show it, load nothing"),
        "--retry-rejects": _flag("map again what was rejected, from what was kept of it; read no answers"),
        "--reconcile": _flag("compare what the source counts with what the target holds, load nothing"),
    },
    "where to": _TARGET
    | {
        "--to": _takes("TARGET", _TO.replace("; default", "; may be given again; default"), action="append"),
        "--report": _takes("FILE", "write the summary as JSON; default none; e.g. report.json"),
    },
    "which answers": {
        "--since": _takes(
            "DATE",
            "from this instant on, in UTC unless it has an offset; on a new connection history begins here;"
            " default everything; e.g. 2024-07-01",
            type=_moment,
        ),
        "--until": _takes(
            "DATE", "before this instant; moves no cursor; default now; e.g. 2024-08-01T12:00:00-03:00", type=_moment
        ),
        "--lookback": _takes(
            "SPAN",
            "how far back each run reads again, to see edits; older edits stay unseen; default 7d; e.g. 36h",
            type=span,
            default=timedelta(days=7),
        ),
        "--full-refresh": _flag("read everything again, and tell what is no longer at the source"),
        "--prune": _flag("with --full-refresh: delete from the target what is no longer at the source"),
        "--limit": _takes("N", "load at most N answers; moves no cursor; default all; e.g. 100", type=_count),
    },
    "how": {
        "--threads": _takes(
            "N",
            "partitions and requests side by side, up to 64; default 4; 1 is strictly one by one; e.g. 8",
            type=_count,
            default=4,
        ),
        "--max-rejects": _takes(
            "N|P%",
            "stop before storing more new rejects than that, a share of at least 100 answers; default 5%%; e.g. 20",
            type=_tolerance,
            default="5%",
        ),
        "--max-time": _takes(
            "SPAN",
            "stop reading after so long, keep progress, exit 1; default 24h; e.g. 50m",
            type=span,
            default=timedelta(days=1),
        ),
        "--allow-http": _flag("let the token travel unencrypted: http:// to another machine, for tests only"),
        "--record": _takes(
            "CASSETTE", "record the run's requests, scrubbed; default not; e.g. tests/cassettes/trackco_cxm/acme.yaml"
        ),
        "--scrub-key": _takes(
            "KEY",
            "the same key gives the same stand-ins in every recording; default a new one; e.g. a long random text",
        ),
        "--record-unscrubbed": _flag("record customers' data as it is (never secrets): for simulated accounts only"),
        "--replay": _takes("CASSETTE", "run from a recording, without any network; default not; e.g. the same file"),
    },
    "what it says (on standard error)": {
        "--log-format": {
            "choices": ("auto", "console", "json"),
            "default": "auto",
            "help": "default auto: console on a terminal, else json; e.g. console",
        },
        "--verbose -v": _flag("say every step"),
        "--quiet -q": _flag("say only errors"),
    },
}


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line, as all of ours are."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuse `--option=--` first, of which argparse, before Python 3.13, makes an empty list."""
        given = sys.argv[1:] if args is None else args
        for text in given:
            if text.startswith("--") and text.endswith("=--"):
                self.error(f"argument {text.removesuffix('=--')}: '--' is no value")
        return super().parse_known_args(given, namespace)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the arguments, and exit."""
        self.exit(2, f"{self.prog}: config: {message}; see {self.prog} --help\n")


def run_parser() -> argparse.ArgumentParser:
    """The parser of `connector-run`."""
    parser = Parser(
        "connector-run",
        description="Import customer feedback with one plugin: read what is new, map it, load it exactly once.",
        epilog=_EXAMPLES + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_version(parser)
    for title, options in _OPTIONS.items():
        group = parser.add_argument_group(title)
        for flags, settings in options.items():
            group.add_argument(*flags.split(), **settings)
    return parser


def add_version(parser: argparse.ArgumentParser) -> None:
    """Add `--version`."""
    parser.add_argument("--version", action="version", version=f"connector-core {version('connector-core')}")


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add the options that name a target and a connection in it."""
    for flag, settings in _TARGET.items():
        meaning = settings["help"].replace("default the plugin's name", "a run's own default is its plugin's name")
        parser.add_argument(flag, **{**settings, "help": meaning})
