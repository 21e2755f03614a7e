"""Checks of load plugins: which targets they take, and what becomes of records."""

from collections.abc import Iterator
from contextlib import chdir
from functools import partial

from connector_core.errors import ConfigError
from connector_core.sink import Place, Portion
from connector_core.testing.contract import check
from connector_core.testing.sink_case import Trial, Trials
from connector_core.testing.sink_child import attempt
from connector_core.testing.sink_rows import BARE, FULL, TICKET, history, hour, refused, row

_ONE = row("kit:1", text="a text")


@check(
    mend="In `load`, return None for a target that does not begin with your scheme and a colon, and raise ConfigError"
    " with the right form where the rest does not fit; touch nothing before that is clear."
)
def only_targets_of_its_form_are_taken(trials: Trials) -> Iterator[str]:
    """Somebody who mistypes `--to` gets a traceback, or a target that nobody asked for, instead of a clear line."""
    trial = trials.fresh()
    scheme = trial.target.partition(":")[0].partition("+")[0]
    for odd, may_be_taken in ((scheme, False), (f"{scheme}+no-such-form:x", False), (f"{scheme}:", True)):
        with chdir(trial.folder):
            ended = attempt(partial(_open_and_close, trial, odd))
        if ended.error is None and not may_be_taken:
            yield f"--to {odd}: is taken"
        if ended.error:
            yield from (f"--to {odd}: {wrong}" for wrong in ended.improper(ConfigError))
            yield from (f"--to {odd}: is refused, and leaves {path.name} behind" for path in trial.files())


def _open_and_close(trial: Trial, target: str) -> None:
    trial.opener(target, "acme", None, trial.settings).close()


@check(
    mend="Write `row.line`, which is the whole record as JSON, or give each key of it a column; leave out what is"
    " absent, and keep `additional_fields` as JSON."
)
def all_of_a_record_is_stored(trials: Trials) -> Iterator[str]:
    """What customers wrote, or what the source knew beside it, is lost or comes out as something else."""
    trial = trials.fresh()
    trial.write(Portion("p", [FULL, BARE]), Portion("q", [TICKET]))
    yield from trial.unlike([FULL, BARE, TICKET])


@check(
    mend="Write by id: insert, or replace where the id is there. A log appends each version once, in the order given."
)
def the_last_version_counts(trials: Trials) -> Iterator[str]:
    """An answer that was edited at the source stays as it was, or stands there twice."""
    trial, versions = trials.fresh(), [row("kit:1", text=text) for text in ("first", "second", "third")]
    trial.write(Portion("p", versions[:1]))
    trial.write(Portion("p", versions[1:2]), Portion("p", [BARE]))
    trial.write(Portion("q", versions[2:]))
    log = [*versions[:2], BARE, versions[2]]
    yield from trial.unlike(log if trials.case.log else [versions[2], BARE])


@check(mend="Compare `row.digest` with that of the row you hold, and leave what is the same alone; `Journal` does.")
def the_same_again_changes_nothing(trials: Trials) -> Iterator[str]:
    """Runs overlap on purpose, so each of them would leave copies behind, or touch what has not changed."""
    trial, portions = trials.fresh(), [Portion("p", [_ONE, BARE]), Portion("q", [TICKET])]
    for _ in range(2):
        with trial.run() as sink:
            sink.write(portions)
            sink.write(portions)
    yield from trial.unlike([_ONE, BARE, TICKET])


@check(mend="Count as `Stored` says, in the order of the rows, one result for each portion. `Journal` does.")
def rows_are_counted_as_what_they_are(trials: Trials) -> Iterator[str]:
    """The summary says that something was new or changed where nothing was, and whoever watches it is misled."""
    for seed in range(3):
        trial = trials.fresh()
        for number, run in enumerate(history(seed)):
            with trial.run() as sink:
                stored = [list(sink.write([portion for portion, _ in run[:1]]))]
                stored.append(list(sink.write([portion for portion, _ in run[1:]])))
            got, wanted = [one for some in stored for one in some], [counts for _, counts in run]
            if got != wanted:
                yield f"history {seed}, run {number}: {got} must be {wanted}"
                break


@check(mend="Let `preview` judge as `write` does and stop there; `Journal` does.")
def a_preview_says_what_a_write_would_and_stores_nothing(trials: Trials) -> Iterator[str]:
    """`--dry-run` and the bound on rejects look before they store: they show the wrong numbers, or leave traces."""
    trial = trials.fresh()
    trial.write(Portion("p", [_ONE, BARE], [refused("kit:r")], place=Place(hour(1))))
    changed = row("kit:2", text="edited")
    portions = [Portion("p", [_ONE, changed, TICKET], [refused("kit:r"), refused("kit:s")], place=Place(hour(2)))]
    with trial.run() as sink:
        before = sink.history(), sink.rejects("p")
        seen = list(sink.preview(portions))
        if (sink.history(), sink.rejects("p")) != before:
            yield "places or rejects are others after a preview"
    yield from (f"after a preview, {wrong}" for wrong in trial.unlike([_ONE, BARE]))
    with trial.run() as sink:
        said = list(sink.write(portions))
    if seen != said:
        yield f"a preview says {seen}, the write {said}"
