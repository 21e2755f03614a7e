"""Birdie's ingestion API as a target: some requests in flight, in order for each id, what it calls invalid returned."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import takewhile
from typing import Literal

from attrs import frozen

from connector_birdie.batch import Batches
from connector_birdie.body import Table
from connector_core import Budget, Call, ConfigError, Endpoint, HttpClient, Json, Response, SourceError, TargetError
from connector_core.loading import Database, Delivery, Refusal, encode

INVALID = frozenset({400, 413, 422})
"""What is said of a record that will never be taken as it is: 400 (DOC), and what servers say of one that is too large
or does not make sense (ASSUMED)."""

_SHORTEST = 3
"""Letters of a value that is not passed on when Birdie quotes it."""
_TELLING = 8
"""Letters of the beginning of a longer one."""
_LONGEST = 2_000
"""Letters of it that are looked at; no message is so long."""
_WORD = re.compile(r"\w")
_CUT = " ..."
"""How a message ends that was too long for the host to pass on whole."""

_NOBODY = "Birdie takes no records there: check --to, and targets.birdie.path, or webhook_path"


@frozen
class Route:
    """One way in which Birdie takes records.

    Attributes:
        path: below the host.
        method: which sends the same again without harm, since the same `feedback_id` updates (DOC).
        most: records a request.
    """

    path: str
    method: Literal["PUT", "POST"]
    most: int

    def call(self, bodies: Sequence[Json]) -> Call:
        """The request for these records; of a route that takes one, the record itself is the body."""
        return Call(self.path, method=self.method, body=encode(list(bodies) if self.most > 1 else bodies[0]))


def endpoint(base_url: str, key: str, requests_per_second: int) -> Endpoint:
    """How the API is reached, and what its refusals mean."""
    return Endpoint(
        base_url,
        {"Authorization": f"ApiKey {key}"},
        Budget(requests_per_second, 1.0),
        {
            401: "Birdie does not accept the API key: check targets.birdie.key",
            403: "the API key may not send records: ask who manages Birdie for one that may",
            404: _NOBODY,
            405: _NOBODY,
        },
        answers=INVALID,
        setting="--to",
    )


@frozen
class Birdie:
    """The target of a journal. Sending twice is harmless: the same id updates the record (DOC)."""

    database: Database
    http: HttpClient
    route: Route
    table: Table
    batches: Batches
    seen: None = None

    @contextmanager
    def delivering(self, deliveries: Sequence[Delivery]) -> Iterator[Sequence[Refusal]]:
        """Send the rows, and let the journal note those that were taken, and those that never will be."""
        refused: dict[str, Refusal] = {}
        for wave in waves(deliveries):
            for delivery in wave:
                refused.pop(delivery.row.id, None)  # an older version, in a wave before
            refused |= {refusal.id: refusal for refusal in self._send(wave)}
        with self.database.transaction():
            yield list(refused.values())

    def delete(self, _: Collection[str], /) -> None:
        """See `Target`; no way to delete is documented."""
        raise ConfigError("--prune: nothing can be deleted from Birdie by its ingestion API; leave --prune out")

    def close(self) -> None:
        """Send nothing more."""
        self.http.close()

    def _send(self, wave: Sequence[Delivery]) -> list[Refusal]:
        batch = self.batches.current()
        bodies = {d.row.id: self.table.body(d.row.feedback, batch) for d in wave}
        try:
            return list(self._refusals(_cut(bodies, self.route.most)))
        except SourceError as error:
            raise TargetError(str(error)) from None

    def _refusals(self, parts: Sequence[Mapping[str, Json]]) -> Iterator[Refusal]:
        """Send these requests; one that is refused whole is halved, until it is known which record is meant."""
        answers = self.http.get_each(self.route.call(list(part.values())) for part in parts)
        again: list[Mapping[str, Json]] = []
        for part, answer in zip(parts, answers, strict=True):
            if answer.status not in INVALID:
                continue
            if len(part) == 1:
                ((key, body),) = part.items()
                yield Refusal(key, "invalid", discreet(answer, body), self.batches.now())
            else:
                again += _cut(part, (len(part) + 1) // 2)
        if again:
            yield from self._refusals(again)


def _cut(bodies: Mapping[str, Json], most: int) -> list[dict[str, Json]]:
    """The same in parts of at most so many."""
    items = list(bodies.items())
    return [dict(items[first : first + most]) for first in range(0, len(items), most)]


def waves(deliveries: Sequence[Delivery]) -> Iterator[list[Delivery]]:
    """The same, cut so that no id stands in one wave twice: versions of an answer are sent one after the other."""
    wave: dict[str, Delivery] = {}
    for delivery in deliveries:
        if delivery.row.id in wave:
            yield list(wave.values())
            wave = {}
        wave[delivery.row.id] = delivery
    if wave:
        yield list(wave.values())


def discreet(answer: Response, body: Json) -> str:
    """What Birdie said of a record, without what the record says: a reason is kept where others read it.

    A text of the record goes where it is quoted whole, with or without what JSON and Python escape, and where enough of
    its beginning is, or what there is of it before the message was cut.
    """
    said = answer.said or f"HTTP {answer.status}"
    texts, cut = {form for text in _texts(body) for form in _forms(text)}, said.removesuffix(_CUT)
    kept, at = "", 0
    while at < len(cut):
        begins = not _WORD.match(cut[at - 1 : at])
        quoted = max((_quoted(cut[at:], text, is_cut=cut != said) for text in texts), default=0) if begins else 0
        if quoted == len(cut) - at and cut != said:
            break
        kept += "..." if quoted else cut[at]
        at += quoted or 1
    return kept + said[len(cut) :]


def _quoted(said: str, text: str, *, is_cut: bool) -> int:
    """How many letters at the beginning of what was said are those of a text, if they are enough to be its own."""
    same = sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(said, text, strict=False)))
    whole = same == len(text) and not _WORD.match(said[same:])
    return same if whole or same >= _TELLING or (is_cut and same == len(said) >= _SHORTEST) else 0


def _forms(text: str) -> set[str]:
    return {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]}


def _texts(value: Json) -> Iterator[str]:
    """The beginning of every text of some length, its blanks and control characters as the host passes a message on."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif value not in ("nps", "csat"):
        text = " ".join("".join(letter if letter.isprintable() else " " for letter in str(value)[:_LONGEST]).split())
        if len(text) >= _SHORTEST:
            yield text
