"""Checks of load plugins: what a connection remembers, and what is forgotten on request."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from attrs import evolve

from connector_core.errors import ConfigError
from connector_core.model import Skip, Window
from connector_core.sink import Held, History, Memory, Place, Portion, Refused
from connector_core.testing.contract import check
from connector_core.testing.sink_case import Trials
from connector_core.testing.sink_child import attempt
from connector_core.testing.sink_rows import EVER, hour, refused, row

_PLACES = {
    "begun": Place(None, Window(None, hour(9)), {"after": ["ç", None, 1.5, 2**70]}),
    "read": Place(hour(5)),
    "limited": Place(hour(5), low_water=hour(1)),
    "both": Place(hour(5), Window(hour(4), hour(9)), "page 3 😀", hour(1)),
    "of whole numbers": Place(None, Window(hour(1), hour(9)), 0),
    "of truths": Place(None, Window(hour(1), hour(9)), cursor=False),
    "nowhere": Place(),
}


@check(
    mend="Store both marks, the window and the cursor with the rows of the portion; the cursor is any JSON value, and"
    " each of them may be None. `Journal` does."
)
def places_come_back_as_they_were(trials: Trials) -> Iterator[str]:
    """The next run starts at another place than this one has left: it reads all anew, or passes answers over."""
    trial = trials.fresh()
    trial.write(*(Portion(key, place=place) for key, place in _PLACES.items()))
    trial.write(Portion("read", [row("kit:1")]))
    with trial.run() as sink:
        found = sink.history().places
    for key in sorted(found.keys() | _PLACES.keys()):
        if repr(found.get(key)) != repr(_PLACES.get(key)):  # False is not 0
            yield f"the place that is {key!r} is another one when the target is opened again"


@check(mend="Keep places, rejects, skips, and what was met, under the name of the connection that `load` is given.")
def connections_are_kept_apart(trials: Trials) -> Iterator[str]:
    """Two accounts that are loaded into one target take each other's places: one of them is never read."""
    trial = trials.fresh()
    memory = Memory(hour(1), {"of": "one"})
    with trial.run("one") as sink:
        sink.remember(memory)
        sink.write([Portion("p", [row("kit.one:1")], [refused("kit.one:r")], place=Place(hour(5)))])
        left = sink.history()
    with trial.run("two") as sink:
        if sink.history() != History() or sink.rejects("p"):
            yield "a new connection remembers what another one left"
        sink.write([Portion("p", [row("kit.two:1")], place=Place(hour(6)))])
        if sink.gone(["p"], EVER):
            yield "records of another connection are called gone"
        if sink.held("p", EVER) != Held({"9": 1}):
            yield "records or rejects of another connection are counted among those held"
        sink.reset(None)
    with trial.run("one") as sink:
        if sink.history() != left or [reject.key for reject in sink.rejects("p")] != ["kit.one:r"]:
            yield "what one connection does changes what another one remembers"
    yield from trial.unlike([row("kit.one:1"), row("kit.two:1")])


@check(
    mend="In `remember` only hold on to what is given; store it with the first `write` of the run, and if it says"
    " `restart`, forget the old places then, once, before those of this write. `Journal` does."
)
def memory_is_kept_with_the_first_write(trials: Trials) -> Iterator[str]:
    """Changed settings go unnoticed.

    Or a run that only samples changes where the next one begins; or an interrupted full refresh never comes to its end.
    """
    trial, kept = trials.fresh(), Memory(hour(1), {"mapping": "1", "ção": "é"})
    with trial.run() as sink:
        sink.remember(kept)
    with trial.run() as sink:
        if not sink.history().fresh:
            yield "what is to be remembered is stored before anything is written"
        sink.remember(kept)
        sink.write([Portion(key, place=Place(hour(5))) for key in "pq"])
    with trial.run() as sink:
        before = sink.history()
        sink.remember(Memory(hour(2), {"mapping": "2"}, restart=True))
    if (before.begin, before.fingerprint) != (kept.begin, kept.fingerprint):
        yield "the beginning or the fingerprint does not come back"
    with trial.run() as sink:
        if sink.history() != before:
            yield "a restart forgets places before anything is written"
        sink.remember(Memory(hour(2), {"mapping": "2"}, restart=True))
        sink.write([Portion("p", place=Place(hour(7)))])
        sink.write([Portion("r", place=Place(hour(8)))])
        after = sink.history()
    places = {key: place for key, place in after.places.items() if place != Place()}
    if after.begin != hour(2) or places != {"p": Place(hour(7)), "r": Place(hour(8))}:
        yield "after a restart there are other places than those of the run that restarts"


@check(
    mend="Keep all of `Refused` by its key until a portion brings a row of this id, settles the key or skips the id; a"
    " reject of a known key takes its place. `gone` forgets those that the run has not met. `Journal` does."
)
def rejects_wait_until_they_are_settled(trials: Trials) -> Iterator[str]:
    """An answer that could not be imported is lost, though it was to be kept, or counts as waiting for ever."""
    trial, first = trials.fresh(), [refused(f"kit:{key}") for key in "abcdef"]
    again = evolve(first[4], reason="rating.out_of_scale", raw=b"[1]", posted_at=None)
    with trial.run() as sink:
        stored = [*sink.write([Portion("p", (), first), Portion("q", (), [refused("kit:g")])])]
    with trial.run() as sink:
        stored += sink.write([Portion("p", (), [first[0], again])])
        yield from _unlike(sink.rejects("p"), [*first[:4], again, first[5]], "when the target is opened again")
        sink.write([Portion("p", [row("kit:a")], skipped=[Skip("unscored", "kit:b")], settled=["kit:c"])])
        yield from _unlike(sink.rejects("p"), [first[3], again, first[5]], "after some were loaded, skipped or settled")
    if (new := [one.new_rejects for one in stored]) != [6, 1, 1]:
        yield f"of 6, 1 and 2 rejects, of which 6, 1 and 1 are new, {new} are counted as new"
    with trial.run() as sink:
        sink.write([Portion("p", (), [first[3]])])
        sink.gone(["p"], EVER)
        yield from _unlike(sink.rejects("p"), [first[3]], "after `gone`, of which a full refresh has met one")
        yield from _unlike(sink.rejects("q"), [refused("kit:g")], "of another partition after `gone`")


def _unlike(found: Sequence[Refused], wanted: Sequence[Refused], when: str) -> Iterator[str]:
    if sorted(found, key=lambda one: one.key) != sorted(wanted, key=lambda one: one.key):
        yield f"other rejects wait than those that must, {when}"


@check(
    mend="Where a portion has `settled`, keep a record that is loaded already: what was kept as a reject is older. Its"
    " row counts as unchanged or duplicate. `Journal` does."
)
def a_settled_reject_replaces_nothing_newer(trials: Trials) -> Iterator[str]:
    """`--retry-rejects` brings back an old version of an answer that was corrected meanwhile."""
    trial, newer = trials.fresh(), row("kit:1", text="newer")
    trial.write(Portion("p", [newer]))
    trial.write(Portion("p", [row("kit:1", text="older"), row("kit:2")], settled=["kit:1", "kit:2"]))
    yield from trial.unlike([newer, row("kit:2")])


@check(
    mend="Count the partition's records by rating, its rejects and its skips with `window.start <= posted_at <"
    " window.end`; of rejects and skips without a date, count all. `Journal` does."
)
def what_is_held_is_counted(trials: Trials) -> Iterator[str]:
    """`--reconcile` says that the source and the target differ where they do not, or agree where they do not."""
    trial = trials.fresh()
    trial.write(
        Portion(
            "p",
            [row(f"kit:{at}", at=at, rating=str(at % 3)) for at in range(8)],
            [refused("kit:r3", at=3), refused("kit:r6", at=6), refused("kit:r", at=None)],
            [Skip("s", "kit:s2", hour(2)), Skip("s", "kit:s6", hour(6)), Skip("s", "kit:s"), Skip("s")],
        ),
        Portion("q", [row("kit:q", at=3)], [refused("kit:rq", at=3)], [Skip("s", "kit:sq")]),
    )
    windows = {"all": EVER, "a part": Window(hour(2), hour(6)), "nothing": Window(hour(900), hour(901))}
    for name, window in windows.items():
        ratings = Counter(str(at % 3) for at in range(8) if window.holds(hour(at)))
        beside = [1 + sum(window.holds(hour(at)) for at in dated) for dated in ((3, 6), (2, 6))]
        with trial.run() as sink:
            found = sink.held("p", window)
        if (dict(found.ratings), found.rejected, found.skipped) != (dict(ratings), *beside):
            yield f"of {name} it counts {found}, where it holds {Held(dict(ratings), *beside)}"


@check(
    mend="Keep with each record which run has met it last: as a row, the same or not, as a skip or as a reject. Name"
    " those of these partitions and this window that this run has not met. `Journal` does."
)
def what_is_gone_is_named_exactly(trials: Trials) -> Iterator[str]:
    """A full refresh with `--prune` deletes answers that are still there, or keeps those that are not."""
    trial = trials.fresh()
    trial.write(
        Portion("p", [row(f"kit:{number}", at=number) for number in range(8)]), Portion("q", [row("kit:q", at=3)])
    )
    with trial.run() as sink:
        sink.write([Portion("p", [row("kit:1", at=1), row("kit:2", at=2, text="edited")])])
        sink.write([Portion("p", (), [refused("kit:3")], [Skip("unscored", "kit:4")])])
        found = {
            "of the window": (sink.gone(["p"], Window(hour(1), hour(7))), ["kit:5", "kit:6"]),
            "of two partitions": (sink.gone(["p", "q"], EVER), ["kit:0", "kit:5", "kit:6", "kit:7", "kit:q"]),
            "of no partition": (sink.gone([], EVER), []),
        }
    for name, (got, wanted) in found.items():
        if sorted(got) != wanted:
            yield f"{name}, {sorted(got)} are gone, not {wanted}"


@check(
    mend="Delete these records and what you know of them in one step; where the target cannot, raise ConfigError, also"
    " of no ids: that is how a run asks before it begins. Say which with `SinkCase(deletes=...)`."
)
def prune_deletes_or_says_that_it_cannot(trials: Trials) -> Iterator[str]:
    """Answers that were deleted at the source stay, and nobody is told; or is told after hours."""
    trial, rows = trials.fresh(), [row(f"kit:{number}") for number in range(3)]
    trial.write(Portion("p", rows, place=Place(hour(1))))
    with trial.run() as sink:
        for ids in ((), ("kit:0", "kit:2")):
            ended = attempt(partial(sink.prune, ids))
            yield from (f"pruning {len(ids)} records {wrong}" for wrong in ended.improper(ConfigError))
            if (ended.error is None) is not trials.case.deletes:
                yield f"pruning {len(ids)} records is {'refused' if ended.error else 'accepted'}"
    yield from trial.unlike(rows[1:2] if trials.case.deletes else rows)
    with trial.run() as sink:
        (stored,) = sink.preview([Portion("p", rows)])
    if stored.new != (2 if trials.case.deletes else 0):
        yield f"of three records, of which those that were pruned are new now, {stored.new} are counted as new"


@check(mend="Forget the places of the partitions given, or of None all and where history begins; touch no record.")
def reset_forgets_places_and_keeps_records(trials: Trials) -> Iterator[str]:
    """`connector state reset` loses what was loaded, or does not make the next run read anew."""
    trial, rows = trials.fresh(), [row("kit:1"), row("kit:2")]
    with trial.run() as sink:
        sink.remember(Memory(hour(1), {"mapping": "1"}))
        sink.write([Portion("p", rows), *(Portion(key, place=Place(hour(5))) for key in "pqr")])
    for which, left, number in ((["p", "nobody"], ["q", "r"], 1), (None, [], None)):
        with trial.run() as sink:
            forgotten = sink.reset(which)
        with trial.run() as sink:
            history = sink.history()
        if sorted(key for key, place in history.places.items() if place != Place()) != left:
            yield f"after a reset of {which or 'all'}, other places are left than {left}"
        if history.fresh is (which is not None):
            yield f"after a reset of {which or 'all'}, where history begins is {'not ' * (not which)}forgotten"
        if number is not None and forgotten != number:
            yield f"a reset of {number} partition says {forgotten}"
    yield from trial.unlike(rows)
