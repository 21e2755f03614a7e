"""A CXM account in memory: it is served, it grows and changes, and it knows what an import must make of it."""

import random
import threading
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from attrs import define, field

from trackco_simulator.cxm.edits import edited
from trackco_simulator.cxm.expect import Ticket, question_names, record
from trackco_simulator.cxm.interactions import Drawn, draw_interaction
from trackco_simulator.cxm.model import Interaction, Survey
from trackco_simulator.cxm.surveys import draw_survey, draw_unimportable
from trackco_simulator.dates import doubtful_times, find_instant, instants, naive_date, seconds, write_date
from trackco_simulator.draws import between, chance, pick, seeded, some
from trackco_simulator.outcome import CLEAN, Counts, Dirt, Outcome, Record, count
from trackco_simulator.timeline import Entry, Timeline, collection_paused, encoded

DEFAULT_END = datetime(2026, 9, 1, tzinfo=UTC)
_UNIMPORTABLE_SHARE = 0.04
_DOUBTFUL_SHARE = 0.005


@define(eq=False)
class CxmAccount:
    """An organization's surveys and their interactions. Ids are interaction uuids, without a prefix."""

    surveys: tuple[Survey, ...]
    time_zone: str
    _rng: random.Random = field(repr=False)
    _timelines: dict[str, Timeline[Interaction]] = field(factory=dict, init=False, repr=False)
    lock: threading.RLock = field(factory=threading.RLock, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._timelines = {survey.public_hash: Timeline() for survey in self.surveys}

    def __len__(self) -> int:
        with self.lock:
            return sum(len(timeline.entries) for timeline in self._timelines.values())

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which dates without an offset are meant."""
        return ZoneInfo(self.time_zone)

    def survey(self, public_hash: str) -> Survey | None:
        """Return the survey of this public hash, if the account has it."""
        return next((survey for survey in self.surveys if survey.public_hash == public_hash), None)

    def timeline(self, public_hash: str) -> Timeline[Interaction]:
        """Return a survey's interactions in the order of their instants; hold the lock while using it."""
        return self._timelines[public_hash]

    def add(self, n: int, *, at: datetime | None = None, survey: str | None = None) -> list[str]:
        """Add n interactions that an import must load, answered in the ten minutes before `at`; return their ids.

        Without `at` they come after the newest interaction of the account.
        """
        with self.lock:
            last = self._newest() + 601 if at is None else int(at.timestamp())
            hosts = self._importable([survey] if survey else None)
            moments = sorted(between(self._rng, last - 600, last - 1) for _ in range(n))
            return [self.insert(pick(self._rng, hosts), moment) for moment in moments]

    def insert(self, survey: Survey, at: int, *, first: bool = False) -> str:
        """Add an interaction that must be loaded at an instant, `first` among those of its second."""
        with self.lock:
            moment = datetime.fromtimestamp(at, self.zone).replace(tzinfo=None)
            drawn = draw_interaction(self._rng, survey, naive_date(moment, self.zone), self.zone, CLEAN)
            self._timelines[survey.public_hash].insert(_entry(drawn), first=first)
            return drawn.truth.uuid

    def add_raw(self, raw: object, *, at: datetime | None = None, survey: str | None = None) -> None:
        """Serve a hand-made record, whatever it is; nothing is expected of it.

        It stands at its own date and in its own survey, unless told otherwise; without a date that can be read it
        comes after all others, and without a survey in the first.
        """
        said: dict[str, Any] = raw if isinstance(raw, dict) else {}
        with self.lock:
            own = find_instant(said.get("answered_at"), self.zone) if at is None else int(at.timestamp())
            place = self._newest() + 1 if own is None else own
            timeline = self._timelines.get(survey or said.get("survey_public_hash") or "")
            if timeline is None:
                timeline = self._timelines[survey or self.surveys[0].public_hash]
            timeline.insert(Entry(said.get("uuid"), place, encoded(raw), None))

    def edit(self, n: int, *, within: timedelta, now: datetime) -> list[str]:
        """Change n interactions of the last period, so that their records change; return their ids."""
        with self.lock:
            start, end = (now - within).timestamp(), now.timestamp() + 1
            timelines = [self.timeline(survey.public_hash) for survey in self._importable(None)]
            fit = [
                (timeline, entry)
                for timeline in timelines
                for entry in timeline.between(start, end)
                if entry.truth is not None and entry.truth.outcome.result == "imported"
            ]
            chosen = some(self._rng, fit, n)
            for timeline, entry in chosen:
                truth, raw = edited(self._rng, entry, int(now.timestamp()), self.zone)
                timeline.replace(entry, encoded(raw), truth)
            return [str(entry.id) for _, entry in chosen]

    def delete(self, ids: Collection[str]) -> None:
        """Forget interactions."""
        with self.lock:
            for timeline in self._timelines.values():
                timeline.remove(frozenset(ids))

    def expected(  # noqa: PLR0913 - one argument for each setting that shapes records
        self,
        *,
        transaction_id_field: str | None = None,
        transaction_platform: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        surveys: Iterable[str] | None = None,
        prefix: str = "trackco_cxm:",
    ) -> dict[str, Record]:
        """Return the records, by id, that an import from `since` (inclusive) to `until` (exclusive) must yield."""
        ticket = Ticket(transaction_id_field, transaction_platform)
        names = {survey.public_hash: question_names(survey) for survey in self.surveys}
        with self.lock:
            return {
                prefix + truth.uuid: record(truth, names[truth.survey.public_hash], ticket, prefix)
                for truth in self._truths(since, until, surveys)
                if truth.outcome.result == "imported"
            }

    def outcomes(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        surveys: Iterable[str] | None = None,
    ) -> dict[str, Outcome]:
        """Return what must become of each interaction of importable surveys, by its id."""
        with self.lock:
            return {truth.uuid: truth.outcome for truth in self._truths(since, until, surveys)}

    def expected_counts(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        surveys: Iterable[str] | None = None,
    ) -> Counts:
        """Return the sums of `outcomes`, and the public hashes of the surveys that cannot be imported."""
        chosen = None if surveys is None else frozenset(surveys)
        with self.lock:
            unimportable = [
                survey.public_hash
                for survey in self.surveys
                if not survey.importable and (chosen is None or survey.public_hash in chosen)
            ]
            return count((truth.outcome for truth in self._truths(since, until, chosen)), unimportable)

    def _importable(self, hashes: Iterable[str] | None) -> list[Survey]:
        chosen = None if hashes is None else frozenset(hashes)
        return [
            survey for survey in self.surveys if survey.importable and (chosen is None or survey.public_hash in chosen)
        ]

    def _truths(
        self, since: datetime | None, until: datetime | None, surveys: Iterable[str] | None
    ) -> Iterator[Interaction]:
        for survey in self._importable(surveys):
            for entry in self.timeline(survey.public_hash).between(seconds(since), seconds(until)):
                if entry.truth is not None:
                    yield entry.truth

    def _newest(self) -> int:
        lasts = [timeline.entries[-1].at for timeline in self._timelines.values() if timeline.entries]
        return max(lasts, default=int(DEFAULT_END.timestamp()))


def _entry(drawn: Drawn) -> Entry[Interaction]:
    return Entry(drawn.truth.uuid, drawn.truth.at, encoded(drawn.raw), drawn.truth)


def generate_cxm(  # noqa: PLR0913 - one argument for each trait of an account
    seed: int,
    answers: int,
    *,
    surveys: int = 3,
    time_zone: str = "America/Sao_Paulo",
    end: datetime = DEFAULT_END,
    days: int = 365,
    dirty: float = 0.01,
) -> CxmAccount:
    """Return an account of `answers` interactions; the same arguments always give the same account.

    It has `surveys` importable surveys and two that are not; a `dirty` share of the interactions is broken.
    """
    rng = seeded("cxm", seed, answers, surveys, time_zone)
    good = [draw_survey(rng, number, surveys) for number in range(surveys)]
    odd = draw_unimportable(rng)
    account = CxmAccount((*good, *odd), time_zone, rng)
    zone = account.zone
    doubtful = doubtful_times(rng, zone, end, days)
    with collection_paused():
        for at in instants(rng, answers, end, days):
            survey = pick(rng, odd if chance(rng, _UNIMPORTABLE_SHARE) else good)
            moment = next(doubtful, None) if chance(rng, _DOUBTFUL_SHARE) else None
            dated = write_date(rng, at, zone) if moment is None else naive_date(moment, zone)
            drawn = draw_interaction(rng, survey, dated, zone, Dirt(dirty))
            account.timeline(survey.public_hash).entries.append(_entry(drawn))
    for survey in account.surveys:
        account.timeline(survey.public_hash).sort()
    return account
