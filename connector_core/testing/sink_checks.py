"""The contract of load plugins: all of its checks, and the test that pytest makes of them."""

from collections.abc import Callable, Sequence
from functools import partial

from connector_core.testing import sink_faults, sink_memory, sink_records
from connector_core.testing.contract import Check, as_test
from connector_core.testing.sink_case import SinkCase, Trials, trials
from connector_core.testing.sink_child import preload

SINK_CHECKS: Sequence[Check[Trials]] = (
    sink_records.only_targets_of_its_form_are_taken,
    sink_records.all_of_a_record_is_stored,
    sink_records.the_last_version_counts,
    sink_records.the_same_again_changes_nothing,
    sink_records.rows_are_counted_as_what_they_are,
    sink_records.a_preview_says_what_a_write_would_and_stores_nothing,
    sink_memory.places_come_back_as_they_were,
    sink_memory.connections_are_kept_apart,
    sink_memory.memory_is_kept_with_the_first_write,
    sink_memory.rejects_wait_until_they_are_settled,
    sink_memory.a_settled_reject_replaces_nothing_newer,
    sink_memory.what_is_held_is_counted,
    sink_memory.what_is_gone_is_named_exactly,
    sink_memory.prune_deletes_or_says_that_it_cannot,
    sink_memory.reset_forgets_places_and_keeps_records,
    sink_faults.killed_at_any_moment_the_next_run_makes_it_whole,
    sink_faults.a_full_disk_ends_in_a_line_and_the_next_run_goes_on,
    sink_faults.what_it_cannot_hold_is_refused_whole,
    sink_faults.what_cannot_be_written_is_refused_in_a_line,
    sink_faults.one_run_at_a_time_has_it_open,
    sink_faults.files_are_for_their_owner_alone,
    sink_faults.closing_lets_go_of_everything,
    sink_faults.an_error_shows_no_value,
)


def sink_contract(case: SinkCase) -> Callable[[Check[Trials]], None]:
    """Make the test function that pytest collects, one test for each check; assign it to a name it collects."""
    preload(case.preload)
    return as_test(SINK_CHECKS, partial(trials, case))
