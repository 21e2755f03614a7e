"""Quince as a source: surveys, their responses by update, and what each response means."""

from connector_core import Description, hookimpl
from quince.config import PERSONAL, Config, endpoint
from quince.mapper import map  # noqa: A004 - the hook's name
from quince.reading import check, count, extract, partitions

__all__ = ["check", "count", "describe", "extract", "map", "partitions"]


@hookimpl
def describe() -> Description:
    """Say what this source is."""
    return Description(config=Config, endpoint=endpoint, personal=PERSONAL, selects="updated")
