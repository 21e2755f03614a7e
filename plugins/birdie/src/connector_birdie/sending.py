"""Birdie's ingestion API as a target: some requests in flight, in order for each id, what it calls invalid returned."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
    """What Birdie said of a record, without what the record says: a reason is kept where others read it."""
    said = answer.said or f"HTTP {answer.status}"
    texts = sorted(_texts(body), key=len, reverse=True)
    for text in texts:
        said = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", "...", said)
    return _without_beginnings(said, texts)


def _without_beginnings(said: str, texts: Sequence[str]) -> str:
    """The same where it was cut: what stands at its end may be how a text begins."""
    cut = said.removesuffix(_CUT)
    if cut == said:
        return said
    ends = (at for at in range(len(cut) - _SHORTEST) if any(text.startswith(cut[at:]) for text in texts))
    return f"{cut[: next(ends, len(cut))]}{_CUT}"


def _texts(value: Json) -> Iterator[str]:
    """Every text of some length in a body, its blanks and control characters as the host passes a message on."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif value not in ("nps", "csat"):
        text = " ".join("".join(letter if letter.isprintable() else " " for letter in str(value)).split())
        if len(text) >= _SHORTEST:
            yield text
