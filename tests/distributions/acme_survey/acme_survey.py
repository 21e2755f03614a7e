"""Acme's survey API: one list of polls, and for each a feed by cursor token; a whole source in one module."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import attrs
from attrs import frozen

from connector_core import (
    Budget,
    Counted,
    Description,
    Endpoint,
    Feedback,
    Finding,
    Json,
    Mapper,
    Outcome,
    Page,
    Partition,
    Personal,
    Reject,
    Skip,
    Unimportable,
    Window,
    format_instant,
    hookimpl,
    instant_reader,
    section,
    setting,
)

if TYPE_CHECKING:
    from connector_core import HttpClient


@frozen
class Account:
    """Where the account is."""

    key: str = setting("API key.", secret=True, min_length=1)
    url: str = setting("Base URL.", default="https://api.acme.example", pattern=r"https?://[\s\S]+")


@frozen
class Config:
    """The settings of this source."""

    account: Account = section(Account)


def _endpoint(config: Config) -> Endpoint:
    return Endpoint(
        config.account.url,
        {"X-Api-Key": config.account.key},
        Budget(1000, 60),
        {401: "Acme does not know this key; make one under Settings"},
    )


@hookimpl
def describe() -> Description:
    """Say what this source is."""
    personal: dict[str, Personal] = {"mail": "contact", "who": "author", "why": "text", "name": "public"}
    return Description(config=Config, endpoint=_endpoint, personal=personal)


@hookimpl
def check(http: "HttpClient") -> list[Finding]:
    """Try the key."""
    return [Finding("key", ok=True, text=f"accepted; {len(http.get('polls').body)} polls")]


@hookimpl
def partitions(http: "HttpClient") -> list[Partition | Unimportable]:
    """Each open poll is a partition."""
    return [
        Partition(poll["id"], poll["name"])
        if poll["kind"] == "nps"
        else Unimportable(poll["id"], poll["name"], "no NPS poll")
        for poll in http.get("polls").body
    ]


@hookimpl
def extract(partition: Partition, window: Window, cursor: Json, http: "HttpClient") -> Iterator[Page]:
    """Follow the feed's token to its end."""
    start = format_instant(window.start) if window.start else None
    while True:
        params = {"after": start, "before": format_instant(window.end), "token": cursor}
        body = http.get(f"polls/{partition.key}/votes", params).body
        cursor = body["next"]
        yield Page(body["votes"], cursor)
        if cursor is None:
            return


@hookimpl
def count(partition: Partition, window: Window, http: "HttpClient") -> Counted:
    """Every page of the feed says how many votes the window has."""
    start = format_instant(window.start) if window.start else None
    body = http.get(f"polls/{partition.key}/votes", {"after": start, "before": format_instant(window.end)}).body
    return Counted(window, body["total"])


@hookimpl
def map(partition: Partition, id_prefix: str) -> Mapper:  # noqa: A001 - the hook's name
    """One vote is one answer."""
    from datetime import UTC  # noqa: PLC0415

    read = instant_reader(UTC)

    def mapper(raw: Json) -> Outcome:
        key, (at, _) = f"{id_prefix}{raw['id']}", read(raw["at"])
        if raw.get("score") is None:
            return Skip("unscored", key, at)
        if raw["score"] == "boom":
            raise RuntimeError(raw["mail"])
        if not 0 <= raw["score"] <= 10:
            return Reject("rating.out_of_scale", "score", key, at)
        return Feedback(
            id=key,
            kind="nps",
            rating=str(raw["score"]),
            title=f"[NPS] {partition.title}",
            posted_at=at,
            survey_id=partition.key,
            survey_title=partition.title,
            text=raw.get("why"),
            author_name=raw.get("who"),
            additional_fields={"mail": raw.get("mail"), "plan": raw.get("plan")},
        )

    return mapper


class _Shout:
    """A map wrapper: an organization's own rule."""

    @hookimpl(wrapper=True)
    def map(self) -> Any:
        mapper = yield

        def shouting(raw: Json) -> Outcome:
            outcome = mapper(raw)
            return attrs.evolve(outcome, title=outcome.title.upper()) if isinstance(outcome, Feedback) else outcome

        return shouting


rules = SimpleNamespace(map=_Shout().map)
