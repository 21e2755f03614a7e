"""The settings of Birdie as a target, under `targets.birdie`: all that is ASSUMED can be said otherwise here."""

from collections.abc import Mapping

from attrs import frozen

from connector_birdie.body import compile_table
from connector_core import setting

_MOST_IN_FLIGHT = 64


def _table_problem(fields: Mapping[str, str]) -> str | None:
    """What is wrong with a table, or None."""
    try:
        compile_table(fields)
    except ValueError as error:
        return str(error)
    return None


def _in_flight_problem(number: int) -> str | None:
    """Each of them is a thread and a connection."""
    return f"must be {_MOST_IN_FLIGHT} or fewer" if number > _MOST_IN_FLIGHT else None


@frozen
class Config:
    """What may be set."""

    key: str | None = setting(
        "The API key of Birdie's ingestion API; required but for files.",
        default=None,
        example="${BIRDIE_API_KEY}",
        secret=True,
        pattern="[!-~]+",
        form="a key: letters, digits and signs without blanks",
    )
    path: str = setting(
        "ASSUMED: where one record is PUT, below the host.",
        default="/ingestion/feedback",
        pattern="/.*",
        form="a path that begins with /",
    )
    webhook_path: str = setting(
        "Where the older webhook takes records (DOC), below the host.",
        default="/api/webhook/create_feedback",
        pattern="/.*",
        form="a path that begins with /",
    )
    requests_per_second: int = setting(
        "So many requests at the most in any one second, of all runs in this folder together (DOC: about 100).",
        default=100,
        minimum=1,
    )
    in_flight: int = setting("So many of them at the same time.", default=8, minimum=1, check=_in_flight_problem)
    fields: dict[str, str] = setting(
        "Where single fields stand in Birdie's body, by JSON Pointer, unlike the table of the plugin's README; empty"
        " leaves one out. `additional_fields.NAME` moves one additional field.",
        default={},
        example={"additional_fields.customer.company": "/kind/fields/account_id"},
        shapes=True,
        check=_table_problem,
    )
    storage_options: dict[str, str] = setting(
        "Files: options of the URL's file system, such as `key`, `secret` and `endpoint_url` of s3; without any, those"
        " of its own environment. A dot leads inside: `client_kwargs.region_name`.",
        default={},
        example={"endpoint_url": "https://s3.example"},
        secret=True,
    )
