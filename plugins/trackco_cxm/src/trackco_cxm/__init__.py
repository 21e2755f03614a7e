"""Track.co's CXM API as a source: surveys, their answers, and what each answer means."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from connector_core import Counted, Description, Finding, Json, Mapper, Page, Partition, Unimportable, Window, hookimpl
from trackco_cxm import counts
from trackco_cxm.config import PERSONAL, Config, endpoint
from trackco_cxm.findings import find
from trackco_cxm.mapper import compile_mapper
from trackco_cxm.reading import read_answers
from trackco_cxm.surveys import list_partitions

if TYPE_CHECKING:
    from connector_core import HttpClient

__all__ = ["check", "count", "describe", "extract", "map", "partitions"]


@hookimpl
def describe() -> Description:
    """Say what the source is."""
    return Description(config=Config, endpoint=endpoint, personal=PERSONAL, mapping_version=1)


@hookimpl
def check(config: Config, http: "HttpClient") -> Iterable[Finding]:
    """Try the configuration, and tell of each assumption about the wire whether it holds."""
    return find(config, http)


@hookimpl
def partitions(config: Config, http: "HttpClient") -> Iterable[Partition | Unimportable]:
    """List the surveys."""
    return list_partitions(config, http)


@hookimpl
def extract(partition: Partition, window: Window, cursor: Json, config: Config, http: "HttpClient") -> Iterator[Page]:
    """Read the answers of one survey."""
    return read_answers(partition, window, cursor, config, http)


@hookimpl
def count(partition: Partition, window: Window, config: Config, http: "HttpClient") -> Counted | None:
    """Ask how many answers a survey has."""
    return counts.count_answers(partition, window, config, http)


@hookimpl
def map(partition: Partition, config: Config, id_prefix: str) -> Mapper:  # noqa: A001 - the hook's name
    """Compile the mapper of one survey."""
    return compile_mapper(partition, config, id_prefix)
