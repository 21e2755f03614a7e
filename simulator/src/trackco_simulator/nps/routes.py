"""The NPS API over HTTP: campaigns, answers and the report, in bare arrays."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import orjson
from aiohttp import web

from trackco_simulator.nps.account import NpsAccount
from trackco_simulator.nps.campaigns import wire_campaign, wire_nps
from trackco_simulator.nps.model import Answer
from trackco_simulator.state import State
from trackco_simulator.timeline import Timeline
from trackco_simulator.wire import written

DEFAULT_LIMIT = 50
ZONE = ZoneInfo("America/Sao_Paulo")
_TAGS = b',"tags":['


def routes(account: NpsAccount, state: State) -> list[web.RouteDef]:
    """Return the routes of an account."""

    async def campaigns(request: web.Request) -> web.Response:
        code = request.match_info.get("code")
        with account.lock:
            found = [
                wire_campaign(campaign, list(account.answers([campaign.code])))
                for campaign in account.campaigns
                if code in {None, str(campaign.code)}
            ]
        return _json(written(found))

    async def answers(request: web.Request) -> web.Response:
        query = request.query
        try:
            start, end = (None, None) if state.behaviour.ignore_dates else _window(query)
            codes = _codes(query)
            limit = DEFAULT_LIMIT if state.behaviour.ignore_limit else int(query.get("limit", DEFAULT_LIMIT))
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        with account.lock:
            found: Timeline[Answer] = Timeline()
            for campaign in account.campaigns:
                if codes is None or campaign.code in codes:
                    found.entries.extend(account.timeline(campaign.code).between(start, end))
        found.sort()
        cap = state.behaviour.limit_cap
        total = len(found.entries)
        most = min(total if limit < 0 else limit, total if cap is None else cap)
        encoded = [entry.raw for entry in found.slice((0, total), state.behaviour.order, 0, most)]
        if query.get("tags") != "true":
            encoded = [_without_tags(raw) for raw in encoded]
        return _json(b"[" + b",".join(encoded) + b"]")

    async def report(request: web.Request) -> web.Response:
        try:
            start, end = _window(request.query)
            codes = _codes(request.query)
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        with account.lock:
            return _json(orjson.dumps(wire_nps(list(account.answers(codes, start, end)))))

    return [
        web.get("/v2/campaign", campaigns),
        web.get("/v2/campaign/{code}", campaigns),
        web.get("/v2/report/answer", answers),
        web.get("/v2/report/nps", report),
    ]


def _codes(query: Mapping[str, str]) -> frozenset[int] | None:
    """Read the campaign codes; absent or empty means all."""
    text = query.get("codes", "")
    return frozenset(int(code) for code in text.split(",")) if text else None


def _window(query: Mapping[str, str]) -> tuple[float | None, float | None]:
    """Read the days, both included, as midnights in the account's zone."""
    start, end = query.get("start"), query.get("end")
    return (
        None if start is None else _midnight(date.fromisoformat(start)),
        None if end is None else _midnight(date.fromisoformat(end) + timedelta(days=1)),
    )


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), ZONE).timestamp()


def _without_tags(raw: bytes) -> bytes:
    """Empty an answer's tags, which are its last key; quotes inside values are escaped, so the key is found."""
    place = raw.rfind(_TAGS)
    return raw if place < 0 else raw[:place] + _TAGS + b"]}"


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")
