"""An NPS account in memory: it is served, it grows and changes, and it knows what an import must make of it."""

import random
import threading
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import define, field

from trackco_simulator.dates import DAY, instants, seconds
from trackco_simulator.draws import between, pick, seeded, some
from trackco_simulator.nps.answers import Drawn, draw_answer
from trackco_simulator.nps.campaigns import draw_campaign
from trackco_simulator.nps.edits import edited
from trackco_simulator.nps.expect import Ticket, record
from trackco_simulator.nps.model import Answer, Campaign
from trackco_simulator.outcome import CLEAN, Counts, Dirt, Outcome, Record, count
from trackco_simulator.timeline import Entry, Timeline, collection_paused, encoded

DEFAULT_END = datetime(2026, 9, 1, tzinfo=UTC)
_FIRST_ID = 100_000


@define(eq=False)
class NpsAccount:
    """An account's campaigns and their answers. Ids are answer ids, without a prefix."""

    campaigns: tuple[Campaign, ...]
    _rng: random.Random = field(repr=False)
    _last_id: int = _FIRST_ID
    _timelines: dict[int, Timeline[Answer]] = field(factory=dict, init=False, repr=False)
    lock: threading.RLock = field(factory=threading.RLock, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._timelines = {campaign.code: Timeline() for campaign in self.campaigns}

    def __len__(self) -> int:
        with self.lock:
            return sum(len(timeline.entries) for timeline in self._timelines.values())

    def timeline(self, code: int) -> Timeline[Answer]:
        """Return a campaign's answers in the order of their instants; hold the lock while using it."""
        return self._timelines[code]

    def take_id(self) -> int:
        """Return the next answer id; ids grow, with gaps."""
        self._last_id += between(self._rng, 1, 9)
        return self._last_id

    def add(self, n: int, *, at: datetime | None = None, campaign: int | None = None) -> list[int]:
        """Add n answers that an import must load, given in the ten minutes before `at`; return their ids.

        Without `at` they come after the newest answer of the account.
        """
        with self.lock:
            last = self._newest() + 601 if at is None else int(at.timestamp())
            hosts = [host for host in self.campaigns if campaign in {None, host.code}]
            added = []
            for moment in sorted(between(self._rng, last - 600, last - 1) for _ in range(n)):
                host = pick(self._rng, hosts)
                drawn = draw_answer(self._rng, self.take_id(), host, moment, CLEAN)
                self._timelines[host.code].insert(_entry(drawn))
                added.append(drawn.truth.id)
            return added

    def add_raw(self, raw: object, *, at: datetime | None = None, campaign: int | None = None) -> None:
        """Serve a hand-made record, whatever it is; nothing is expected of it.

        It stands at its own time and in its own campaign, unless told otherwise; without a time it comes after all
        others, and without a campaign in the first.
        """
        said: dict[str, Any] = raw if isinstance(raw, dict) else {}
        if "tags" in said:  # they are left out of answers by their place, which is the last
            raw = {name: value for name, value in said.items() if name != "tags"} | {"tags": said["tags"]}
        with self.lock:
            own = said.get("time") if at is None else int(at.timestamp())
            place = own if isinstance(own, int) else self._newest() + 1
            host = self._timelines.get(said.get("campaign_code", 0) if campaign is None else campaign)
            if host is None:
                host = self._timelines[self.campaigns[0].code if campaign is None else campaign]
            host.insert(Entry(said.get("id"), place, encoded(raw), None))

    def edit(self, n: int, *, within: timedelta, now: datetime) -> list[int]:
        """Change n answers of the last period, so that their records change; return their ids."""
        with self.lock:
            start, end = (now - within).timestamp(), now.timestamp() + 1
            fit = [
                (timeline, entry, entry.truth)
                for timeline in self._timelines.values()
                for entry in timeline.between(start, end)
                if entry.truth is not None and entry.truth.outcome.result == "imported"
            ]
            chosen = some(self._rng, fit, n)
            for timeline, entry, _ in chosen:
                truth, raw = edited(self._rng, entry)
                timeline.replace(entry, encoded(raw), truth)
            return [truth.id for _, _, truth in chosen]

    def delete(self, ids: Collection[int]) -> None:
        """Forget answers."""
        with self.lock:
            for timeline in self._timelines.values():
                timeline.remove(frozenset(ids))

    def answers(
        self, codes: Iterable[int] | None = None, start: float | None = None, end: float | None = None
    ) -> Iterator[Answer]:
        """Yield what is true of the answers from `start` (inclusive) to `end` (exclusive), by campaign."""
        wanted = None if codes is None else frozenset(codes)
        for code, timeline in self._timelines.items():
            if wanted is None or code in wanted:
                for entry in timeline.between(start, end):
                    if entry.truth is not None:
                        yield entry.truth

    def expected(  # noqa: PLR0913 - one argument for each setting that shapes records
        self,
        *,
        transaction_id_field: str | None = None,
        transaction_platform: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        campaigns: Iterable[int] | None = None,
        prefix: str = "trackco_nps:",
    ) -> dict[str, Record]:
        """Return the records, by id, that an import from `since` (inclusive) to `until` (exclusive) must yield."""
        ticket = Ticket(transaction_id_field, transaction_platform)
        with self.lock:
            return {
                f"{prefix}{truth.id}": record(truth, ticket, prefix)
                for truth in self._truths(since, until, campaigns)
                if truth.outcome.result == "imported"
            }

    def outcomes(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        campaigns: Iterable[int] | None = None,
    ) -> dict[int, Outcome]:
        """Return what must become of each answer, by its id."""
        with self.lock:
            return {truth.id: truth.outcome for truth in self._truths(since, until, campaigns)}

    def expected_counts(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        campaigns: Iterable[int] | None = None,
    ) -> Counts:
        """Return the sums of `outcomes`; every campaign can be imported."""
        with self.lock:
            return count(truth.outcome for truth in self._truths(since, until, campaigns))

    def _truths(
        self, since: datetime | None, until: datetime | None, campaigns: Iterable[int] | None
    ) -> Iterator[Answer]:
        return self.answers(campaigns, seconds(since), seconds(until))

    def _newest(self) -> int:
        lasts = [timeline.entries[-1].at for timeline in self._timelines.values() if timeline.entries]
        return max(lasts, default=int(DEFAULT_END.timestamp()))


def _entry(drawn: Drawn) -> Entry[Answer]:
    return Entry(drawn.truth.id, drawn.truth.at, encoded(drawn.raw), drawn.truth)


def generate_nps(  # noqa: PLR0913 - one argument for each trait of an account
    seed: int,
    answers: int,
    *,
    campaigns: int = 3,
    end: datetime = DEFAULT_END,
    days: int = 365,
    dirty: float = 0.01,
) -> NpsAccount:
    """Return an account of `answers` answers; the same arguments always give the same account.

    A `dirty` share of the answers is broken.
    """
    rng = seeded("nps", seed, answers, campaigns)
    created = int(end.timestamp()) - days * DAY
    account = NpsAccount(tuple(draw_campaign(rng, number, created) for number in range(campaigns)), rng)
    with collection_paused():
        for at in instants(rng, answers, end, days):
            campaign = pick(rng, account.campaigns)
            drawn = draw_answer(rng, account.take_id(), campaign, at, Dirt(dirty))
            account.timeline(campaign.code).entries.append(_entry(drawn))
    for campaign in account.campaigns:
        account.timeline(campaign.code).sort()
    return account
