"""The settings, which stand in a configuration under `targets.dlt`."""

from typing import Literal

from attrs import frozen

from connector_core import setting

_NAME = r"[a-z][a-z0-9]*(_[a-z0-9]+)*"
_NAMED = "lower-case letters, digits and single underscores, beginning with a letter"


@frozen
class Settings:
    """How records are stored. Where, and with which credentials, say the target and dlt's own configuration."""

    dataset: str = setting(
        "The dataset (schema) in which the table stands. Not the name of a DuckDB file, which is a catalog there.",
        default="customer_feedback",
        example="customer_feedback",
        pattern=_NAME,
        form=_NAMED,
    )
    table: str = setting("The table.", default="feedback", example="feedback", pattern=_NAME, form=_NAMED)
    additional_fields: Literal["json", "columns"] = setting(
        "`json`: one column of JSON. `columns`: beside it, one column for each question and type of answer.",
        default="json",
        example="json",
        shapes=True,
    )
    rows: int = setting(
        "Records that are gathered for one load package; more are quicker to load, and take more memory.",
        default=6_000,
        example=6_000,
        minimum=1,
    )
    seconds: int = setting(
        "Seconds after which what has been gathered is loaded, however little it is.",
        default=30,
        example=30,
        minimum=1,
    )
    duckdb_memory_mb: int = setting(
        "Megabytes that DuckDB may use at first; where long texts take more, it may use four times as much, and again.",
        default=32,
        example=32,
        minimum=16,
    )
