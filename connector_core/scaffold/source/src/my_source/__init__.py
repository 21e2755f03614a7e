"""My Source as a source of connector-core: its surveys, their answers, and what each answer means."""

from connector_core import Description, hookimpl
from my_source.config import PERSONAL, Config, endpoint
from my_source.mapper import map  # noqa: A004 - the hook's name
from my_source.reading import check, count, extract, partitions

__all__ = ["check", "count", "describe", "extract", "map", "partitions"]


@hookimpl
def describe() -> Description:
    """Say what this source is."""
    return Description(config=Config, endpoint=endpoint, personal=PERSONAL)
