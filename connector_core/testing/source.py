"""The contract of a source, whole."""

from collections.abc import Callable
from functools import partial

from connector_core.testing import source_leaks, source_maps, source_reads, source_records, source_runs, source_says
from connector_core.testing.contract import Check, as_test
from connector_core.testing.source_case import SourceCase
from connector_core.testing.subject import Subject, opened

SOURCE_CHECKS: tuple[Check[Subject], ...] = (
    *source_says.CHECKS,
    *source_reads.CHECKS,
    *source_maps.CHECKS,
    *source_records.CHECKS,
    *source_runs.CHECKS,
    *source_leaks.CHECKS,
)
"""Every check of a source, from what it says of itself to what it lets out."""


def source_contract(case: SourceCase) -> Callable[[Check[Subject]], None]:
    """Make the tests of a source, for pytest to collect, of a case.

    `test_contract = source_contract(SourceCase(...))` is all that a test module needs. There is a test for each check,
    of its name. A failure says what is wrong, what it means, and how to mend it; a check that the case gives nothing to
    show on is skipped with the reason.
    """
    return as_test(SOURCE_CHECKS, partial(opened, case))
