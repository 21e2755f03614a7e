"""The checks of whole runs: repeated, killed, against an API that fails or has changed, and of what they let out."""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import cast

import requests
from attrs import frozen
from requests.adapters import BaseAdapter

from connector_core import plugins
from connector_core.errors import ConnectorError
from connector_core.journal import Journal
from connector_core.jsontext import decode, encode
from connector_core.model import Json
from connector_core.retry import is_retried
from connector_core.summary import Summary
from connector_core.testing import elsewhere
from connector_core.testing.contract import NotShownError, check
from connector_core.testing.subject import Subject
from connector_core.testing.transports import Tamper, Tampering, Watched, made, other_connections

_DONE = (0, 3)
_STATUSES = (401, 404, 429, 503)
_ODD_BODIES: tuple[Json, ...] = (None, {}, [], [0], {"error": {"code": 7, "msg": "maintenance"}})


@frozen
class _Run:
    """What came of one run: its summary, the digest of each record that it loaded, the requests that it made."""

    summary: Summary
    held: dict[str, bytes]
    sent: int

    @property
    def errors(self) -> list[ConnectorError]:
        """What ended it, or one of its partitions."""
        return [*([self.summary.error] if self.summary.error else []), *self.summary.failed.values()]


def _run(subject: Subject, tamper: Tamper = lambda _, answer: answer) -> _Run:
    """Import into an empty database, through a transport that tampers with what the API says."""
    transports: list[Tampering] = []

    def around(inner: BaseAdapter) -> BaseAdapter:
        transports.append(Tampering(inner, tamper))
        return transports[0]

    with closing(plugins.open_sink("sqlite:///:memory:", subject.case.plugin, None)) as sink:
        summary = subject.import_into(sink, around)
        held = dict(cast("Journal", sink).database.select("SELECT id, digest FROM feedback"))
    return _Run(summary, held, transports[0].sent)


def _whole(subject: Subject) -> _Run:
    """A run that nothing disturbs.

    Raises:
        NotShownError: it fails, or loads nothing.
    """
    run = _run(subject)
    if run.errors or not run.held:
        raise NotShownError("see a_run_ends_well")
    return run


def _positions(sent: int) -> list[int]:
    """The numbers of the requests that are tampered with: a list of partitions as a rule, and a page of answers."""
    return sorted({1, sent})


@check(mend="See what the errors say. A run must end well against the API of the case, else other checks show nothing.")
def a_run_ends_well(subject: Subject) -> Iterator[str]:
    """A plain run against an API that does all that is expected of it ends with an error."""
    run = _run(subject)
    yield from (f"{error.kind}: {error}" for error in run.errors)
    if not run.errors and not run.held:
        yield "it loads nothing: the API of the case has no answer that can be imported"


@check(
    mend="Look for what differs between two readings of the same answer: an id that is drawn, a time of reading,"
    " the order of a set."
)
def loading_twice_changes_nothing(subject: Subject) -> Iterator[str]:
    """A second run over the same answers loads records again.

    Every hour's run would write everything anew, and each consumer of the target would see changes that are none.
    """
    with closing(plugins.open_sink("sqlite:///:memory:", subject.case.plugin, None)) as sink:
        for number in (1, 2):
            total = subject.import_into(sink, again=True).total
            if number == 2 and (total.new or total.updated):  # noqa: PLR2004 - the second
                yield f"the second run loads {total.new} records as new and {total.updated} as changed"


@check(
    mend="Keep nothing outside of cursors: no file, no variable of the module that a killed run leaves behind."
    " See also `cursors_are_resume_points`."
)
def killed_runs_are_resumed(subject: Subject) -> Iterator[str]:
    """Killed in the middle and run again, the target does not hold what an uninterrupted run gives."""
    yield from elsewhere.ask("killed", subject, PYTHONHASHSEED="0")


@check(
    mend="Let errors of `http` pass through `extract` and `partitions`; catch one only to say more, and raise again."
    " An answer that is left out because of an error is lost for ever, since the cursor moves on."
)
def errors_of_the_api_end_in_their_class(subject: Subject) -> Iterator[str]:
    """An error of the API is swallowed, or ends as a bug.

    Where a status says that a person must act, the source is to blame (`source`); where it passes by itself,
    `transient`; and a run that has not read everything never ends well.
    """
    whole = _whole(subject)
    for position in _positions(whole.sent):
        for status in _STATUSES:
            what, tamper = f"request {position} answered with {status}", partial(_refusal, position, status)
            yield from _judged(subject, whole, what, tamper, _kinds(subject, status))
        yield from _judged(subject, whole, f"request {position} refused", partial(_refused, position), {"transient"})


def _kinds(subject: Subject, status: int) -> set[str]:
    """The classes in which a run may end that met this status, and nothing else, from some request on."""
    if status in subject.source.description.endpoint(subject.config).explain:
        return {"source", "transient"}
    return {"transient"} if is_retried(status) else {"source", "config"}


def _refusal(position: int, status: int, number: int, answer: requests.Response) -> requests.Response:
    return made(answer, status=status, body=b"{}") if number >= position else answer


def _refused(position: int, number: int, answer: requests.Response) -> requests.Response:
    if number >= position:
        raise requests.ConnectionError
    return answer


def _judged(subject: Subject, whole: _Run, what: str, tamper: Tamper, kinds: set[str]) -> Iterator[str]:
    run = _run(subject, tamper)
    if not run.errors and run.held != whole.held:
        yield f"{what}: the run ends well, with {len(run.held)} of {len(whole.held)} records"
    yield from (f"{what}: ends as {error.kind}" for error in run.errors if error.kind not in kinds)


@check(
    mend="Take what you need out of a body by `Response.take`, or check its type yourself, and raise SourceError that"
    " says which survey and which part; never go on with `.get(name, [])` where the list of answers should stand."
)
def bodies_of_another_form_are_errors_of_the_source(subject: Subject) -> Iterator[str]:
    """The API answers with another form of JSON, and the run ends as a bug of the plugin, or well with answers missing.

    APIs change without notice; whoever is woken at night must be told what changed, and nothing may be passed over.
    """
    whole = _whole(subject)
    raws = {encode(raw) for reading in subject.readings for raw in reading.records}
    for position in _positions(whole.sent):
        answered = _body_of(subject, position)
        for what, body, vital in _other_forms(answered, raws) if answered is not None else ():
            run = _run(subject, partial(_another_body, position, encode(body)))
            yield from (
                f"request {position}, {what}: ends as a bug: {error}" for error in run.errors if error.kind == "bug"
            )
            if vital and not run.errors and not whole.held.items() <= run.held.items():
                yield f"request {position}, {what}: ends well, with {len(run.held)} of {len(whole.held)} records"


def _body_of(subject: Subject, position: int) -> Json:
    """What the API answers to a request of a run; None where it refuses it."""
    seen: list[Json] = []

    def look(number: int, answer: requests.Response) -> requests.Response:
        if number == position:
            seen.append(decode(answer.content) if answer.ok and answer.content else None)
        return answer

    _run(subject, look)
    return seen[0]


def _another_body(position: int, body: bytes, number: int, answer: requests.Response) -> requests.Response:
    return made(answer, body=body) if number == position else answer


def _other_forms(body: Json, raws: set[bytes]) -> Iterator[tuple[str, Json, bool]]:
    """Other bodies, in words, and whether a list of answers is missing in them."""
    yield from (("the body " + ascii(odd), odd, False) for odd in _ODD_BODIES)
    for name, item in body.items() if isinstance(body, dict) else ():
        vital = isinstance(item, list) and any(encode(entry) in raws for entry in item)
        rest = {key: value for key, value in body.items() if key != name}
        yield f"without {name}", rest, vital
        yield from ((f"{name} = {odd!r}", rest | {name: odd}, vital) for odd in (None, 7))


@check(mend="Make every request through the `http` that the hook is given; import no client of your own.")
def requests_go_through_the_host(subject: Subject) -> Iterator[str]:
    """The plugin talks to the network past the host.

    The request budget is not kept, nothing is tried again, and a recording holds only a part.
    """
    with (
        other_connections() as calls,
        closing(plugins.open_sink("sqlite:///:memory:", subject.case.plugin, None)) as sink,
    ):
        subject.import_into(sink, Watched)
    yield from dict.fromkeys(calls)


CHECKS = (
    a_run_ends_well,
    loading_twice_changes_nothing,
    killed_runs_are_resumed,
    errors_of_the_api_end_in_their_class,
    bodies_of_another_form_are_errors_of_the_source,
    requests_go_through_the_host,
)
