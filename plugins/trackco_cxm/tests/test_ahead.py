"""Pages of several lists, asked for before the lists in front of them have come."""

from collections.abc import Iterable, Iterator
from typing import Any

from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from connector_core import Call, Response, SourceError
from trackco_cxm.ahead import Ahead, Spot


@define
class Asked:
    """A client that answers each call with its path, one by one.

    Attributes:
        eager: whether it sends all before it gives the first answer, as one with enough threads does.
        missing: a path that it does not know.
        open: how many readings have asked and neither come to their end nor been closed.
    """

    paths: list[str] = field(factory=list)
    eager: bool = False
    missing: str = ""
    open: int = 0

    def get_each(self, calls: Iterable[Call]) -> Iterator[Response]:
        self.open += 1
        try:
            for call in list(calls) if self.eager else calls:
                self.paths.append(call.path)
                if call.path == self.missing:
                    raise SourceError("not there", status=404)
                yield Response(call.path, 200, None)
        finally:
            self.open -= 1


def ahead(http: Any, *lengths: int) -> Ahead:
    """Lists of so many pages each."""
    spots = [(at, page) for at, length in enumerate(lengths) for page in range(1, length + 1)]
    return Ahead(http, ((spot, Call(str(spot))) for spot in spots))


def test_pages_come_in_the_order_of_the_lists() -> None:
    http = Asked()
    pages = ahead(http, 2, 1)
    taken = [pages.take(spot) for spot in ((0, 1), (0, 2), (1, 1))]
    assert [page and page.body for page in taken] == http.paths == ["(0, 1)", "(0, 2)", "(1, 1)"]


def test_what_was_taken_or_passed_over_does_not_come_again() -> None:
    pages = ahead(Asked(), 3, 3)
    assert pages.take((0, 2))
    assert (pages.take((0, 1)), pages.take((0, 2))) == (None, None)
    assert pages.take((0, 3))


def test_the_rest_of_a_list_that_is_passed_over_is_not_asked_for() -> None:
    http = Asked()
    pages = ahead(http, 100, 2)
    assert pages.take((0, 1))
    assert pages.take((1, 1))
    assert http.paths == ["(0, 1)", "(1, 1)"]


def test_closed_it_lets_go_of_what_is_under_way() -> None:
    """And not when the garbage collector comes by: until then, others could ask for less."""
    http = Asked()
    pages = ahead(http, 3)
    assert pages.take((0, 1))
    assert http.open == 1
    pages.close()
    assert (http.open, pages.take((0, 2))) == (0, None)


def test_a_page_that_cannot_be_had_is_left_to_whoever_needs_it() -> None:
    """It may be one behind the last, where counts were too high."""
    pages = ahead(Asked(eager=True, missing="(0, 3)"), 3, 2)
    assert pages.take((0, 2))
    assert pages.take((1, 1)) is None
    assert pages.take((0, 3)) is None


def test_a_page_that_nobody_asked_for_leaves_the_next_one_where_it_is() -> None:
    """A list may have more pages than it was believed to have."""
    pages = ahead(Asked(), 1, 1)
    assert pages.take((0, 1))
    assert pages.take((0, 2)) is None
    assert pages.take((1, 1))
    assert pages.take((1, 2)) is None


@given(st.lists(st.integers(0, 4), max_size=4), st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5))))
def test_whatever_is_wanted_it_comes_if_it_is_there_and_nothing_before_it_came(
    lengths: list[int], wanted: list[Spot]
) -> None:
    pages, gone = ahead(Asked(), *lengths), (0, 0)
    for spot in wanted:
        page = pages.take(spot)
        there = spot[0] < len(lengths) and spot[1] <= lengths[spot[0]]
        assert (page.body if page else None) == (str(spot) if there and spot > gone else None)
        gone = max(gone, spot) if page else max(gone, (spot[0], spot[1] - 1))
