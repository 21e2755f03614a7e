"""Destinations of dlt: by a URL, by a name of its configuration, or a DuckDB file that we open ourselves.

dlt's configuration (the environment, `.dlt/secrets.toml`, `.dlt/config.toml`) says what the target does not.
"""

import shutil
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import duckdb
from attrs import evolve, frozen
from dlt.common.configuration import resolve_configuration
from dlt.common.configuration.container import Container
from dlt.common.configuration.exceptions import ConfigFieldMissingException
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.destination import Destination
from dlt.common.destination.client import JobClientBase
from dlt.common.destination.utils import resolve_merge_strategy
from dlt.common.schema import Schema
from dlt.common.storages import LoadStorage, LoadStorageConfiguration
from dlt.dataset.utils import get_destination_client_initial_config
from dlt.load import Load
from dlt.load.configuration import LoaderConfiguration

from connector_core import ConfigError, TargetError, TransientError
from connector_warehouse.address import Address
from connector_warehouse.columns import Column
from connector_warehouse.packages import Packages, schema_of, table_of
from connector_warehouse.settings import Settings

TIMES, STEPS = 4, 4
"""By how much, and how often, the memory grows that DuckDB may use: 32 MB, and in the end 8 GB."""


@frozen
class Found:
    """A destination that is configured, with a client for our table.

    Attributes:
        destination: dlt's.
        client: holds the whole configuration; connects where it is entered.
        place: where it is, without any secret: what tells its state from those of others.
        grow: lets it use more of our memory; returns whether it may.
    """

    destination: Any
    client: JobClientBase
    place: str
    grow: Callable[[], bool] = lambda: False


def begin() -> None:
    """Let dlt look for its configuration, with which it begins whatever it begins in a process."""
    _ = Container()[PluggableRunContext]


def find(address: Address, settings: Settings) -> Found:
    """What dlt makes of a URL or of a name; nothing is connected yet.

    Raises:
        ConfigError: it cannot be merged into tables there.
    """
    try:
        found = _found(address.kind, address.url, settings, address.shown)
    except ConfigFieldMissingException:
        if not (without := _without_password(address.url or "")):
            raise
        found = _found(address.kind, without, settings, address.shown)
    return found if address.url else evolve(found, place=f"{address.shown} {_location(found.client)}")


def _without_password(url: str) -> str | None:
    """The same with an empty password, where it names a user only: the database may ask for none."""
    scheme, _, rest = url.partition("//")
    user, at, host = rest.partition("@")
    return f"{scheme}//{user}:@{host}" if at and user and ":" not in user else None


def _location(client: JobClientBase) -> str:
    with suppress(Exception):  # not every destination can say, and each fails in its own way
        return str(client.config.data_location())
    return client.config.fingerprint()


def _found(reference: str, credentials: Any, settings: Settings, place: str) -> Found:
    destination = Destination.from_reference(reference, credentials=credentials)
    if destination is None:
        raise ConfigError(f"{place}: dlt has no such destination")
    config = destination.configuration(get_destination_client_initial_config(destination, settings.dataset))
    with Container().injectable_context(destination.capabilities(config)):
        schema = Schema(schema_of(settings.table))
    client = destination.client(schema, config)
    table = table_of(settings.table, ())
    if not client.capabilities.supported_loader_file_formats:
        raise ConfigError(f"{place}: dlt loads files into it from a staging destination only, which is not supported")
    if resolve_merge_strategy({settings.table: table}, table, client.capabilities) is None:
        raise ConfigError(f"{place}: dlt cannot merge records by id there; choose another destination")
    return Found(destination, client, place)


def open_file(address: Address, settings: Settings, folder: Path, held: ExitStack) -> Found:
    """Open a DuckDB file, or make it. It reaches for no network, and puts what takes too much memory into our folder.

    Raises:
        TransientError: another process has it open.
        TargetError: it cannot be opened.
    """
    limits: dict[str, Any] = {
        "threads": 1,
        "memory_limit": f"{settings.duckdb_memory_mb}MB",
        "temp_directory": str(folder),
        "autoinstall_known_extensions": False,
    }
    try:
        connection = duckdb.connect(address.file or "", config=limits)
    except duckdb.Error as error:
        words = " ".join(str(error).split())
        if "Could not set lock on file" in words:
            raise TransientError(f"{address.shown}: another process has it open; wait for it to end") from None
        raise TargetError(f"{address.shown}: cannot be opened by DuckDB ({words[:200]})") from None
    held.callback(connection.close)
    more = iter([settings.duckdb_memory_mb * TIMES**power for power in range(1, STEPS + 1)])

    def grow() -> bool:
        megabytes = next(more, None)
        if megabytes is None:
            return False
        connection.execute(f"SET memory_limit = '{megabytes}MB'")
        return True

    return evolve(_found("duckdb", connection, settings, address.shown), grow=grow)


def packages_of(
    found: Found, settings: Settings, connection: str, folder: Path, questions: dict[str, Column]
) -> Packages:
    """What makes packages in a folder of ours, and loads them by dlt's load step, one job at a time."""

    def step() -> tuple[LoadStorage, Load]:
        empty = folder / "packages"
        shutil.rmtree(empty, ignore_errors=True)  # which nobody but a package that failed has filled
        place = LoadStorageConfiguration(load_volume_path=str(empty), delete_completed_jobs=True)
        formats = found.client.capabilities.supported_loader_file_formats or []
        storage = LoadStorage(True, formats, place)  # noqa: FBT003 - dlt's arguments: the folder is ours to fill
        config = LoaderConfiguration(workers=1, truncate_staging_dataset=True, _load_storage_config=place)
        config = resolve_configuration(config, sections=("load",))
        config.raise_on_max_retries = 1  # trying again would stage rows twice; the next run does, from an empty stage
        return storage, Load(found.destination, config=config, initial_client_config=found.client.config)

    columns = questions if settings.additional_fields == "columns" else None
    return Packages(found.client, step, found.grow, settings.table, connection, found.place, columns)
