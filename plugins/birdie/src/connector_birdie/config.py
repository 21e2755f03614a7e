"""The settings of Birdie as a target, under `targets.birdie`."""

from collections.abc import Mapping

from attrs import frozen

from connector_birdie.body import compile_table
from connector_core import setting


def _table_problem(fields: Mapping[str, str]) -> str | None:
    """What is wrong with a table, or None."""
    try:
        compile_table(fields)
    except ValueError as error:
        return str(error)
    return None


@frozen
class Config:
    """What may be set."""

    fields: dict[str, str] = setting(
        "Where single fields stand in Birdie's body, by JSON Pointer, unlike the table of the README; empty leaves one"
        " out. `additional_fields.NAME` moves one additional field.",
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
