"""Checks of load plugins: killed, out of room, not allowed, not alone, and given what hardly anything can hold."""

import gc
import os
import random
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from attrs import evolve

from connector_core.errors import ConfigError, TargetError, TransientError
from connector_core.sink import Place, Portion, Row
from connector_core.testing.contract import NotShownError, check
from connector_core.testing.sink_case import Trial, Trials
from connector_core.testing.sink_child import Ended, attempt, elsewhere
from connector_core.testing.sink_rows import CANARY, as_read, commits, differences, hour, oddities, row, shown

_PARTS = 4
"""Into how many parts the largest file is divided, each of which is once all that there is room for."""


@check(
    mend="Make rows durable before their places or together with them, never after; replace files whole, by renaming;"
    " begin with undoing what a killed run has left half done. `Journal` and `Target.delivering` keep the order."
)
def killed_at_any_moment_the_next_run_makes_it_whole(trials: Trials) -> Iterator[str]:
    """A run that is killed costs answers for ever, or leaves copies, or a target that no later run can open."""
    history, whole = commits(), trials.fresh()
    ended = elsewhere(whole.task(*history))
    if ended.error or ended.killed:
        yield f"a run in a process of its own ends in {ended.error or 'its death'}"
        return
    yield from whole.unlike([row for commit in history for portion in commit for row in portion.rows])
    if not ended.moments:
        raise NotShownError("it calls nothing by which a process changes the world: there is no moment to kill it at")
    for moment in _some(ended, trials.case.kills):
        trial = trials.fresh()
        elsewhere(evolve(trial.task(*history), die_at=moment))
        for wrong in _gone_on_with(trial, history, whole):
            yield f"killed at moment {moment} of {ended.moments}, {wrong}"


def _gone_on_with(trial: Trial, history: Sequence[Sequence[Portion]], whole: Trial) -> Iterator[str]:
    """What is wrong with what a broken run has left, and with the run that comes after it."""
    found: list[str] = []
    ended = attempt(lambda: found.extend(_resumed(trial, history)))
    yield from found
    if ended.error:
        yield f"the next run ends in {ended.error}"
    else:
        yield from (f"after the next run {wrong}" for wrong in differences(trial.records(), whole.records()))


def _resumed(trial: Trial, history: Sequence[Sequence[Portion]]) -> Iterator[str]:
    """Look whether all is there that the places say, and make the whole import again."""
    with trial.run() as sink:
        reached = {key: place.cursor or 0 for key, place in sink.history().places.items()}
    stored = set(shown(trial.records()))
    for number, portion in ((number, portion) for number, commit in enumerate(history, 1) for portion in commit):
        if number <= reached.get(portion.partition, 0) and not stored.issuperset(shown(as_read(portion.rows))):
            yield "a place was stored without its rows"
    with trial.run() as sink:
        for commit in history:
            sink.write(commit)


@check(
    mend="Turn every OSError, and what your client library raises, into TargetError with what, where and why; keep the"
    " places of rows that were not stored out of the journal."
)
def a_full_disk_ends_in_a_line_and_the_next_run_goes_on(trials: Trials) -> Iterator[str]:
    """A run that meets a full disk ends in a traceback instead of a line, or can never be gone on with."""
    history, whole = commits(10_000), trials.fresh()
    elsewhere(whole.task(*history))
    for room in (part * _largest(whole) // _PARTS for part in range(_PARTS)):
        trial = trials.fresh()
        ended = elsewhere(evolve(trial.task(*history), room=room))
        for wrong in (*ended.improper(TargetError), *_gone_on_with(trial, history, whole)):
            yield f"with room for {room} bytes a file, {wrong}"


def _some(ended: Ended, kills: int) -> list[int]:
    """Moments at which to kill a run, most of them while it writes; with as many kills as moments, all."""
    dice = random.Random(ended.moments)  # noqa: S311 - chance that can be had again; even steps would keep time with commits
    opening, writing = range(1, ended.opening + 1), range(ended.opening + 1, ended.moments + 1)
    later = min(len(writing), max(kills * 3 // 4, kills - len(opening)))
    sooner = min(len(opening), kills - later)
    return sorted([*dice.sample(opening, sooner), *dice.sample(writing, later)])


def _largest(trial: Trial) -> int:
    """How many bytes the largest of its files has."""
    if not trial.files():
        raise NotShownError("the target keeps no file in the folder that it is given")
    return max(path.stat().st_size for path in trial.files())


@check(
    mend="Store it, or raise TargetError before anything of the write is durable, also of the portions before it. What"
    " is stored must be read back as it is in `row.line`: cut nothing, replace nothing."
)
def what_it_cannot_hold_is_refused_whole(trials: Trials) -> Iterator[str]:
    """One odd answer spoils those beside it, is stored as something else without a word, or stops every later run."""
    trial, expected = trials.fresh(), dict[str, list[Row]]()
    for number, (odd, fields) in enumerate(oddities().items()):
        rows = [row(f"kit:{number}", title=odd), row(f"kit:{number} odd", **fields), row(f"kit:{number} later")]
        portions = [Portion("p", rows[:1]), Portion("q", rows[1:2], place=Place(hour(number + 1)))]
        ended = attempt(partial(trial.write, *portions))
        yield from (f"{odd}: {wrong}" for wrong in ended.improper(TargetError, ConfigError))
        with trial.run() as sink:
            moved = sink.history().places.get("q", Place()).high_water == hour(number + 1)
            refused = {reject.key for reject in sink.rejects("q")}
            later = attempt(partial(sink.write, [Portion("p", rows[2:])]))
        if moved is bool(ended.error):
            yield f"{odd}: is {'refused' if ended.error else 'stored'}, and its place {'is' if moved else 'is not'}"
        if later.error:
            yield f"{odd}: afterwards, nothing can be stored any more"
        expected[odd] = rows[2:] if ended.error else [each for each in rows if each.id not in refused]
    held = trial.records()
    for odd, rows in expected.items():
        known = {record["id"]: record for record in as_read(rows)}
        found = {record["id"]: record for record in held if record["id"] in known}
        yield from (
            f"{odd}: {wrong}" for wrong in differences([found[k] for k in known if k in found], [*known.values()])
        )
    if len(held) != sum(map(len, expected.values())):
        yield "it holds other records than were stored, or parts of what was refused"


@check(
    mend="Catch OSError where files are opened and written, in `load` too, and raise TargetError, or ConfigError for a"
    " path that cannot be one, with what, where and why."
)
def what_cannot_be_written_is_refused_in_a_line(trials: Trials) -> Iterator[str]:
    """Somebody who names a folder that is not there, or may not write to it, gets a traceback instead of a line."""
    trial, portion = trials.fresh(), Portion("p", [row("kit:1")])
    ended = elsewhere(evolve(trial, folder=trial.folder / "missing").task([portion]))
    yield from (f"in a folder that is not there, {wrong}" for wrong in ended.improper(ConfigError, TargetError))
    trial.write(portion)
    _largest(trial)
    for name, file, folder in (("files", 0o444, 0o777), ("folder", 0o666, 0o555), ("files and folder", 0o444, 0o555)):
        copy = trials.fresh()
        shutil.copytree(trial.folder, copy.folder, dirs_exist_ok=True)
        for path in copy.files():
            path.chmod(file)
        copy.folder.chmod(folder)
        ended = elsewhere(evolve(copy.task([Portion("p", [row("kit:2")])]), ordinary=True))
        copy.folder.chmod(0o777)
        for wrong in ended.improper(TargetError, ConfigError):
            yield f"with {name} that may only be read, {wrong}"


@check(
    mend="Hold a lock from `load` to `close` that ends with its process, and raise TransientError which names the"
    " process that holds it. `open_database` does, for the file of a journal."
)
def one_run_at_a_time_has_it_open(trials: Trials) -> Iterator[str]:
    """Two runs that overlap, as when one is late, take turns at moving the same places, and answers fall between."""
    trial, portion = trials.fresh(), Portion("p", [row("kit:1")])
    with trial.run() as sink:
        sink.write([portion])
        second = elsewhere(trial.task([portion]))
        if second.error is None:
            yield "a second run opens it meanwhile"
        yield from (f"a second run: {wrong}" for wrong in second.improper(TransientError))
        if second.error == TransientError.__name__ and str(os.getpid()) not in second.text:
            yield "what a second run is told does not name the process that has it open"
    if elsewhere(trial.task([portion])).error:
        yield "it cannot be opened by another run after the first has closed it"


@check(mend="Make every file with mode 0600, whatever the umask: `os.open(path, flags, 0o600)`.")
def files_are_for_their_owner_alone(trials: Trials) -> Iterator[str]:
    """Other users of the machine read what customers wrote."""
    trial = trials.fresh()
    with _umask(0):
        with trial.run() as sink:
            sink.write([Portion("p", [row("kit:1")])])
            open_to_others = set(_open_to_others(trial))
        open_to_others |= set(_open_to_others(trial))
    _largest(trial)
    yield from (f"{name} can be read or written by others" for name in sorted(open_to_others))


@contextmanager
def _umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def _open_to_others(trial: Trial) -> Iterator[str]:
    yield from (path.name for path in trial.files() if path.stat().st_mode & 0o077)


@check(mend="In `close`, close all that `load` and the run have opened; in `load`, when it raises.")
def closing_lets_go_of_everything(trials: Trials) -> Iterator[str]:
    """A program that makes many imports runs out of files, or keeps the next one out."""
    trial, portion = trials.fresh(), Portion("p", [row("kit:1")])
    trial.write(portion)
    for name, action in (("a run", _write), ("a run that was refused", _refused_beside)):
        gc.collect()  # what others have left behind
        before = _descriptors()
        action(trial, portion)
        left = _descriptors() - before
        if left:
            yield f"after {name}, {left} files are open that were not before"


def _write(trial: Trial, portion: Portion) -> None:
    trial.write(portion)


def _refused_beside(trial: Trial, portion: Portion) -> None:
    """Open it twice at a time."""
    with trial.run():
        attempt(partial(trial.write, portion))


def _descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


@check(mend="Say in an error which file, table or setting it is about, and what the system said; no record and no row.")
def an_error_shows_no_value(trials: Trials) -> Iterator[str]:
    """What customers wrote stands in logs and reports, where nobody expects and protects it."""
    rows = [row(f"kit:{number}", text=CANARY + "x" * 50_000, author_name=CANARY, title=CANARY) for number in range(4)]
    whole = trials.fresh()
    whole.write(Portion("p", rows))
    endings: list[tuple[str, Ended]] = []
    for part in range(1, _PARTS if whole.files() else 0, 2):
        task = evolve(trials.fresh().task([Portion("p", rows)]), room=part * _largest(whole) // _PARTS)
        endings.append(("a full disk", elsewhere(task)))
    trial = trials.fresh()
    for odd, fields in oddities().items():
        strange: dict[str, Any] = {"author_name": CANARY} | fields
        endings.append((odd, attempt(partial(trial.write, Portion("p", [row("kit:odd", **strange)])))))
    for about, ended in endings:
        if CANARY in ended.text:
            yield f"the error about {about} shows what a customer wrote"
