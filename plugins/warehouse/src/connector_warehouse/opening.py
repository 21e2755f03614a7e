"""From what one writes after `--to` to an open sink: dlt's destination, our state with its lock, dlt's folder."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from connector_core import ConfigError, TargetError
from connector_core.loading import STATE, Batch, Database, Delivery, Journal, Sink, form_of, open_database, open_state
from connector_warehouse.address import Address, parse
from connector_warehouse.failing import translated
from connector_warehouse.private import emptied, privately
from connector_warehouse.settings import Settings
from connector_warehouse.silence import silently

if TYPE_CHECKING:
    from connector_warehouse.destinations import Found
    from connector_warehouse.target import Warehouse

_UNTOUCHED = "nothing was touched"


def open_sink(target: str, connection: str, state: str | None, settings: Settings | None) -> Sink:
    """Open a target; without settings, only what is remembered of it.

    Raises:
        ConfigError: the target, dlt's configuration or the state does not fit.
        TransientError: another run has it open, or there is no connection.
        TargetError: it cannot be opened, or is not what the state knows.
    """
    address = parse(target)
    path = state or address.state
    if settings is None:
        if not Path(path).exists():
            raise ConfigError(f"{path}: is not there, so nothing is remembered; give the right --to or --state")
        database = open_database(path, STATE)
        return Journal(database, connection, Remembered(database))
    wanted = Wanted(address, settings, connection)
    found = wanted.find()
    database, held = open_state(path, wanted.identity(found)), ExitStack()
    try:
        warehouse = wanted.open(found, database, Path(f"{path}.dlt"), held)
        form = form_of(settings) if settings.additional_fields == "columns" else b""  # JSON is what the digest is of
        return Journal(database, connection, warehouse, Batch(settings.rows, float(settings.seconds)), form)
    except BaseException:
        held.close()
        database.close()
        raise


@frozen
class Wanted:
    """A table that is to be opened: where, how, and for which connection of the host."""

    address: Address
    settings: Settings
    connection: str

    def find(self) -> "Found | None":
        """What dlt makes of a URL or of a name, not yet connected; None for a file, which is opened under our lock.

        Raises:
            ConfigError: there is no such destination, or it is not configured.
        """
        file, dataset = self.address.file, self.settings.dataset
        if file and Path(file).stem.lower() == dataset:
            raise ConfigError(f"targets.dlt.dataset: {dataset} is what DuckDB calls all of {file}; give another name")
        with translated(self.address.shown, _UNTOUCHED), silently():
            from connector_warehouse import destinations  # noqa: PLC0415 - imports dlt, which takes half a second

            destinations.begin()
            return None if file else destinations.find(self.address, self.settings)

    def identity(self, found: "Found | None") -> str:
        """What tells its state from that of any other table: where it is; of a file its name, as files are moved."""
        place = found.place if found else Path(self.address.file or "").name
        return f"{place}, {self.settings.dataset}.{self.settings.table}"

    def open(self, found: "Found | None", database: Database, folder: Path, held: ExitStack) -> "Warehouse":
        """Connect, and see that the table is the one that the journal knows, if it knows any.

        Raises:
            TransientError: there is no connection, or another process has it open.
            TargetError: it is not.
        """
        from connector_warehouse import destinations, statements, target  # noqa: PLC0415 - the same

        settings, where = self.settings, self.address.shown
        with privately(), translated(where, _UNTOUCHED):
            held.enter_context(emptied(folder))
            found = found or destinations.open_file(self.address, settings, folder, held)
            questions = statements.questions_of(found.client, settings.table)
            packages = destinations.packages_of(found, settings, self.connection, folder, questions or {})
        if questions is None and database.select("SELECT 1 FROM connector_seen LIMIT 1"):
            raise TargetError(
                f"{where}: holds no {settings.dataset}.{settings.table}, but {database.path} is the state of one;"
                " bring it back, or move the state away"
            )
        return target.Warehouse(database, packages, where, held)


@frozen
class Remembered:
    """Stands for a target that is not opened, where one only looks at what is remembered of it, or forgets it."""

    database: Database
    seen: None = None

    @contextmanager
    def delivering(self, deliveries: Sequence[Delivery]) -> Iterator[None]:
        """See `Target`; there is nothing to deliver to."""
        if deliveries:
            raise TargetError(f"{self.database.path}: its target is not open; nothing was sent")
        with self.database.transaction():
            yield

    def delete(self, _: Collection[str], /) -> None:
        """See `Target`."""
        raise ConfigError(f"{self.database.path}: its target is not open; nothing was deleted")

    def close(self) -> None:
        """See `Target`; nothing is open."""
