"""Which failures are tried again, and how long is waited."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core.retry import (
    FIRST_WAIT,
    LONGEST_RETRY_AFTER,
    LONGEST_WAIT,
    MAX_ATTEMPTS,
    RETRIED,
    Attempt,
    next_wait,
)

STATUSES = st.none() | st.integers(300, 599)
CHANCES = st.floats(0, 1)


@pytest.mark.parametrize(
    ("attempt", "chance", "wait"),
    [
        (Attempt(1, 503), 1.0, 0.5),
        (Attempt(2, 503), 1.0, 1.0),
        (Attempt(3, 503), 0.5, 1.0),
        (Attempt(5, 503), 1.0, 8.0),
        (Attempt(1, None), 0.25, 0.125),
        (Attempt(1, 429), 0.0, 0.0),
        (Attempt(1, 429, 7.0), 0.9, 7.0),
        (Attempt(1, 429, 0.0), 0.9, 0.0),
        (Attempt(5, 503, 300.0), 0.9, 300.0),
        (Attempt(1, 429, 300.1), 0.9, None),
        (Attempt(6, 503), 0.9, None),
        (Attempt(6, None, 1.0), 0.9, None),
        (Attempt(1, 401), 0.9, None),
        (Attempt(1, 405), 0.9, None),
        (Attempt(1, 404, 1.0), 0.9, None),
        (Attempt(1, 501), 0.9, None),
    ],
)
def test_examples(attempt: Attempt, chance: float, wait: float | None) -> None:
    assert next_wait(attempt, chance) == wait


@given(st.integers(1, 10), STATUSES, CHANCES)
def test_without_advice_the_wait_grows_to_its_bound_and_chance_takes_its_part(
    number: int, status: int | None, chance: float
) -> None:
    wait = next_wait(Attempt(number, status), chance)
    if number >= MAX_ATTEMPTS or not (status is None or status in RETRIED):
        assert wait is None
    else:
        whole = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (number - 1))
        assert next_wait(Attempt(number, status), 1.0) == whole
        assert wait == chance * whole


@given(st.integers(1, 10), STATUSES, st.floats(0, 10_000), CHANCES, CHANCES)
def test_the_servers_own_word_is_kept_to_the_second_or_not_waited_for(
    number: int, status: int | None, asked: float, chance: float, other: float
) -> None:
    wait = next_wait(Attempt(number, status, asked), chance)
    assert wait == next_wait(Attempt(number, status, asked), other)
    assert wait in (None, asked)
    assert wait is None or wait <= LONGEST_RETRY_AFTER


@given(STATUSES, CHANCES)
def test_it_ends(status: int | None, chance: float) -> None:
    assert next_wait(Attempt(MAX_ATTEMPTS, status), chance) is None
