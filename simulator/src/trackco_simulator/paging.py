"""The pages of the CXM API: which records a request asks for, and the JSON around them."""

from collections.abc import Mapping, Sequence

import orjson
from attrs import frozen

from trackco_simulator.behaviour import Behaviour

DEFAULT_LIMIT = 100


@frozen
class Page:
    """A page by its number (from 1), its size, and how many of its records the page before it has too."""

    number: int
    size: int
    shared: int = 0

    @property
    def begin(self) -> int:
        """The place of its first record."""
        return (self.number - 1) * (self.size - self.shared)

    @property
    def stop(self) -> int:
        """The place after its last record."""
        return self.begin + self.size

    def last(self, total: int) -> int:
        """Return the number of the last page of so many records; there is always one."""
        return max(1, -(-(total - self.shared) // (self.size - self.shared)))


def asked_for(query: Mapping[str, str], behaviour: Behaviour) -> Page:
    """Return the page that a query asks for, as far as the behaviour heeds it; ValueError if it is no page."""
    size, number = int(query.get("limit", DEFAULT_LIMIT)), int(query.get("page", 1))
    if size < 1 or number < 1:
        raise ValueError("limit and page are 1 or more")
    if behaviour.ignore_limit:
        size = DEFAULT_LIMIT
    if behaviour.max_page_size is not None:
        size = min(size, behaviour.max_page_size)
    shared = int(behaviour.repeat_across_pages and size > 1)
    return Page(1 if behaviour.ignore_page else number, size, shared)


def body(records: Sequence[bytes], page: Page, total: int, behaviour: Behaviour) -> bytes:
    """Join encoded records into a page's JSON."""
    array = b"[" + b",".join(records) + b"]"
    if behaviour.bare_arrays:
        return array
    if behaviour.no_meta:
        return b'{"data":' + array + b"}"
    total = max(0, total + behaviour.lying_total)
    meta = {"page": page.number, "limit": page.size, "total": total, "last_page": page.last(total)}
    return b'{"data":' + array + b',"meta":' + orjson.dumps(meta) + b"}"
