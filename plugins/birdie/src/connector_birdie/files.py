"""The bulk route: `birdie+parquet:ROOT` and `birdie+csv:ROOT`, a folder or a URL with one prefix for each kind.

Guarantee: exactly once, as a log of versions, where a put is atomic; see `filelog`.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol

from connector_birdie import csvtext
from connector_birdie.columns import columns_of
from connector_birdie.filelog import Encode, FileLog, Storage
from connector_birdie.folder import Folder
from connector_core import ConfigError
from connector_core.loading import Batch, Journal, Sink, form_of, open_state

Form = Literal["parquet", "csv"]

BATCH = Batch(rows=10_000, seconds=30)
"""How much a commit, and so a file of each kind, should hold: many small files are of no use to a bulk import."""


class Settings(Protocol):
    """What this route needs of the plugin's settings."""

    @property
    def fields(self) -> Mapping[str, str]:
        """Other places for single sources; see `body.compile_table`."""

    @property
    def storage_options(self) -> Mapping[str, str]:
        """Options of the file system of a URL; see `objects.open_objects`."""


def open_files(form: Form, root: str, connection: str, state: str | None, config: Settings | None) -> Sink:
    """Open the target `birdie+<form>:<root>`; without a configuration only to look at what its state remembers.

    Raises:
        ConfigError: the target or the settings do not fit, or a package is missing; nothing was touched.
        TransientError: another run has it open, or the store is out of reach.
        TargetError: it cannot be opened.
    """
    target = f"birdie+{form}:{_shown(root)}"
    if not root.removeprefix("file://"):
        raise ConfigError(f"--to {target}: write birdie+{form}:path/of/a/folder or birdie+{form}:s3://bucket/prefix")
    encode = _encoder(form)
    try:
        columns = columns_of(config.fields if config else {})
    except ValueError as error:
        raise ConfigError(f"targets.birdie.fields: {error}") from None
    storage = _storage(root, config.storage_options if config else {})
    if not state:
        if not isinstance(storage, Folder):
            raise ConfigError(f"--to {target}: give --state PATH too, a file of this machine that knows what is there")
        state = f"{os.path.realpath(storage.root)}.state"
    if config is None and not Path(state).exists():
        raise ConfigError(
            f"{state}: is not there, so nothing is remembered of {target}; give the right --to or --state"
        )
    database = open_state(state, f"birdie+{form}:{_identity(root, storage, state)}")
    try:
        log = FileLog(database, storage, columns, connection, f".{form}", encode)
        if config:
            log.recover()
        return Journal(database, connection, log, BATCH, form_of(config) if config else b"")
    except BaseException:
        database.close()
        raise


def _encoder(form: Form) -> Encode:
    if form == "csv":
        return csvtext.encode
    try:
        from connector_birdie import parquet  # noqa: PLC0415 - an extra, and heavy
    except ImportError:
        raise ConfigError("birdie+parquet: pyarrow is not installed; pip install 'connector-birdie[bulk]'") from None
    return parquet.encode


def _storage(root: str, options: Mapping[str, str]) -> Storage:
    if "://" not in root or root.startswith("file://"):
        return Folder(Path(root.removeprefix("file://")))
    try:
        from connector_birdie.objects import open_objects  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigError(f"{_shown(root)}: fsspec is not installed; pip install 'connector-birdie[bulk]'") from None
    return open_objects(root, _shown(root).rstrip("/"), options)


def _shown(root: str) -> str:
    """A target as messages show it: without the user, the password and the query of a URL."""
    return re.sub(r"(?<=://)[^/]*@", "", root.partition("?")[0] if "://" in root else root)


def _identity(root: str, storage: Storage, state: str) -> str:
    """What tells this place from others; of a folder, as seen from its state, so that both may be moved together."""
    if isinstance(storage, Folder):
        return os.path.relpath(os.path.realpath(storage.root), Path(os.path.realpath(state)).parent)
    return _shown(root).rstrip("/")
