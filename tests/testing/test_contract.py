"""How a contract is run by pytest: one test a check, each with its name, its meaning and its mending."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from connector_core.testing import NotShownError
from connector_core.testing.contract import as_test, check

pytest_plugins = ["pytester"]


@check(mend="Count again.")
def numbers_are_even(numbers: list[int]) -> Iterator[str]:
    """A number is odd,
    and whoever halves it is surprised."""
    if not numbers:
        raise NotShownError("there is no number")
    yield from (f"{number} is odd" for number in numbers if number % 2)


def test_a_check_is_a_function_with_a_name_a_meaning_and_a_way_to_mend_it() -> None:
    assert numbers_are_even.name == "numbers_are_even"
    assert numbers_are_even.meaning == "A number is odd, and whoever halves it is surprised."
    assert numbers_are_even.problems([1, 2, 3]) == ["1 is odd", "3 is odd"]
    assert len(numbers_are_even.problems([1] * 100)) == 8


def test_a_failure_says_what_is_wrong_what_it_means_and_how_to_mend_it() -> None:
    run = as_test([numbers_are_even], lambda: nullcontext([1]))
    with pytest.raises(pytest.fail.Exception) as failed:
        run(numbers_are_even)
    assert str(failed.value).splitlines() == [
        "numbers_are_even",
        "  - 1 is odd",
        "",
        "what it means: A number is odd, and whoever halves it is surprised.",
        "how to mend it: Count again.",
    ]


def test_what_cannot_be_shown_is_skipped_with_its_reason() -> None:
    run = as_test([numbers_are_even], lambda: nullcontext([]))
    with pytest.raises(pytest.skip.Exception, match="numbers_are_even: there is no number"):
        run(numbers_are_even)


def test_what_raises_where_nothing_is_expected_to_says_which_check_met_it() -> None:
    odd: list[Any] = ["one"]
    with pytest.raises(TypeError) as raised:
        as_test([numbers_are_even], lambda: nullcontext(odd))(numbers_are_even)
    assert "how to mend it: Count again." in raised.value.__notes__[0]


def test_pytest_runs_a_test_for_each_check_by_its_name(pytester: pytest.Pytester) -> None:
    here = Path(__file__).parent
    pytester.makepyfile(f"""
        import sys
        sys.path.insert(0, {str(here)!r})
        from contextlib import nullcontext
        from connector_core.testing.contract import as_test
        from test_contract import numbers_are_even
        test_contract = as_test([numbers_are_even], lambda: nullcontext([2]))
    """)
    result = pytester.runpytest_subprocess("-v", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*::test_contract[[]numbers_are_even[]] PASSED*"])
