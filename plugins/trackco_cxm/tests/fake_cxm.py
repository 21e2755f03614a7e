"""A small fake of the CXM API, below `requests`, and the ways to reach it."""

import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from attrs import define, field
from requests.adapters import BaseAdapter

from connector_core.model import Partition
from trackco_cxm._wire import Wire
from trackco_cxm.config import Config, ConnectionDetails, DataSource, Metadata

ORGANIZATION = "00000000-0000-4000-8000-000000000001"
NOW = datetime(2024, 7, 10, 12, 30, tzinfo=UTC)
Record = dict[str, Any]


@define(eq=False)
class FakeCxm(BaseAdapter):
    """The contract's server, with every bad habit that the plugin must bear.

    Attributes:
        surveys: what the list of surveys holds.
        answers: the interactions of a survey, by its public hash; their dates are read as UTC.
        cap: pages end at so many records, whatever was asked.
        ignores: the parameters that have no effect.
        bare: bodies are arrays.
        counts: whether bodies carry `meta`.
        miscount: what is added to every count.
        newest_first: the order of interactions.
        after_page: called with the number of pages of interactions served so far, to change the account meanwhile.
        refusals: statuses by a part of the path.
        body: instead of every body of interactions.
        asked: the path and query of every request.
    """

    surveys: list[Record] = field(factory=list)
    answers: dict[str, list[Any]] = field(factory=dict)
    cap: int | None = None
    ignores: frozenset[str] = frozenset()
    bare: bool = False
    counts: bool = True
    miscount: int = 0
    newest_first: bool = False
    after_page: Callable[[int], None] | None = None
    refusals: Mapping[str, int] = field(factory=dict)
    body: Any = None
    date: datetime | None = NOW
    asked: list[tuple[str, dict[str, str]]] = field(factory=list)
    _pages: int = 0
    _lock: threading.Lock = field(factory=threading.Lock)

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        query = dict(parse_qsl(parts.query))
        with self._lock:
            self.asked.append((parts.path, query))
            status, body = self._answer(parts.path, query)
        response = requests.Response()
        response.status_code, response.url, response.request = status, request.url or "", request
        response._content = json.dumps(body).encode()
        response.headers["Content-Type"] = "application/json"
        if self.date is not None:
            response.headers["Date"] = self.date.strftime("%a, %d %b %Y %H:%M:%S GMT")
        return response

    def close(self) -> None:
        """Hold nothing."""

    def _answer(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        refusal = next((status for part, status in self.refusals.items() if part in path), None)
        if refusal is not None:
            return refusal, {"error": "no"}
        if path.endswith("/surveys"):
            return 200, self._page(self.surveys, query)
        key = path.split("/")[-2]
        if key not in self.answers:
            return 404, {"message": "not found"}
        page = self._page(self._selected(key, query), query) if self.body is None else self.body
        self._pages += 1
        if self.after_page is not None:
            self.after_page(self._pages)
        return 200, page

    def _selected(self, key: str, query: dict[str, str]) -> list[Any]:
        found = list(self.answers[key])
        if "start" not in self.ignores:
            start, end = query["start"].replace("T", " "), query["end"].replace("T", " ")
            found = [a for a in found if not isinstance(a, dict) or start <= str(a.get("answered_at", start)) < end]
        found.sort(key=lambda a: str(a.get("answered_at")) if isinstance(a, dict) else "", reverse=self.newest_first)
        return found

    def _page(self, records: list[Any], query: dict[str, str]) -> Any:
        size = len(records) + 1 if "limit" in self.ignores else min(int(query["limit"]), self.cap or 10**9)
        number = 1 if "page" in self.ignores else int(query["page"])
        shown = records[(number - 1) * size : number * size]
        if self.bare:
            return shown
        meta = {"page": number, "limit": int(query["limit"]), "total": len(records) + self.miscount}
        return {"data": shown, "meta": meta} if self.counts else {"data": shown}


def make_survey(key: str = "AbCdEfGhIjKl", *types: str, **changes: Any) -> Record:
    """A survey with one question of each type, csat unless told otherwise."""
    questions = [
        {"uuid": f"q-{number}", "type": kind, "question": {"pt_BR": f"Pergunta {number}"}}
        for number, kind in enumerate(types or ("csat",), 1)
    ]
    survey = {"uuid": f"uuid-{key}", "public_hash": key, "name": f"Survey {key}", "default_lang": "pt_BR"}
    return {**survey, "questions": questions, **changes}


def make_answers(number: int, *, end: datetime = NOW, apart: timedelta = timedelta(hours=1)) -> list[Record]:
    """So many scored interactions, the last one just before `end`."""
    return [
        {
            "uuid": f"a-{index:06}",
            "status": 3,
            "answered_at": f"{end - apart * (number - index):%Y-%m-%d %H:%M:%S}",
            "answers": [{"question_uuid": "q-1", "answer": {"response": 5}}],
        }
        for index in range(number)
    ]


def make_config(**sections: Mapping[str, Any]) -> Config:
    """A configuration; only what a test is about need be given."""
    given: dict[str, dict[str, Any]] = {name: dict(values) for name, values in sections.items()}
    return Config(
        connection_details=ConnectionDetails(**{"token": "made-up-token"} | given.get("connection_details", {})),
        data_source=DataSource(**{"organization_id": ORGANIZATION} | given.get("data_source", {})),
        metadata=Metadata(**given.get("metadata", {})),
        wire=Wire(**given.get("wire", {})),
    )


def make_partition(survey: Record) -> Partition:
    """The partition of a survey."""
    return Partition(survey["public_hash"], survey["name"], survey)
