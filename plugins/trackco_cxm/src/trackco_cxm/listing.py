"""One list of the API: how a page of it is asked for, and what its body holds."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

from connector_core import Call, Json, SourceError
from trackco_cxm import scalars
from trackco_cxm._wire import Wire
from trackco_cxm.proof import Answer, names_of

if TYPE_CHECKING:
    from connector_core import HttpClient


@frozen
class Listing:
    """One list of the API.

    Attributes:
        path: where it is.
        params: what is asked besides the page.
        id_key: where a record holds its id.
        place: what it is, for messages: `survey AbCdEfGhIjKl`.
        missing: what it means when the server answers 404, and what to do.
    """

    path: str
    params: Mapping[str, Any]
    id_key: str
    place: str
    missing: str


def page_of(listing: Listing, wire: Wire, page: int, **params: int) -> Call:
    """Ask for one page; `params` replace those that are usually sent."""
    usual = {wire.limit_parameter: wire.page_size, wire.page_parameter: page}
    return Call(listing.path, {**listing.params, **usual, **params})


def fetch(http: "HttpClient", listing: Listing, wire: Wire, page: int | None = None, **params: int) -> Answer:
    """Read one page, the first unless told otherwise; `params` replace those that are usually sent.

    Raises:
        SourceError: the server refuses, or the body is not of the assumed form.
        TransientError: the server cannot be reached.
    """
    call = page_of(listing, wire, wire.first_page if page is None else page, **params)
    try:
        body = http.get(call.path, call.params).body
    except SourceError as error:
        if error.status != 404:  # noqa: PLR2004 - HTTP's own number
            raise
        raise SourceError(listing.missing, status=404) from error
    return opened(body, listing, wire)


def opened(body: Json, listing: Listing, wire: Wire) -> Answer:
    """Open a body: a bare array, or an object that holds its list, and perhaps counts, where the wire says.

    Raises:
        SourceError: there is no list.
    """
    records = body if isinstance(body, list) else _at(body, wire.records_key)
    if not isinstance(records, list):
        raise SourceError(
            f"{listing.place}: the body holds no list under {wire.records_key}; set wire.records_key to where it stands"
        )
    total, limit = scalars.count(_at(body, wire.total_key)), scalars.count(_at(body, wire.limit_key))
    return Answer(records, names_of(records, listing.id_key), total, limit)


def _at(body: Json, path: str) -> Json:
    """The value at a dotted path, or None."""
    for key in path.split("."):
        body = body.get(key) if isinstance(body, dict) else None
    return body
