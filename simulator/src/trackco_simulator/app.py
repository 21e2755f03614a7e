"""The web application: who is let in, what every answer has in common, and the two APIs' routes."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from trackco_simulator.cxm import routes as cxm_routes
from trackco_simulator.cxm.account import CxmAccount
from trackco_simulator.gate import Api, error_body
from trackco_simulator.nps import routes as nps_routes
from trackco_simulator.nps.account import NpsAccount
from trackco_simulator.spoiling import Scene, spoil
from trackco_simulator.state import Served, State

API_OF_HOST: dict[str, Api] = {"api.track.co": "cxm", "hmg-api.track.co": "cxm", "api.tracksale.co": "nps"}


def application(accounts: Sequence[CxmAccount | NpsAccount], organization_id: str, state: State) -> web.Application:
    """Return the application that serves the accounts."""
    app = web.Application(middlewares=[_watch(state)])
    for account in accounts:
        if isinstance(account, CxmAccount):
            app.add_routes(cxm_routes.routes(account, organization_id, state))
        else:
            app.add_routes(nps_routes.routes(account, state))
    return app


def _watch(state: State) -> Middleware:
    """Return the middleware through which every request goes."""

    @web.middleware
    async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
        state.enter()
        status = 0
        try:
            if state.behaviour.latency:
                await asyncio.sleep(state.behaviour.latency)
            response = await _respond(request, handler, state)
            moment = state.behaviour.date_header or state.clock()
            response.headers["Date"] = format_datetime(moment.astimezone(UTC), usegmt=True)
            sent = await _send(request, response, moment, state)
            status = 0 if request.transport is None or request.transport.is_closing() else sent.status
            return sent
        finally:
            state.leave(Served(request.method, request.path_qs, status))

    return watch


def _api_of(request: web.Request) -> Api:
    return "nps" if request.path.startswith("/v2/") else "cxm"


async def _send(
    request: web.Request, response: web.StreamResponse, moment: datetime, state: State
) -> web.StreamResponse:
    """Send an answer, unless something goes wrong on its way."""
    faults = state.behaviour.faults
    kind = state.dice.roll(request.path_qs)
    if kind is None or faults is None or not isinstance(response, web.Response):
        return response
    if kind == "refused" and state.door is not None:
        await state.door.shut(faults.outage)
    return await spoil(kind, Scene(_api_of(request), request, response, moment, state.elsewhere))


async def _respond(request: web.Request, handler: Handler, state: State) -> web.StreamResponse:
    """Refuse a request, or hand it on; every error is JSON."""
    api = _api_of(request)
    refusal = state.gate.refuse(api, state.clock())
    if refusal is not None:
        headers = {} if refusal.retry_after is None else {"Retry-After": refusal.retry_after}
        return web.Response(
            status=refusal.status, body=refusal.body, content_type=refusal.content_type, headers=headers
        )
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token != state.token:
        return _error(api, HTTPStatus.UNAUTHORIZED, "invalid token")
    if API_OF_HOST.get((request.host or "").partition(":")[0], api) != api:
        return _error(api, HTTPStatus.NOT_FOUND, "no such path on this host")
    try:
        response = await handler(request)
    except web.HTTPException as error:
        return _error(api, error.status, error.text or error.reason)
    if state.behaviour.wrong_content_type:
        response.content_type = "text/html"
    return response


def _error(api: Api, status: int, message: str) -> web.Response:
    return web.Response(status=status, body=error_body(api, status, message), content_type="application/json")
