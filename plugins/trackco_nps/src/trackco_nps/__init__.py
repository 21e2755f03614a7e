"""Track.co's legacy NPS API ("API V2") as a source: campaigns, their answers, and what each answer means."""

from connector_core import Description, hookimpl
from trackco_nps.answers import extract
from trackco_nps.campaigns import partitions
from trackco_nps.config import PERSONAL, Config, endpoint
from trackco_nps.counts import count
from trackco_nps.findings import check
from trackco_nps.mapper import map  # noqa: A004 - the hook's name

__all__ = ["check", "count", "describe", "extract", "map", "partitions"]


@hookimpl
def describe() -> Description:
    """Say what the source is."""
    return Description(config=Config, endpoint=endpoint, personal=PERSONAL, mapping_version=1)
