"""For every test of the repository: property tests without a stopwatch, and the same examples on every CI run."""

import os

import pytest
from hypothesis import is_hypothesis_test, settings

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

_TORTURE = int(os.environ.get("TORTURE", "1"))
"""How many times as many examples each property test looks at; `make torture` asks for more."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Multiply the examples of every property test, those that set a number of their own too."""
    if _TORTURE == 1:
        return
    tests = {item.obj for item in items if isinstance(item, pytest.Function)}  # one for all its parameters
    for test in filter(is_hypothesis_test, tests):
        own = test._hypothesis_internal_use_settings  # noqa: SLF001 - a decorated test has no public way to be decorated again
        test._hypothesis_internal_use_settings = settings(own, max_examples=_TORTURE * own.max_examples)  # noqa: SLF001 - the same
