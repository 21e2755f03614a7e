"""From `--to birdie://...` and the settings to an open sink."""

import re
from contextlib import ExitStack, closing
from pathlib import Path

from connector_birdie.batch import Batches
from connector_birdie.body import compile_table
from connector_birdie.config import Config
from connector_birdie.sending import Birdie, Route, endpoint
from connector_core import ConfigError
from connector_core.loading import Batch, Connect, Journal, Sink, form_of, open_state

_PLACE = re.compile(r"//(?P<host>[A-Za-z0-9.-]+(?::(?P<port>[0-9]{1,5}))?)(?P<prefix>(?:/[A-Za-z0-9._~-]+)*)/?")
"""A host, and below it a path if there is one: nothing that could be a password."""

_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost)(:[0-9]+)?")
_AT_A_TIME = Batch(rows=500, seconds=5.0, step=100)
"""A commit is some seconds of sending, and what an interruption costs is one."""

_LAST_PORT = 65_535
_MOST = 50
"""Records that one request of the webhook may hold (DOC)."""


def open_api(  # noqa: PLR0913, PLR0917 - what `load` is given
    form: str, rest: str, connection: str, state: str | None, config: Config | None, connect: Connect
) -> Sink:
    """Open Birdie's ingestion API, or its older webhook.

    Without settings, what is remembered can be looked at, and nothing sent.

    Raises:
        ConfigError: the target or the settings do not fit, or the state is that of another target.
    """
    place = _PLACE.fullmatch(rest)
    if not place or not int(place["port"] or 1) <= _LAST_PORT:
        example = "127.0.0.1:8080" if form == "birdie+http" else "api.birdie.ai"
        raise ConfigError(f"--to {form}:...: write {form}://HOST, such as {form}://{example}, without a key in it")
    host, prefix = place["host"], place["prefix"]
    if config is not None and config.key is None:
        raise ConfigError('targets.birdie.key: is required: {"targets": {"birdie": {"key": "${BIRDIE_API_KEY}"}}}')
    settings = config or Config()
    url = f"{_scheme(form, host)}://{host}{prefix}"
    name = f"{form}://{host}{prefix}"
    path = state or f"{_file_name(name)}.state"
    if config is None and not Path(path).exists():
        raise ConfigError(f"{path}: is not there, so nothing is remembered of {name}; give the right --to or --state")
    with ExitStack() as held:
        api = endpoint(url, settings.key or "none", settings.requests_per_second)
        http = held.enter_context(closing(connect(api, settings.in_flight)))
        database = held.enter_context(closing(open_state(path, name)))
        batches = Batches(connection, http.clock.now)
        target = Birdie(database, http, _route(form, settings), compile_table(settings.fields), batches)
        journal = Journal(database, connection, target, _AT_A_TIME, form_of(settings))
        held.pop_all()
    return journal


def _scheme(form: str, host: str) -> str:
    """Whether what is sent is encrypted; for `birdie+webhook`, but to this machine itself."""
    return "http" if form == "birdie+http" or (form == "birdie+webhook" and _LOOPBACK.fullmatch(host)) else "https"


def _route(form: str, settings: Config) -> Route:
    if form == "birdie+webhook":
        return Route(settings.webhook_path, "POST", _MOST)
    return Route(settings.path, "PUT", 1)


def _file_name(target: str) -> str:
    """What a state file in the working folder is called, so that each target has its own."""
    return re.sub(r"[^A-Za-z0-9.+]+", "-", target)
