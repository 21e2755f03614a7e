"""The checks of what a source lists and reads: partitions, pages, cursors, windows."""

import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

import attrs
import requests

from connector_core.errors import ConnectorError, NotRecordedError
from connector_core.jsontext import decode, encode
from connector_core.model import Feedback, Json, Partition, Skip, Window
from connector_core.testing.contract import NotShownError, check
from connector_core.testing.subject import Reading, Subject
from connector_core.testing.transports import Tampering, made

_WINDOWS = 3
"""Places at which the window of a partition is cut in two."""


@check(mend="Use the source's own id of the survey as key, and list each survey once.")
def partition_keys_are_unique(subject: Subject) -> Iterator[str]:
    """Two partitions have one key, or one has none.

    Progress is kept under the key, so that one of them would go on where the other ended, and lose what lies between.
    """
    with subject.client() as http:
        partitions, unimportable = subject.source.partitions(subject.config, http)
    keys = Counter([found.key for found in partitions] + [found.key for found in unimportable])
    yield from (f"{key} is the key of {number}" for key, number in keys.items() if number > 1)
    yield from (f"{key!r} is no key: not a text" for key in keys if not (isinstance(key, str) and key.strip()))


@check(
    mend="Let the key be the source's own id of the survey, never its name or its place in the list,"
    " and put nothing into the definition that differs between two runs."
)
def partitions_are_stable(subject: Subject) -> Iterator[str]:
    """Listed twice, or with the source's lists in another order, the partitions are others.

    A survey whose key changes is read from the beginning, and its progress is given to another one.
    """
    first = _listed(subject, lambda body: body)
    if first != _listed(subject, lambda body: body):
        yield "listed a second time, partitions have other keys, titles or definitions"
    turned = _listed(subject, _turned)
    if {key: found.title for key, found in first.items()} != {key: found.title for key, found in turned.items()}:
        yield "with the lists of the API in reverse order, partitions have other keys or titles"


def _listed(subject: Subject, change: Callable[[Json], Json]) -> dict[str, Partition]:
    def tamper(_: int, response: requests.Response) -> requests.Response:
        return made(response, body=encode(change(decode(response.content)))) if response.ok else response

    with subject.client(lambda inner: Tampering(inner, tamper)) as http:
        partitions, _ = subject.source.partitions(subject.config, http)
    return {found.key: found for found in partitions}


def _turned(body: Json) -> Json:
    """A body whose list, bare or in an envelope, is in reverse order."""
    if isinstance(body, list):
        return body[::-1]
    if isinstance(body, dict):
        return {name: item[::-1] if isinstance(item, list) else item for name, item in body.items()}
    return body


@check(mend="Keep in `definition` and in cursors nothing but JSON values: no client, no function, no open file.")
def partitions_and_cursors_are_values(subject: Subject) -> Iterator[str]:
    """A partition, the configuration or a cursor cannot be sent to another process, or is not the same there.

    Progress could not be stored, and partitions not be read on other machines.
    """
    for reading in subject.readings:
        key = reading.task.partition.key
        try:
            if pickle.loads(pickle.dumps(reading.task.partition)) != reading.task.partition:  # noqa: S301 - our own bytes
                yield f"partition {key}: is not the same after pickling"
        except Exception as error:  # noqa: BLE001 - whatever cannot be pickled raises what it likes
            yield f"partition {key}: cannot be pickled ({type(error).__name__})"
        if not _is_json(reading.task.partition.definition):
            yield f"partition {key}: its definition is no JSON value"
        for number, page in enumerate(reading.pages, 1):
            if not _is_json(page.cursor):
                yield f"partition {key}, page {number}: its cursor is no JSON value"


def _is_json(value: object) -> bool:
    """Whether a value is the same after it was written and read."""
    try:
        return bool(decode(encode(value)) == value)
    except (TypeError, ValueError, RecursionError):
        return False


@check(
    mend="Make `extract` a generator that asks for a page when the one before was taken (`http.get`), or let the host"
    " ask ahead (`http.get_each`); do not gather pages in a list first."
)
def extract_is_lazy(subject: Subject) -> Iterator[str]:
    """`extract` asks for more than the page that is wanted.

    A large account would have to fit into memory, nothing would be stored before all of it was read, and an
    interrupted run would begin again.
    """
    reading = max(subject.readings, key=lambda reading: len(reading.pages))
    task = reading.task
    if len(reading.pages) < 2 or reading.requests < 2:  # noqa: PLR2004 - one page shows nothing
        raise NotShownError("no partition of this case is read in two pages or more; give it more answers")
    with subject.client() as http:
        pages = subject.source.extract(task.partition, task.window, task.cursor, subject.config, http)
        if http.requests_made:
            yield f"partition {task.partition.key}: {http.requests_made} requests are made before a page is asked for"
        next(pages)
        if http.requests_made == reading.requests:
            yield f"partition {task.partition.key}: all {reading.requests} requests are made for the first page"


@check(
    mend="Give a page a cursor only if reading can go on *after* that page from it alone; None is an honest answer."
    " `extract` must begin after the page when it is given the cursor back, not with it, nor one page later."
)
def cursors_are_resume_points(subject: Subject) -> Iterator[str]:
    """Stopped after a page and resumed from its cursor, other answers come than in one go.

    After an interruption, answers would be lost for ever, or the same ones read again and again.
    """
    if not any(page.cursor is not None for reading in subject.readings for page in reading.pages):
        raise NotShownError("no page of this case has a cursor")
    for reading in subject.readings:
        for number, page in enumerate(reading.pages, 1):
            if page.cursor is not None:
                yield from _resumed(subject, reading, number, decode(encode(page.cursor)))


def _resumed(subject: Subject, reading: Reading, number: int, cursor: Json) -> Iterator[str]:
    where = f"partition {reading.task.partition.key}, resumed after page {number} of {len(reading.pages)}"
    before = Counter(encode(raw) for page in reading.pages[:number] for raw in page.records)
    whole = Counter(encode(raw) for raw in reading.records)
    try:
        rest = Counter(encode(raw) for raw in subject.read(reading.task, cursor).records)
    except NotRecordedError:
        return  # the recorded run has not gone on from there: a recording can neither show nor refute it
    except ConnectorError as error:
        yield f"{where}: {error.kind}: {error}"
        return
    except Exception as error:  # noqa: BLE001 - of which only the kind is told
        yield f"{where}: raises {type(error).__name__}"
        return
    missing = whole - before - rest
    if missing:
        yield f"{where}: {missing.total()} answers do not come"
    its_own = Counter(encode(raw) for raw in reading.pages[number - 1].records)
    if its_own and its_own <= rest:
        yield f"{where}: the page itself comes again"


@check(
    mend="Deliver at least what was posted in the window, both ends as instants in UTC: mind how the API rounds its"
    " parameters, in which zone it reads them, and whether the end is included. What comes too much, the host cuts."
)
def windows_lose_nothing(subject: Subject) -> Iterator[str]:
    """Read in two windows that meet, fewer answers come than in one.

    Every run reads a new window, so that at each boundary answers would be lost.
    """
    if subject.recording is not None:
        raise NotShownError("a recording answers for its own windows only; a case with a server shows this")
    shown = False
    for reading in subject.readings:
        mapper, window = subject.mapper(reading.task.partition), reading.task.window
        instants = {encode(raw): mapper(raw).posted_at for raw in reading.records}
        known = sorted({at for at in instants.values() if at is not None})
        for middle in known[1 :: max(1, len(known) // _WINDOWS)][:_WINDOWS]:
            shown = True
            wanted = {raw for raw, at in instants.items() if at is not None and window.holds(at)}
            lost = wanted - _in_two(subject, reading, middle)
            if lost:
                yield f"partition {reading.task.partition.key}: {len(lost)} answers come in neither of two windows"
    if not shown:
        raise NotShownError("no partition of this case has answers of two different instants")


def _in_two(subject: Subject, reading: Reading, middle: datetime) -> set[bytes]:
    """What comes, and lies within, when a window is read in two."""
    mapper, window = subject.mapper(reading.task.partition), reading.task.window
    found: set[bytes] = set()
    for part in (Window(window.start, middle), Window(middle, window.end)):
        for raw in subject.read(attrs.evolve(reading.task, window=part)).records:
            at = mapper(raw).posted_at
            if at is not None and part.holds(at):
                found.add(encode(raw))
    return found


@check(
    mend="Count what `extract` delivers in the same window, each once; `scored_only` if those without a score are not."
)
def counts_agree_with_what_is_read(subject: Subject) -> Iterator[str]:
    """What the source counts is not what it delivers. `--reconcile` would show differences where there are none."""
    if subject.recording is not None:
        raise NotShownError("counts are not recorded by a run; a case with a server shows this")
    shown = False
    for reading in subject.readings:
        with subject.client() as http:
            counted = subject.source.count(reading.task.partition, reading.task.window, subject.config, http)
        if counted is None or counted.answers is None:
            continue
        shown, mapper = True, subject.mapper(reading.task.partition)
        outcomes = [mapper(raw) for raw in {encode(raw): raw for raw in reading.records}.values()]
        inside = [o for o in outcomes if o.posted_at is None or counted.window.holds(o.posted_at)]
        scored = sum(isinstance(outcome, Feedback) for outcome in inside)
        least, most = (
            (scored, sum(not isinstance(o, Skip) for o in inside)) if counted.scored_only else (len(inside),) * 2
        )
        if not least <= counted.answers <= most:
            yield f"partition {reading.task.partition.key}: {counted.answers} are counted, {most} come"
    if not shown:
        raise NotShownError("the source counts nothing")


CHECKS = (
    partition_keys_are_unique,
    partitions_are_stable,
    partitions_and_cursors_are_values,
    extract_is_lazy,
    cursors_are_resume_points,
    windows_lose_nothing,
    counts_agree_with_what_is_read,
)
