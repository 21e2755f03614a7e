"""What a contract is made of: checks with a name, a meaning and a way to mend them; and how pytest runs them."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from inspect import getdoc
from itertools import islice
from textwrap import fill
from typing import Generic, TypeVar

from attrs import frozen

from connector_core.errors import ConnectorError

Subject = TypeVar("Subject")

_SHOWN = 8
"""Problems of one check that are shown; whoever mends these mends the others too."""

_WIDTH = 100


class NotShownError(Exception):
    """The subject holds nothing on which a check could show anything; its message says what would have to be there."""


@frozen
class Check(Generic[Subject]):
    """One rule of a contract.

    Attributes:
        name: what is true of a subject that keeps it: `cursors_are_resume_points`.
        meaning: what a failure means, to users.
        mend: how to mend it.
        find: yields what is wrong, one line each, without any secret and without a customer's data.
    """

    name: str
    meaning: str
    mend: str
    find: Callable[[Subject], Iterable[str]]

    def problems(self, subject: Subject) -> list[str]:
        """The first few things that are wrong.

        Raises:
            NotShownError: this subject has nothing to show it on.
        """
        return list(islice(self.find(subject), _SHOWN))

    def report(self, problems: Sequence[str]) -> str:
        """What the author of a plugin reads when it failed."""
        found = "\n".join(f"  - {problem}" for problem in problems)
        means, mend = _paragraph("what it means: ", self.meaning), _paragraph("how to mend it: ", self.mend)
        return f"{self.name}\n{found}\n\n{means}\n{mend}"


def _paragraph(head: str, text: str) -> str:
    return fill(f"{head}{text}", _WIDTH, subsequent_indent=" " * 4, break_on_hyphens=False)


def check(mend: str) -> Callable[[Callable[[Subject], Iterable[str]]], Check[Subject]]:
    """Make a check of a function that yields what is wrong: its name is the rule, its docstring the meaning."""

    def made(find: Callable[[Subject], Iterable[str]]) -> Check[Subject]:
        return Check(find.__name__, " ".join((getdoc(find) or "").split()), mend, find)

    return made


def as_test(
    checks: Sequence[Check[Subject]], opened: Callable[[], AbstractContextManager[Subject]]
) -> Callable[[Check[Subject]], None]:
    """A test function for pytest to collect: one test for each check, each on a subject opened anew."""
    import pytest  # noqa: PLC0415 - the processes that checks start need none

    @pytest.mark.parametrize("check", [pytest.param(each, id=each.name) for each in checks])
    def test(check: Check[Subject]) -> None:
        with opened() as subject:
            try:
                problems = check.problems(subject)
            except NotShownError as nothing:
                pytest.skip(f"{check.name}: {nothing}")
            except ConnectorError as error:
                problems = [f"{error.kind}: {error}"]
            except Exception as error:
                error.add_note(check.report(["raises where nothing is expected to"]))
                raise
        if problems:
            pytest.fail(check.report(problems), pytrace=False)

    return test
