"""The checks of what a source lets out: secrets and personal data, in words, in places, in records."""

import io
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from functools import partial

import attrs
from requests.adapters import BaseAdapter
from structlog.testing import capture_logs

from connector_core.cassette.detect import looks_personal
from connector_core.cassette.fields import UNKNOWN, Fields, Meaning
from connector_core.errors import ConnectorError
from connector_core.jsontext import decode, encode
from connector_core.model import Feedback, Json, Personal, Reject, Skip
from connector_core.personal import matcher
from connector_core.privacy import protector
from connector_core.record import record_of
from connector_core.secrets import hider
from connector_core.testing import mutations
from connector_core.testing.contract import check
from connector_core.testing.outcomes import mutants
from connector_core.testing.subject import Sample, Subject
from connector_core.testing.transports import Tampering, made

_LOOKS: Mapping[Personal, str] = {"contact": "contact data", "author": "a name", "text": "free text"}
_SHORTEST = 6
"""Letters of a personal value that is looked for; a shorter one stands elsewhere by chance."""
_MOST = 60
"""Personal values that are looked for, in every spelling; who lets these be lets the others be too."""


@check(
    mend="Name the field in `Description.personal`: as contact, author or text; or as public, if it is nobody's."
    " Privacy and recordings act on that one declaration."
)
def personal_fields_are_declared(subject: Subject) -> Iterator[str]:
    """A field of the answers looks as if it held personal data, and the source does not say what it holds.

    What is not declared is neither dropped nor hashed as the user's `privacy` asks.
    """
    fields = Fields.of(subject.source.description.personal)
    found: dict[str, Personal] = {}
    for reading in subject.readings:
        for raw in reading.records:
            found |= dict(_undeclared(raw, "", UNKNOWN, fields))
    yield from (f"{path} looks like {_LOOKS[kind]}" for path, kind in sorted(found.items()))
    kind_of = matcher(subject.source.description.personal)
    yield from dict.fromkeys(problem for sample in subject.samples for problem in _made_personal(sample, kind_of))


def _made_personal(sample: Sample, kind_of: Callable[[str], Personal | None]) -> Iterator[str]:
    """The fields that the mapper itself takes for a name or a comment, and that are not declared."""
    record = sample.outcome
    if not isinstance(record, Feedback):
        return
    for name, value in (("author_name", record.author_name), ("text", record.text)):
        for path in mutations.places(sample.raw) if value else ():
            names = [key for key in path if isinstance(key, str)]
            declared = any(kind_of(".".join(names[:end])) for end in range(len(names), 0, -1))
            if mutations.value_at(sample.raw, path) == value and not declared:
                yield f"{'.'.join(names)} becomes the {name} of the record"


def _undeclared(value: Json, path: str, held: Meaning, fields: Fields) -> Iterator[tuple[str, Personal]]:
    """Where something stands that looks personal and is not declared, and as what."""
    if isinstance(value, dict):
        for name, place, inner in fields.entries(value, path, held):
            yield from _undeclared(value[name], place, inner, fields)
    elif isinstance(value, list):
        for item in value:
            yield from _undeclared(item, path, held, fields)
    elif not held.declared and (kind := looks_personal(path, value)):
        yield path, kind


def personal_values(raw: Json, kind_of: Callable[[str], Personal | None], kinds: set[str]) -> set[str]:
    """The texts of a record that a declaration calls personal, of these kinds."""
    found: set[str] = set()
    for path in mutations.places(raw):
        value = mutations.value_at(raw, path)
        names = [key for key in path if isinstance(key, str)]
        ends = [".".join(names[:end]) for end in range(len(names), 0, -1)]
        kind = next((kind for end in ends if (kind := kind_of(end))), None)
        if kind in kinds and isinstance(value, str) and len(value.strip()) >= _SHORTEST:
            found.add(value.strip())
    return found


@check(
    mend="Name surveys, ids and paths in messages, findings, reasons, notes, titles and cursors, never a value of a"
    " record; print nothing, and log no record."
)
def nothing_leaks(subject: Subject) -> Iterator[str]:
    """A secret, or something that a customer said or is, stands in a message, a log, a reason, a title or a cursor.

    Those are seen by people, and kept in places, that customers' data must not reach.
    """
    kind_of = matcher(subject.source.description.personal)
    values: set[str] = set()
    for sample in subject.samples:
        values |= personal_values(sample.raw, kind_of, {"contact", "author", "text"})
    own = [[task.partition.key, task.partition.definition] for task in subject.tasks]
    public = json.dumps(
        [own, dict(subject.document)], ensure_ascii=False, default=repr
    )  # a survey's own words are nobody's, whoever ticks them
    secrets = [secret for secret in subject.settings.secrets() if len(secret) >= _SHORTEST]
    finders = {
        "a secret": hider(secrets, "*"),
        "a personal value": hider(sorted(value for value in values if value not in public)[:_MOST], "*"),
    }
    said = {text: where for where, text in _said(subject)}
    for text, where in said.items():
        yield from (f"{where} holds {what}" for what, hide in finders.items() if hide(text) != text)


def _said(subject: Subject) -> Iterator[tuple[str, str]]:
    """Everything that the source says, beside its records, with where it says it."""
    for reading in subject.readings:
        partition = reading.task.partition
        yield f"the title of partition {partition.key}", partition.title
        for number, page in enumerate(reading.pages, 1):
            yield f"the cursor of page {number} of partition {partition.key}", encode(page.cursor).decode()
            yield f"a note of page {number} of partition {partition.key}", " ".join(map(str, page.notes))
    outcomes = [("", sample.outcome) for sample in subject.samples] + list(mutants(subject))
    for where, outcome in outcomes:
        if isinstance(outcome, Skip | Reject):
            path = outcome.path if isinstance(outcome, Reject) else ""
            yield f"the reason of a {type(outcome).__name__} ({where or 'as read'})", f"{outcome.reason} {path}"
        elif isinstance(outcome, Feedback):
            yield "a note of a record", " ".join(map(str, outcome.notes))
    with _heard() as heard:
        said = list(_in_words(subject))
        for sample in subject.samples:
            sample.mapper(sample.raw)
    yield from said
    yield "what it prints or logs", "\n".join(heard)


def _in_words(subject: Subject) -> Iterator[tuple[str, str]]:
    """What is said of a configuration, and of an API that refuses or has changed."""
    with subject.client() as http, suppress(ConnectorError):
        _, unimportable = subject.source.partitions(subject.config, http)
        yield from ((f"what is said of {u.key}", f"{u.title} {u.reason}") for u in unimportable)
    if subject.recording is None:
        with subject.client() as http, suppress(ConnectorError):
            yield from (("a finding", f"{f.name} {f.text}") for f in subject.source.check(subject.config, http))
    for status, body in ((401, b"{}"), (500, b"{}"), (200, b'{"odd": 1}'), (200, b"null")):
        with subject.client(partial(_answering, status, body)) as http:
            for task in subject.tasks[:2]:
                try:
                    subject.source.partitions(subject.config, http)
                    list(subject.source.extract(task.partition, task.window, task.cursor, subject.config, http))
                except Exception as error:  # noqa: BLE001 - whatever it says must be harmless
                    yield f"an error ({type(error).__name__})", str(error)


def _answering(status: int, body: bytes, inner: BaseAdapter) -> BaseAdapter:
    return Tampering(inner, lambda _, answer: made(answer, status=status, body=body))


@contextmanager
def _heard() -> Iterator[list[str]]:
    """All that is printed or logged until the block ends."""
    heard: list[str] = []
    handler = logging.StreamHandler(out := io.StringIO())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(out), redirect_stderr(out), capture_logs() as events:
            yield heard
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        heard += [out.getvalue(), json.dumps(events, default=repr)]


@check(
    mend="Put personal fields into additional_fields under the names that the API gives them, or declare the names"
    " under which you put them (`Description.personal`): the host takes out what it can recognise."
)
def contact_data_stays_out_of_records(subject: Subject) -> Iterator[str]:
    """With `privacy` as it is by default, contact data of a customer reaches the target.

    It stands there under a name that is not declared. A promise of the configuration would be broken.
    """
    personal = subject.source.description.personal
    kind_of, privacy = matcher(personal), subject.settings.host.privacy
    if privacy.contact_data != "drop":
        privacy = attrs.evolve(privacy, contact_data="drop")
    protect = protector(personal, privacy)
    for sample in subject.samples:
        outcome = sample.mapper(sample.raw)
        contacts = personal_values(sample.raw, kind_of, {"contact"})
        if isinstance(outcome, Feedback) and contacts:
            record = decode(protect(record_of(outcome)))
            held = [name for name, value in _flat(record) if name != "text" and value in contacts]
            yield from (f"partition {sample.partition.key}: {name} holds contact data" for name in held)


def _flat(value: Json, name: str = "") -> Iterator[tuple[str, Json]]:
    """Every text of a record, with the name under which it stands."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(item, f"{name}.{key}".lstrip("."))
    elif isinstance(value, list):
        for item in value:
            yield from _flat(item, name)
    else:
        yield name, value


CHECKS = (personal_fields_are_declared, nothing_leaks, contact_data_stays_out_of_records)
