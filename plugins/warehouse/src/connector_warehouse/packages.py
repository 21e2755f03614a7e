"""Load packages of dlt: written whole, loaded by dlt's load step, and forgotten.

Of dlt's three steps only the last is needed: what `extract` and `normalize` find out, the schema and the names, is
known here from the start, and they cost more than the loading. To import this is to import dlt, which takes long.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

from attrs import define, field
from dlt.common.configuration.container import Container
from dlt.common.data_writers import BufferedDataWriter, resolve_best_writer_spec
from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.destination.client import JobClientBase
from dlt.common.schema import Schema
from dlt.common.schema.typing import TColumnSchema, TTableSchema
from dlt.common.schema.utils import new_table
from dlt.common.storages import LoadStorage
from dlt.common.storages.load_package import create_load_id
from dlt.load import Load

from connector_core import TargetError
from connector_core.loading import Row
from connector_warehouse.columns import Column
from connector_warehouse.failing import out_of_memory
from connector_warehouse.tables import CORE, Answers, Origin, answers_of, parts_of, tables_of

_TYPES = {"text": "text", "json": "json", "timestamp": "timestamp", "number": "double", "bool": "bool"}
"""What dlt calls the kinds of columns."""

_MOST_COLUMNS = 1_500
"""PostgreSQL takes 1,600."""

MOST_BYTES = 16_000_000
"""JSON of rows that one package holds at most: what a destination has in hand at once, and in its memory."""


def schema_of(table: str) -> str:
    """Under which name dlt keeps the schema of a table in the dataset."""
    return f"connector_core_{table}"


def hints_of(column: Column) -> TColumnSchema:
    """A column as dlt knows it."""
    hints: dict[str, Any] = {"name": column.name, "data_type": _TYPES[column.kind], "nullable": not column.required}
    if column.about is not None:
        hints["description"] = column.about
    if column.name == "id":
        hints |= {"primary_key": True, "unique": True}
    return cast("TColumnSchema", hints)


def table_of(name: str, questions: Sequence[Column], file_format: Any = None) -> TTableSchema:
    """The table as dlt knows it: merged by id, of rows of which each id comes once."""
    columns = list(map(hints_of, (*CORE, *questions)))
    table = new_table(name, write_disposition="merge", columns=columns, file_format=file_format)
    said = {"x-stage-data-deduplicated": True, "x-normalizer": {"seen-data": True}}
    return cast("TTableSchema", {**table, **said})


def writer_of(capabilities: DestinationCapabilitiesContext, table: TTableSchema) -> Any:
    """How dlt writes files that the destination loads: Parquet where it can.

    CSV is never taken: PostgreSQL's takes an empty text for none.
    """
    preferred, possible = capabilities.preferred_loader_file_format, capabilities.supported_loader_file_formats or []
    if capabilities.loader_file_format_selector:
        preferred, possible = capabilities.loader_file_format_selector(preferred, list(possible), table_schema=table)
    possible = [name for name in possible if name != "csv"]
    return resolve_best_writer_spec("arrow", possible, "parquet" if "parquet" in possible else preferred)


@define
class Packages:
    """Makes packages of rows and loads them, one at a time.

    Attributes:
        client: of the destination, with its whole configuration.
        set_up: makes an empty place for packages, and dlt's load step on it.
        grow: lets the destination use more of our memory; returns whether it may.
        table: the table's name.
        connection: which connection of the host the rows come by.
        where: for messages.
        questions: the columns that questions have, by name; None where they have none.
    """

    client: JobClientBase
    set_up: Callable[[], tuple[LoadStorage, Load]]
    grow: Callable[[], bool]
    table: str
    connection: str
    where: str
    questions: dict[str, Column] | None = None
    _step: tuple[LoadStorage, Load] | None = field(default=None, init=False)
    _schema: Schema | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        """Set the step up now: an error within, which dlt keeps, would keep the rows of whoever calls `load`."""
        self._step = self.set_up()

    @property
    def keeps_json(self) -> bool:
        """Whether JSON stays the text that it is; what is inserted, and not loaded as Parquet, is taken apart."""
        return bool(self._writer().file_format == "parquet")

    def load(self, rows: Sequence[Row]) -> None:
        """Load rows, of which each id comes once: as one package, or as more if they are large. Then all is there.

        What is left of one that fails is dropped before the next.
        """
        answers = self._answers(rows)
        for part in parts_of(rows, len(rows), MOST_BYTES):
            while not self._loaded(rows[part], answers[part]):
                pass

    def _loaded(self, rows: Sequence[Row], answers: Sequence[Answers]) -> bool:
        """Load them, unless it takes more memory than the destination may use; then let it use more."""
        try:
            self._step = self._step or self.set_up()
            self._load(*self._step, rows, answers)
        except BaseException as error:
            self._step = None
            if not (out_of_memory(error) and self.grow()):
                raise
            return False
        return True

    def _load(self, storage: LoadStorage, step: Load, rows: Sequence[Row], answers: Sequence[Answers]) -> None:
        load_id, packages, schema = create_load_id(), storage.new_packages, self._schema_of_now()
        packages.create_package(load_id, schema=schema)
        packages.save_schema_updates(load_id, {self.table: schema.tables[self.table]})
        name = packages.build_job_file_name(self.table, "%s")
        path = packages.storage.make_full_path(packages.get_job_file_path(load_id, packages.NEW_JOBS_FOLDER, name))
        capabilities, columns = self.client.capabilities, schema.tables[self.table]["columns"]
        with Container().injectable_context(capabilities):
            file: BufferedDataWriter[Any] = BufferedDataWriter(
                self._writer(), path, buffer_max_items=1, _caps=capabilities
            )
        with Container().injectable_context(capabilities), file:
            for table in tables_of(rows, answers, self._sorted(), Origin(self.connection, load_id)):
                file.write_data_item(table, columns)
        storage.commit_new_load_package(load_id)
        while storage.list_normalized_packages():
            step.run(None)
        storage.delete_loaded_package(load_id)

    def _writer(self) -> Any:
        return writer_of(self.client.capabilities, table_of(self.table, ()))

    def _answers(self, rows: Sequence[Row]) -> list[Answers]:
        """The answers by their columns, which from now on are columns of the table."""
        if self.questions is None:
            return []
        answers = list(map(answers_of, rows))
        questions = self.questions | {column.name: column for some in answers for column in some}
        if (width := len(questions) + len(CORE)) > _MOST_COLUMNS:
            raise TargetError(
                f"{self.where}: the table would get {width:,} columns, more than {_MOST_COLUMNS:,}, by the questions of"
                " these records; nothing of them is stored, set targets.dlt.additional_fields to json"
            )
        if len(questions) > len(self.questions):
            self.questions, self._schema = questions, None
        return answers

    def _sorted(self) -> list[Column]:
        return [self.questions[name] for name in sorted(self.questions)] if self.questions else []

    def _schema_of_now(self) -> Schema:
        if self._schema is None:
            with Container().injectable_context(self.client.capabilities):
                self._schema = Schema(schema_of(self.table))
            self._schema.update_table(table_of(self.table, self._sorted(), self._writer().file_format))
        return self._schema
