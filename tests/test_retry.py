"""Which failures are tried again, and how long is waited."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core.retry import (
    FIRST_WAIT,
    LONGEST_RETRY_AFTER,
    LONGEST_WAIT,
    MAX_ATTEMPTS,
    TABLE,
    Attempt,
    Trouble,
    is_retried,
    next_wait,
)

TROUBLES: tuple[Trouble, ...] = get_args(Trouble)
RESULTS = st.integers(300, 599) | st.sampled_from(TROUBLES)
CHANCES = st.floats(0, 1)


@pytest.mark.parametrize(
    ("attempt", "chance", "wait"),
    [
        (Attempt(1, 503), 1.0, 0.5),
        (Attempt(2, 503), 1.0, 1.0),
        (Attempt(3, 503), 0.5, 1.0),
        (Attempt(5, 503), 1.0, 8.0),
        (Attempt(1, "broken"), 0.25, 0.125),
        (Attempt(1, 429), 0.0, 0.0),
        (Attempt(1, 429, 7.0), 0.9, 7.0),
        (Attempt(1, 429, 0.0), 0.9, 0.0),
        (Attempt(5, 503, 300.0), 0.9, 300.0),
        (Attempt(1, 429, 300.1), 0.9, None),
        (Attempt(6, 503), 0.9, None),
        (Attempt(6, "broken", 1.0), 0.9, None),
        (Attempt(1, 401), 0.9, None),
        (Attempt(1, 405), 0.9, None),
        (Attempt(1, 404, 1.0), 0.9, None),
        (Attempt(1, 501), 0.9, None),
    ],
)
def test_examples(attempt: Attempt, chance: float, wait: float | None) -> None:
    assert next_wait(attempt, chance) == wait


@given(st.integers(1, 10), RESULTS, CHANCES)
def test_without_advice_the_wait_grows_to_its_bound_and_chance_takes_its_part(
    number: int, result: int | Trouble, chance: float
) -> None:
    wait = next_wait(Attempt(number, result), chance)
    if number >= MAX_ATTEMPTS or not is_retried(result):
        assert wait is None
    else:
        whole = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (number - 1))
        assert next_wait(Attempt(number, result), 1.0) == whole
        assert wait == chance * whole


@given(st.integers(1, 10), RESULTS, st.floats(0, 10_000), CHANCES, CHANCES)
def test_the_servers_own_word_is_kept_to_the_second_or_not_waited_for(
    number: int, result: int | Trouble, asked: float, chance: float, other: float
) -> None:
    wait = next_wait(Attempt(number, result, asked), chance)
    assert wait == next_wait(Attempt(number, result, asked), other)
    assert wait in (None, asked)
    assert wait is None or wait <= LONGEST_RETRY_AFTER


@given(RESULTS, CHANCES)
def test_it_ends(result: int | Trouble, chance: float) -> None:
    assert next_wait(Attempt(MAX_ATTEMPTS, result), chance) is None


@pytest.mark.parametrize("trouble", ["certificate", "too_large"])
def test_what_no_repetition_mends_is_final(trouble: Trouble) -> None:
    assert next_wait(Attempt(1, trouble), 0.5) is None


@given(st.integers(1, 5), RESULTS, st.none() | st.floats(0, 300), CHANCES, st.floats(-10, 400))
def test_no_wait_goes_beyond_the_time_that_is_left(
    number: int, result: int | Trouble, asked: float | None, chance: float, left: float
) -> None:
    wait = next_wait(Attempt(number, result, asked), chance, left)
    free = next_wait(Attempt(number, result, asked), chance)
    assert wait == (free if free is not None and free < left else None)


def test_the_table_names_every_trouble_once() -> None:
    cases = [case for rule in TABLE for case in rule.cases]
    assert sorted(case for case in cases if isinstance(case, str)) == sorted(TROUBLES)
    assert len(set(cases)) == len(cases)
    assert all(is_retried(case) == rule.retried for rule in TABLE for case in rule.cases)
    assert all(str(case) in rule.situation for rule in TABLE for case in rule.cases if isinstance(case, int))
