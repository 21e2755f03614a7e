"""The CXM API over HTTP: surveys and their interactions, by page."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import orjson
from aiohttp import web

from trackco_simulator import paging
from trackco_simulator.cxm.account import CxmAccount
from trackco_simulator.cxm.model import Survey
from trackco_simulator.state import State
from trackco_simulator.wire import written

_BASE = "/v1/organizations/{organization}/surveys"


def routes(account: CxmAccount, organization_id: str, state: State) -> list[web.RouteDef]:
    """Return the routes of an organization's account."""

    def known(request: web.Request) -> None:
        if request.match_info["organization"] != organization_id:
            raise web.HTTPNotFound(text="organization not found")

    async def surveys(request: web.Request) -> web.Response:
        known(request)
        try:
            page = paging.asked_for(request.query, state.behaviour)
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        questions = request.query.get("include_questions", "").lower() in {"true", "1"}
        encoded = [
            written(dict(_survey(survey, questions=questions))) for survey in account.surveys[page.begin : page.stop]
        ]
        return _json(paging.body(encoded, page, len(account.surveys), state.behaviour))

    async def interactions(request: web.Request) -> web.Response:
        known(request)
        survey = account.survey(request.match_info["public_hash"])
        if survey is None:
            raise web.HTTPNotFound(text="survey not found")
        try:
            page = paging.asked_for(request.query, state.behaviour)
            window = _window(request.query, account.zone)
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        with account.lock:
            return _json(_interactions(account, survey, page, window, state))

    return [web.get(_BASE, surveys), web.get(_BASE + "/{public_hash}/interactions", interactions)]


def _survey(survey: Survey, *, questions: bool) -> Mapping[str, object]:
    if not questions:
        return survey.definition
    return {**survey.definition, "questions": [question.definition for question in survey.questions]}


Window = tuple[float | None, float | None]


def _interactions(account: CxmAccount, survey: Survey, page: paging.Page, window: Window, state: State) -> bytes:
    behaviour = state.behaviour
    timeline = account.timeline(survey.public_hash)
    span = timeline.span(None, None) if behaviour.ignore_dates else timeline.span(*window)
    total = span[1] - span[0]
    entries = timeline.slice(span, behaviour.order, page.begin, page.stop)
    encoded = [entry.raw for entry in entries]
    if behaviour.questions_in_answers:
        encoded = [_with_questions(raw, survey) for raw in encoded]
    if page.stop < total and state.take_insert():
        newest_first = behaviour.order == "newest"
        edge = timeline.entries[span[1] - 1 if newest_first else span[0]]
        state.note_insert(account.insert(survey, edge.at, first=not newest_first))
    if total and state.take_edit():
        first, last = (datetime.fromtimestamp(timeline.entries[place].at, UTC) for place in (span[0], span[1] - 1))
        account.edit(1, within=last - first, now=last)
    return paging.body(encoded, page, total, behaviour)


def _with_questions(raw: bytes, survey: Survey) -> bytes:
    """Put the question itself in each answer of an interaction, in place of its uuid."""
    definitions = {question.uuid: question.definition for question in survey.questions}
    interaction = orjson.loads(raw)
    if not isinstance(interaction, dict) or not isinstance(interaction.get("answers"), list):
        return raw
    for answer in interaction["answers"]:
        uuid = answer.pop("question_uuid", None)
        if uuid is not None:
            question = {"uuid": uuid, "type": answer.get("type")}
            if uuid in definitions:
                question["question"] = definitions[uuid]["question"]
            answer["question"] = question
    return orjson.dumps(interaction)


def _window(query: Mapping[str, str], zone: ZoneInfo) -> Window:
    return _instant(query.get("start"), zone), _instant(query.get("end"), zone)


def _instant(text: str | None, zone: ZoneInfo) -> float | None:
    """Read a bound of a window; without an offset it is meant in the account's zone."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")
