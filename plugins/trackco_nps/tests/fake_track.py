"""A small NPS API in memory, and the pieces that tests are made of."""

import io
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import requests
from attrs import define, field
from requests.adapters import BaseAdapter

from connector_core import HttpClient, Partition, TooLargeError
from connector_core.clock import stopped_at
from trackco_nps.campaigns import sort_out
from trackco_nps.config import Config, Connection, DataSource, Metadata, endpoint

NOW = datetime(2024, 7, 10, 15, tzinfo=UTC)
SCORES = [*range(11), *map(str, range(11))]
CAPTCHA = b"<html><body>Are you human?</body></html>"


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def build_answer(**changes: Any) -> dict[str, Any]:
    """One answer with all 26 keys."""
    return {
        "id": 1001,
        "time": seconds("2024-07-01T10:30:00Z"),
        "type": "Email",
        "name": "Fulana Exemplo",
        "email": "fulana@example.com",
        "phone": "5500000000000",
        "identification": "CLI-0001",
        "alternative_email": None,
        "alternative_phone": None,
        "nps_answer": 9,
        "last_nps_answer": 3,
        "nps_comment": "Muito bom",
        "campaign_name": "Pós-venda",
        "campaign_code": 10,
        "deadline": None,
        "dispatch_time": seconds("2024-06-30T12:00:00Z"),
        "reminder_time": None,
        "elapsed_time": 42,
        "status": "Pendente",
        "priority": None,
        "assignee": None,
        "lot_code": "L-7",
        "picture": None,
        "tags": [{"name": "Cidade", "value": "São Paulo"}],
        "categories": [{"name": "Atendimento"}],
        "justifications": [{"name": "Preço", "children": [{"name": "Frete"}]}],
    } | changes


def build_campaign(code: Any = 10, **changes: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": "Pós-venda",
        "answers": 3,
        "create_time": seconds("2024-01-15T12:00:00Z"),
        "questions": [{"type": "nps", "title": "NPS", "question": "Você nos recomendaria?", "secondary": None}],
    } | changes


def build_config(
    *campaigns: int,
    base_url: str = "https://api.tracksale.co/v2",
    time_zone: str = "America/Sao_Paulo",
    **metadata: Any,
) -> Config:
    return Config(
        connection_details=Connection(token="0123456789abcdef", base_url=base_url),
        data_source=DataSource(campaigns=campaigns, time_zone=time_zone),
        metadata=Metadata(**metadata),
    )


def build_partition(**changes: Any) -> Partition:
    (found,) = sort_out([build_campaign(**changes)])[0].values()
    return found


@define
class FakeTrack(BaseAdapter):
    """Track.co's NPS API as far as we know it, with switches for what we do not know.

    Attributes:
        zone: whose days `start` and `end` name.
        refuse_from: the number of the first request that is answered with `refusal`.
        ignore_codes: answers come, and are counted, whatever campaign was asked for; or the list alone is so.
        ignore_dates: answers come whatever days were asked for.
        end_excluded: the day of `end` is not included.
        most: no more answers than these come, whatever the limit.
        bears: the host takes no body of more answers than these.
        order: what answers are sorted by; without it the last one is the first.
        before_each: called with the number of the request, before it is answered.
        replies: whole bodies by path, instead of the ones of the account; as JSON, or to the byte.
        statuses: of paths that give nothing else.
        asked: every query that came, with its path under `path`.
        headers: of the last request.
    """

    campaigns: Sequence[Any] = ()
    answers: Sequence[Any] = ()
    zone: str = "America/Sao_Paulo"
    refuse_from: int | None = None
    refusal: tuple[int, bytes] = (405, CAPTCHA)
    ignore_codes: bool | Literal["list"] = False
    ignore_dates: bool = False
    end_excluded: bool = False
    most: int | None = None
    bears: int | None = None
    order: Callable[[Mapping[str, Any]], Any] | None = None
    before_each: Callable[[int], None] = field(default=lambda _: None)
    replies: Mapping[str, Any] = field(factory=dict)
    statuses: Mapping[str, int] = field(factory=dict)
    asked: list[dict[str, str]] = field(factory=list)
    headers: Mapping[str, Any] = field(factory=dict)
    _lock: threading.Lock = field(factory=threading.Lock)

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        parts = urlsplit(request.url or "")
        path = str(parts.path).removeprefix("/v2/")
        query = dict(parse_qsl(str(parts.query)))
        with self._lock:
            self.asked.append({"path": path, **query})
            self.headers = request.headers
            self.before_each(len(self.asked))
            refused = self.refuse_from is not None and len(self.asked) >= self.refuse_from
        if refused:
            return reply(request, *self.refusal)
        if path in self.statuses:
            return reply(request, self.statuses[path], b"{}")
        if path in self.replies:
            body = self.replies[path]
        elif path == "campaign":
            body = self.campaigns
        else:
            body = [answer for answer in self.answers if self._is_asked_for(answer, path, query)]
            body = sorted(body, key=self.order) if self.order else body[::-1]
            if path == "report/nps":
                scored = [answer for answer in body if answer.get("nps_answer") in SCORES]
                body = {"nps": 50, "detractors": len(scored), "passives": 0, "promoters": 0}
            else:
                body = body[: self.most]
                if self.bears is not None and len(body) > self.bears:
                    raise TooLargeError("too large")
        return reply(request, 200, body if isinstance(body, bytes) else json.dumps(body).encode())

    def close(self) -> None:
        pass

    def _is_asked_for(self, answer: Mapping[str, Any], path: str, query: Mapping[str, str]) -> bool:
        ignored = self.ignore_codes is True or (self.ignore_codes == "list" and path == "report/answer")
        own = ignored or str(answer["campaign_code"]) in query["codes"].split(",")
        if self.ignore_dates:
            return own
        day = datetime.fromtimestamp(answer["time"], ZoneInfo(self.zone)).date()
        last = date.fromisoformat(query["end"])
        first = date.fromisoformat(query.get("start", "0001-01-01"))
        return own and first <= day and (day < last if self.end_excluded else day <= last)


def reply(request: requests.PreparedRequest, status: int, body: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code, response.raw, response.request = status, io.BytesIO(body), request
    response.url = request.url or ""
    return response


@contextmanager
def connected(track: FakeTrack, config: Config | None = None, in_flight: int = 1) -> Iterator[HttpClient]:
    """A client of a fake API, on a clock that stands still at `NOW`."""
    http = HttpClient(endpoint(config or build_config()), stopped_at(NOW), in_flight, track)
    try:
        yield http
    finally:
        http.close()
