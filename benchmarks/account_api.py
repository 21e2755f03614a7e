"""What is answered to a request: pages of answers, as slices of what was written before."""

import itertools
import json
from collections import OrderedDict
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from account import BLOCK, Account, Survey
from attrs import define, field
from campaign import Campaign

Parts = list[bytes | memoryview]
_HELD = 128
"""Blocks of a lazy account that are held at once: about 150 MB."""


@define
class Shelf:
    """The answers of an account, in blocks; each block with a comma behind every answer, and where they begin."""

    account: Account
    lazy: bool
    _blocks: OrderedDict[tuple[int, int], tuple[bytes, list[int]]] = field(factory=OrderedDict, init=False)
    _next: tuple[Survey, int] | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        """Write everything, unless it is too much."""
        if not self.lazy:
            for survey in self.account.surveys:
                for number in range(-(-survey.size // BLOCK)):
                    self._block(survey, number)

    def _block(self, survey: Survey, number: int) -> tuple[bytes, list[int]]:
        key = (survey.number, number)
        if key not in self._blocks:
            end = min(survey.size, (number + 1) * BLOCK)
            answers = list(self.account.written(survey, number * BLOCK, end))
            starts = [0, *itertools.accumulate(len(answer) + 1 for answer in answers)]
            self._blocks[key] = b",".join([*answers, b""]), starts
            while self.lazy and len(self._blocks) > _HELD:
                self._blocks.popitem(last=False)
        return self._blocks[key]

    def cut(self, survey: Survey, first: int, end: int) -> Parts:
        """The answers from one to before another, with commas between them."""
        parts: Parts = []
        for number in range(first // BLOCK, -(-end // BLOCK)):
            body, starts = self._block(survey, number)
            low, high = max(first - number * BLOCK, 0), min(end - number * BLOCK, BLOCK)
            parts.append(memoryview(body)[starts[low] : starts[high] - (number * BLOCK + high == end)])
        self._next = (survey, -(-end // BLOCK)) if self.lazy else None
        return parts

    def work_ahead(self) -> None:
        """Write the block that is likely to be asked for next."""
        if self._next and self._next[1] * BLOCK < self._next[0].size:
            self._block(*self._next)
        self._next = None


@define
class Api:
    """What is answered to a request."""

    shelf: Shelf
    campaign: Campaign
    surveys: dict[str, Survey] = field(init=False)
    _day: bytes | None = field(default=None, init=False)

    @surveys.default
    def _surveys(self) -> dict[str, Survey]:
        return {survey.public_hash: survey for survey in self.shelf.account.surveys}

    def answer(self, target: str) -> Parts | None:
        """The parts of a body; None where there is nothing."""
        url = urlsplit(target)
        asked, steps = dict(parse_qsl(url.query)), url.path.strip("/").split("/")
        match steps:
            case ["v1", "organizations", _, "surveys"]:
                return self._surveys_page(int(asked.get("page", 1)), int(asked.get("limit", 100)))
            case ["v1", "organizations", _, "surveys", public_hash, "interactions"] if public_hash in self.surveys:
                return self._interactions(self.surveys[public_hash], asked)
            case [*_, "campaign"]:
                return [json.dumps([self.campaign.definition()]).encode()]
            case [*_, "report", "answer"]:
                return self._nps_answers(self._asks_for_the_day(asked))
            case [*_, "report", "nps"]:
                return [json.dumps(self.campaign.report(self._asks_for_the_day(asked))).encode()]
        return None

    def _surveys_page(self, page: int, limit: int) -> Parts:
        surveys = list(self.surveys.values())
        held = [survey.definition() for survey in surveys[(page - 1) * limit : page * limit]]
        return [json.dumps({"data": held, "meta": _meta(page, limit, len(surveys))}).encode()]

    def _interactions(self, survey: Survey, asked: dict[str, str]) -> Parts:
        account = self.shelf.account
        low, high = 0, survey.size
        if "start" in asked:
            low = account.position(survey, datetime.fromisoformat(asked["start"]))
        if "end" in asked:
            high = account.position(survey, datetime.fromisoformat(asked["end"]))
        page, limit = int(asked.get("page", 1)), int(asked.get("limit", 100))
        first = min(high, low + (page - 1) * limit)
        meta = json.dumps(_meta(page, limit, max(0, high - low))).encode()
        rows = self.shelf.cut(survey, first, max(first, min(high, first + limit)))
        return [b'{"data":[', *rows, b'],"meta":', meta, b"}"]

    def _asks_for_the_day(self, asked: dict[str, str]) -> int:
        """How many answers the days hold that are asked for: all or none."""
        day = self.campaign.day
        return self.campaign.answers if asked.get("start", "") <= day <= asked.get("end", "9999") else 0

    def _nps_answers(self, count: int) -> Parts:
        if self._day is None:
            self._day = b",".join(self.campaign.written(0, self.campaign.answers))
        return [b"[", self._day if count else b"", b"]"]


def _meta(page: int, limit: int, total: int) -> dict[str, int]:
    return {"page": page, "limit": limit, "total": total, "last_page": max(1, -(-total // limit))}
