"""How an API is reached: where, with what, how often, and what one asks and gets. Values, without any I/O."""

from collections.abc import Collection, Mapping
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, overload

from attrs import field, frozen

from connector_core.errors import SourceError

T = TypeVar("T")

_NOTHING = object()
_WORDS: Mapping[type, str] = {
    dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a whole number", float: "a number",
    NoneType: "null", object: "not there",
}  # fmt: skip
"""What people call the types of JSON, and that of `_NOTHING`. What is none of them is the list of a long call."""


@frozen
class Budget:
    """How many requests the API bears: at most `requests` in any `seconds`.

    Attributes:
        exhausted: the HTTP status that says that the limit was met all the same and that no retry clears it. Then
            nothing more is sent for `seconds`, by this run or any later one that shares the budget. None: no such.
    """

    requests: int
    seconds: float
    exhausted: int | None = None


@frozen
class Endpoint:
    """How the host reaches an API: a pure function of the configuration.

    Attributes:
        base_url: where the paths given to the client begin. None leaves it, and its headers go to no other host.
        headers: sent with every request, secrets included.
        budget: the documented rate limit, with head room; None where none is known.
        explain: what a status means here and what to do about it, one sentence each. A status that stands here
            is never retried and ends the run.
        answers: statuses of 300 or more that are answers like any other, neither tried again nor raised.
        setting: where the configuration holds `base_url`, for messages.
    """

    base_url: str
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    budget: Budget | None = None
    explain: Mapping[int, str] = field(factory=dict)
    answers: Collection[int] = ()
    setting: str = "connection_details.base_url"


@frozen
class Call:
    """One request to be made.

    Attributes:
        path: below the endpoint's base URL; or a whole URL that the API gave.
        params: the query, added to what stands in the path. Those that are None stay away.
        method: what is to be done there. It must do no harm if it is done twice: it is tried again like a GET.
        body: what is sent, JSON; None for nothing.
        long: the answer may be a list that is longer than memory; see the body of a `Response`. Whatever else comes is
            as it always is.
    """

    path: str
    params: Mapping[str, Any] = field(factory=dict)
    method: Literal["GET", "PUT", "POST"] = "GET"
    body: bytes | None = field(default=None, repr=False)
    long: bool = field(default=False, kw_only=True)


@frozen
class Response:
    """An answer, decoded; its status is below 300, or among the endpoint's `answers`.

    Attributes:
        body: the JSON body; None where an answer to anything but a GET, or one of the endpoint's `answers`, has none.
            Of a `long` call, a list of a few records as it is; of more, an iterable that waits in a temporary file and
            is decoded anew, some records at a time, whenever it is gone over. It raises a `SourceError` where it is no
            JSON.
        status: the HTTP status.
        date: the server's `Date`, aware UTC; None when it sent none that can be read.
        place: where it came from, as errors show it: the URL without query, user and password.
        links: the whole URLs of its `Link` header, by what they are (`next`, in small letters); empty without one.
        said: why the API refused, where it did so in one of the usual places: a few words, nothing that may speak of a
            customer.
    """

    body: Any
    status: int
    date: datetime | None
    place: str = ""
    links: Mapping[str, str] = field(factory=dict)
    said: str = ""

    @overload
    def take(self, path: str, kind: type[T]) -> T: ...
    @overload
    def take(self, path: str, kind: UnionType) -> Any: ...
    def take(self, path: str, kind: Any) -> Any:
        """The value at a dotted path of the body, if it is what the API is known to send there.

        Args:
            path: the names of objects, the outer one first: `meta.next`; empty for the body itself.
            kind: a type of JSON (`dict`, `list`, `str`, `bool`, `int`, `float`, `None`), or some: `str | None`. As
                in JSON, true is no number; other than there, `int` is no `float`: say `int | float`.

        Raises:
            SourceError: something else stands there, or nothing. What is not there is not taken for null: a name
                that has changed must not look like the end of a list.
        """
        value, where = self.body, ""
        for name in path.split(".") if path else ():
            value, where = self._checked(value, dict, where).get(name, _NOTHING), f"{where}.{name}"
        return self._checked(value, kind, where)

    def _checked(self, value: Any, kind: Any, where: str) -> Any:
        kinds = get_args(kind) if isinstance(kind, UnionType) else (kind,)
        if isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool)):
            return value
        wanted, place = " or ".join(_WORDS[each] for each in kinds), f"{self.place}: {where[1:] or 'the body'}"
        found = _WORDS.get(type(value), "a long list")
        raise SourceError(f"{place}: must be {wanted}, is {found}; has the API changed?")
