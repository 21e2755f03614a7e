"""A target as one writes it after `--to`, taken apart."""

import re
from urllib.parse import SplitResult, parse_qs, urlsplit

from attrs import field, frozen

from connector_core import ConfigError

_FORMS = "write dlt+duckdb:///PATH, dlt+postgres://USER@HOST/DATABASE, or dlt:NAME of a destination configured for dlt"
_ALIASES = {"postgresql": "postgres"}
_DRIVERS = {"postgres": "postgresql", "redshift": "postgresql"}
"""What dlt calls a kind of database, and with what its URL begins where that is something else."""


@frozen
class Address:
    """Where records go.

    Attributes:
        kind: which kind of destination dlt must make, or the name of one that is configured.
        shown: for messages, and to tell the state of one from that of another: without user, password and options.
        state: where the journal stands if nobody says otherwise.
        file: the path of a DuckDB file; None for any other.
        url: what dlt connects with; None where its configuration says that. May hold a password.
    """

    kind: str
    shown: str
    state: str
    file: str | None = None
    url: str | None = field(default=None, repr=False)


def parse(target: str) -> Address:
    """Take a target apart.

    Raises:
        ConfigError: it is not of any form; says the forms and nothing of the target but its beginning.
    """
    scheme, _, rest = target.partition(":")
    kind = scheme.partition("+")[2]
    if scheme == "dlt" and re.fullmatch(r"[A-Za-z]\w*", rest):
        return Address(rest, f"dlt:{rest}", f"dlt-{rest}.state")
    if kind == "duckdb" and (path := rest.removeprefix("///")) not in ("", rest):
        return Address("duckdb", path, f"{path}.state", file=path)
    if re.fullmatch(r"[a-z]\w*", kind) and kind != "duckdb" and rest.startswith("//") and rest != "//":
        return _database(_ALIASES.get(kind, kind), rest)
    raise ConfigError(f"--to {scheme}:...: {_FORMS}")


def _database(kind: str, rest: str) -> Address:
    try:
        parts = urlsplit(f"{kind}:{rest}")
        host = _host(parts)
    except ValueError:
        raise ConfigError(f"--to dlt+{kind}:...: is no URL; {_FORMS}") from None
    named = re.sub(r"[^\w.-]+", "-", f"{host}{parts.path}").strip("-.")
    shown = f"{kind}://{host}{parts.path}"
    return Address(kind, shown, f"dlt-{named or kind}.state", url=f"{_DRIVERS.get(kind, kind)}:{rest}")


def _host(parts: SplitResult) -> str:
    """The host and port, or the folder of a socket, which PostgreSQL has among the options."""
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    return f"{host}:{parts.port}" if parts.port else host
