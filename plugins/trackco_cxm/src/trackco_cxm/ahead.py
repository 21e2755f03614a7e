"""Pages of several lists that will be read one after the other, asked for before those in front of them have come."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING

from attrs import define, field

from connector_core import Call, Response, SourceError, TransientError

if TYPE_CHECKING:
    from connector_core import HttpClient

Spot = tuple[int, int]
"""A page among those of several lists: which list, and which page of it."""


@define
class Ahead:
    """Pages that are asked for ahead, in the order in which they will be wanted; to be closed.

    Attributes:
        http: the API.
        calls: what is asked, page by page; drawn when there is room for another one.
    """

    http: "HttpClient"
    calls: Iterable[tuple[Spot, Call]]
    _wanted: Spot = field(default=(0, 0), init=False)
    _latest: tuple[Spot, Response] | None = field(default=None, init=False)
    _pages: Generator[tuple[Spot, Response], None, None] = field(init=False)

    @_pages.default
    def _under_way(self) -> Generator[tuple[Spot, Response], None, None]:
        spots = deque[Spot]()

        def calls() -> Iterator[Call]:
            for spot, call in self.calls:
                if spot >= self._wanted:
                    spots.append(spot)
                    yield call

        for response in self.http.get_each(calls()):
            yield spots.popleft(), response

    def take(self, spot: Spot) -> Response | None:
        """A page, if it is asked for here and was not taken or passed over; with it, those before it are.

        Where one cannot be had, there are no more: it may be one that nobody needs, such as a page behind the last.
        """
        self._wanted = max(self._wanted, spot)
        while self._latest is None or self._latest[0] < spot:
            try:
                self._latest = next(self._pages, None)
            except (SourceError, TransientError):
                return None  # whoever needs it asks for it himself, and learns why
            if self._latest is None:
                return None
        if self._latest[0] > spot:
            return None
        (_, response), self._latest = self._latest, None
        return response

    def close(self) -> None:
        """Let go of what is under way, so that others may ask for as much."""
        self._pages.close()
