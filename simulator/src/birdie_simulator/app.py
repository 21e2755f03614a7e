"""The web application: who is let in, what goes wrong, and what is done with a record."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any

from aiohttp import web
from attrs import frozen

from birdie_simulator.page import page
from birdie_simulator.schema import FEEDBACK, decode, problems
from birdie_simulator.state import Served, State
from trackco_simulator.spoiling import cut

MOST_AT_ONCE = 50
"""Records that one request of the webhook may hold (DOC)."""

_LARGEST = 64 * 2**20
"""Bytes of a request. What the API bears is not known."""

_NOTHING_RUNS = {"Content-Security-Policy": "default-src 'none'"}


@frozen
class Paths:
    """Where things are; all below the server's base URL."""

    feedback: str
    schemas: str
    webhook: str


def application(state: State, paths: Paths) -> web.Application:
    """Return the application; the human page and `/records` want no key and are no part of the API."""
    app = web.Application(client_max_size=_LARGEST)
    app.add_routes(
        [
            web.put(paths.feedback, _api(state, _one)),
            web.post(paths.webhook, _api(state, _many)),
            web.get(paths.schemas, _api(state, _schemas)),
            web.get("/", _page(state)),
            web.get("/records", _records(state)),
        ]
    )
    return app


Reader = Callable[[State, bytes], "Taken | web.Response"]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@frozen
class Taken:
    """Bodies that are valid, and the answer to whoever sent them."""

    bodies: Sequence[Any]
    answer: Any

    @property
    def ids(self) -> set[str]:
        """Their feedback ids."""
        return {body["kind"]["fields"]["feedback_id"] for body in self.bodies}


def _api(state: State, reader: Reader) -> Handler:
    """Return the handler of an API path: every request is counted, and may be refused before it is looked at."""

    async def handle(request: web.Request) -> web.StreamResponse:
        fault, too_many = state.arrive()
        status = 0
        try:
            if fault == "drop_before":
                return _cut(request)
            response = await _respond(request, state, reader, fault, too_many=too_many)
            if fault == "drop_after":
                return _cut(request)
            status = response.status
            return response
        finally:
            state.leave(Served(request.method, request.path, status))

    return handle


def _cut(request: web.Request) -> web.Response:
    cut(request)
    return web.Response()


async def _respond(
    request: web.Request, state: State, reader: Reader, fault: int | str | None, *, too_many: bool
) -> web.Response:
    text, behaviour = await request.read(), state.behaviour
    if request.headers.get("Authorization") != f"ApiKey {state.key}":
        response = error(HTTPStatus.UNAUTHORIZED, "the API key is not valid")
    elif too_many or isinstance(fault, int):
        status = fault if isinstance(fault, int) else HTTPStatus.SERVICE_UNAVAILABLE
        response = error(status, "too many requests" if too_many else HTTPStatus(status).phrase)
        if behaviour.retry_after is not None and status == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers["Retry-After"] = str(behaviour.retry_after)
    else:
        taken = reader(state, text)
        if isinstance(taken, Taken):
            with state.holding(taken.ids):
                await asyncio.sleep(behaviour.latency)
            return web.json_response(taken.answer, status=HTTPStatus.CREATED)
        response = taken
    await asyncio.sleep(behaviour.latency)
    return response


def error(status: int, message: str) -> web.Response:
    """Return a refusal: a JSON object with an error message (DOC; the name of its field is ASSUMED)."""
    return web.json_response({"error": message}, status=status)


def _one(state: State, text: bytes) -> Taken | web.Response:
    """Take the one record of a PUT."""
    try:
        body = decode(text)
    except ValueError:
        return error(HTTPStatus.BAD_REQUEST, "the body is no JSON")
    return _taken(state, [body], [""])


def _many(state: State, text: bytes) -> Taken | web.Response:
    """Take the records of a webhook, all of them or none (ASSUMED: a JSON array of the same bodies)."""
    try:
        bodies = decode(text)
    except ValueError:
        return error(HTTPStatus.BAD_REQUEST, "the body is no JSON")
    if not isinstance(bodies, list) or not 1 <= len(bodies) <= MOST_AT_ONCE:
        return error(HTTPStatus.BAD_REQUEST, f"the body must be a list of 1 to {MOST_AT_ONCE} records")
    return _taken(state, bodies, [f"/{number}" for number in range(len(bodies))])


def _taken(state: State, bodies: Sequence[Any], places: Sequence[str]) -> Taken | web.Response:
    with state.lock:
        now, behaviour = state.clock(), state.behaviour
        for body, at in zip(bodies, places, strict=True):
            wrong = problems(body, quote=behaviour.quote_values, at=at)
            if not wrong and body["kind"]["fields"]["feedback_id"] in behaviour.refused:
                wrong = f"{at}/kind/fields/feedback_id: is refused"
            if not wrong and state.store.late(body, now):
                wrong = f"{at}/batch_id: the batch has begun more than 24 hours ago"
            if wrong:
                return error(HTTPStatus.BAD_REQUEST, wrong)
        state.store.take(bodies, now)
    ids = [body["kind"]["fields"]["feedback_id"] for body in bodies]
    return Taken(bodies, {"feedback_id": ids[0]} if places == [""] else {"feedback_ids": ids})


def _schemas(_: State, __: bytes) -> web.Response:
    return web.json_response({"feedback": FEEDBACK})


def _page(state: State) -> Handler:
    async def handle(_: web.Request) -> web.Response:
        with state.lock:
            html = page(state.store).encode(errors="replace")
        return web.Response(body=html, content_type="text/html", charset="utf-8", headers=_NOTHING_RUNS)

    return handle


def _records(state: State) -> Handler:
    async def handle(_: web.Request) -> web.Response:
        with state.lock:
            counts = state.store.counts
            said = {
                "created": counts.created,
                "updated": counts.updated,
                "repeated": counts.repeated,
                "records": list(state.store.records.values()),
            }
            return web.json_response(said)

    return handle
