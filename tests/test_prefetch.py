"""How far ahead is asked: bounded over all readers, and never at the cost of the one that is waited for."""

import gc
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connector_core.pool import Pool
from connector_core.prefetch import RANK, Prefetch

BIG = 1_000_000


def asked(prefetch: Prefetch, rank: int) -> int:
    """How many more this reader asks for until there is no room."""
    number = 0
    while prefetch.has_room(rank):
        prefetch.ask(rank)
        number += 1
    return number


def test_one_reader_asks_for_as_many_as_it_may() -> None:
    prefetch = Prefetch(16)
    assert asked(prefetch, 3) == 16
    prefetch.take(3, 4)
    assert asked(prefetch, 3) == 4


def test_fewer_large_answers_are_asked_for_but_always_one_while_another_is_read() -> None:
    """The size of the largest answer of late counts; small ones let it be forgotten."""
    prefetch = Prefetch(16)
    prefetch.came(BIG // 4)
    assert asked(prefetch, 0) == 10
    prefetch.take(0, 10)
    prefetch.came(10 * BIG)
    prefetch.came(1)
    assert asked(prefetch, 0) == 2
    prefetch.take(0, 2)
    for _ in range(400):
        prefetch.came(100)
    assert asked(prefetch, 0) == 16


def test_the_first_in_line_is_not_kept_from_asking_by_later_ones() -> None:
    """These may have their answers in hand and wait to be taken; nobody waits for them yet."""
    prefetch = Prefetch(8)
    assert [asked(prefetch, rank) for rank in (9, 5)] == [8, 8]
    assert asked(prefetch, 7) == 0, "there is one before it, and together they have twice what one may have"
    assert asked(prefetch, 0) == 8


def test_later_ones_get_what_earlier_ones_leave() -> None:
    prefetch = Prefetch(8)
    for _ in range(5):
        prefetch.ask(0)
    assert [asked(prefetch, rank) for rank in (1, 2)] == [3, 0]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-4, 20), st.integers(0, 3 * BIG)), max_size=60))
def test_nobody_has_more_than_may_be_and_the_first_has_room_until_then(steps: list[tuple[int, int, int]]) -> None:
    """Whoever asks, takes and learns of sizes in whatever order."""
    prefetch, held = Prefetch(8), dict.fromkeys(range(6), 0)
    for rank, number, size in steps:
        if number < 0:
            taken = min(held[rank], -number)
            prefetch.take(rank, taken)
            held[rank] -= taken
        for _ in range(number):
            if prefetch.has_room(rank):
                prefetch.ask(rank)
                held[rank] += 1
        prefetch.came(size)
        assert max(held.values()) <= 8
        first = min((rank for rank, number in held.items() if number), default=0)
        assert prefetch.has_room(first) or held[first] >= 2


def test_calls_of_a_later_reader_are_made_one_by_one_while_the_first_has_asked_for_all() -> None:
    pool, prefetch = Pool[int](2), Prefetch(4)
    for _ in range(4):
        prefetch.ask(0)
    drawn: list[int] = []

    def calls() -> Iterator[Callable[[], int]]:
        for number in range(9):
            drawn.append(number)
            yield partial(abs, number)

    RANK.set(1)
    results = pool.in_order(calls(), prefetch, None)
    assert [(number, len(drawn)) for number in results] == [(number, number + 1) for number in range(9)]
    RANK.set(0)
    pool.close()


def test_a_reader_that_the_garbage_collector_lets_go_of_stops_no_other() -> None:
    """It may do so in whatever thread makes something new; also in one that looks whether it has room."""
    prefetch, looked = Prefetch(16), threading.Event()

    def abandon() -> None:
        def under_way(itself: list[Any]) -> Iterator[None]:
            prefetch.ask(1)
            try:
                yield
            finally:
                prefetch.take(1)
                itself.clear()

        itself: list[Any] = []  # what refers to itself is found by the garbage collector alone
        itself.append(under_way(itself))
        next(itself[0])

    def look() -> None:
        for new in range(1, 12):
            abandon()
            gc.set_threshold(gc.get_count()[0] + new, 10, 10)
            gc.enable()
            prefetch.has_room(0)
            gc.disable()
        looked.set()

    thresholds = gc.get_threshold()
    gc.disable()
    try:
        threading.Thread(target=look, daemon=True).start()
        assert looked.wait(20)
    finally:
        gc.enable()
        gc.set_threshold(*thresholds)
    gc.collect()
    assert asked(prefetch, 0) == 16
