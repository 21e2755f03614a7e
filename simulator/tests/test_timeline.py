"""A timeline's pages are those of a plain sorted list, however they are asked for."""

from hypothesis import given
from hypothesis import strategies as st

from trackco_simulator.timeline import Entry, Order, Timeline

INSTANTS = st.lists(st.integers(0, 20), max_size=40)


@given(instants=INSTANTS, order=st.sampled_from(["oldest", "newest", "shuffled"]), size=st.integers(1, 7))
def test_pages_hold_each_answer_of_a_span_once(instants: list[int], order: Order, size: int) -> None:
    timeline: Timeline[None] = Timeline()
    for number, at in enumerate(instants):
        timeline.insert(Entry(number, at, b"", None))
    span = timeline.span(5, 15)
    listed = [
        entry
        for begin in range(0, span[1] - span[0] + size, size)
        for entry in timeline.slice(span, order, begin, begin + size)
    ]
    inside = [(at, number) for number, at in enumerate(instants) if 5 <= at < 15]
    assert sorted((entry.at, entry.id) for entry in listed) == sorted(inside)
    if order == "oldest":
        assert [(entry.at, entry.id) for entry in listed] == sorted(inside)
    if order == "newest":
        assert [(entry.at, entry.id) for entry in listed] == sorted(inside, reverse=True)


def test_an_answer_can_come_before_the_others_of_its_second() -> None:
    timeline: Timeline[None] = Timeline()
    for name, first in (("a", False), ("b", False), ("c", True)):
        timeline.insert(Entry(name, 1, b"", None), first=first)
    assert [entry.id for entry in timeline.entries] == ["c", "a", "b"]


def test_a_shuffled_order_is_forgotten_when_answers_change() -> None:
    timeline: Timeline[str] = Timeline()
    for number in range(5):
        timeline.insert(Entry(number, number, b"", "old"))
    timeline.slice((0, 5), "shuffled", 0, 5)
    timeline.replace(timeline.entries[2], b"", "new")
    assert [entry.truth for entry in timeline.slice((0, 5), "shuffled", 0, 5)].count("new") == 1
