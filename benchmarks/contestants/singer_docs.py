"""A tap of the Meltano Singer SDK as its documentation shows one: a REST stream with a partition for each survey.

https://sdk.meltano.com/en/latest/dev_guide.html, code_samples.html ("paginator", "post_process"), partitioning.html.
It writes SCHEMA, RECORD and STATE messages to standard output, which is a file here.
"""

import json
from collections.abc import Sequence
from contextlib import redirect_stdout
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import requests
from asked import ORGANIZATION, Work, work
from mapping import mapper
from singer_sdk import RESTStream, Stream, Tap
from singer_sdk import typing as th
from singer_sdk.pagination import PageNumberPaginator

SCHEMA = th.PropertiesList(
    th.Property("id", th.StringType, required=True),
    th.Property("kind", th.StringType),
    th.Property("rating", th.StringType),
    th.Property("title", th.StringType),
    th.Property("text", th.StringType),
    th.Property("posted_at", th.DateTimeType),
    th.Property("author_id", th.StringType),
    th.Property("author_name", th.StringType),
    th.Property("survey_id", th.StringType),
    th.Property("survey_title", th.StringType),
    th.Property("transaction", th.ObjectType(th.Property("id", th.StringType), th.Property("platform", th.StringType))),
    th.Property("additional_fields", th.ObjectType(additional_properties=True)),
).to_dict()


class Pages(PageNumberPaginator):
    """Numbers of pages, up to the one that the server calls the last."""

    def has_more(self, response: requests.Response) -> bool:
        """Whether there is a page after this one."""
        return bool(self.current_value < response.json()["meta"]["last_page"])


class Answers(RESTStream[int]):
    """The answers of all surveys."""

    name = "feedback"
    path = "/surveys/{survey_id}/interactions"
    primary_keys: ClassVar[Sequence[str]] = ("id",)
    replication_key = "posted_at"
    records_jsonpath = "$.data[*]"
    schema = SCHEMA

    @property
    def url_base(self) -> str:
        """Below it all is."""
        return f"{self.config['base_url']}/v1/organizations/{ORGANIZATION}"

    @property
    def http_headers(self) -> dict[str, str]:
        """With every request."""
        return {"Authorization": "Bearer t"}

    @cached_property
    def _mappers(self) -> dict[str, Any]:
        response = self.requests_session.get(f"{self.url_base}/surveys", params={"limit": 1000})
        return {survey["public_hash"]: mapper(survey) for survey in response.json()["data"]}

    @property
    def partitions(self) -> list[dict[str, Any]]:
        """One for each survey; the SDK reads them one after the other."""
        return [{"survey_id": public_hash} for public_hash in self._mappers]

    def get_new_paginator(self) -> Pages:
        """Begin with page 1."""
        return Pages(1)

    def get_url_params(self, context: Any, next_page_token: int | None) -> dict[str, Any]:
        """What stands in the query."""
        return {"limit": self.config["page_size"], "page": next_page_token}

    def post_process(self, row: dict[str, Any], context: Any = None) -> dict[str, Any]:
        """Map one."""
        mapped: dict[str, Any] = self._mappers[context["survey_id"]](row)
        return mapped


class DocsTap(Tap):
    """The tap."""

    name = "tap-trackco"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("base_url", th.StringType, required=True), th.Property("page_size", th.IntegerType, default=100)
    ).to_dict()

    def discover_streams(self) -> Sequence[Stream]:
        """The one there is."""
        return [Answers(self)]


def run(tap: type[Tap], asked: Work) -> None:
    """Run a tap from its command line, into a file."""
    folder = Path(asked.folder)
    config = folder / "config.json"
    config.write_text(json.dumps({"base_url": asked.base_url, "page_size": asked.page_size}), encoding="utf-8")
    with (folder / "out.jsonl").open("w", encoding="utf-8") as out, redirect_stdout(out):
        tap.cli(["--config", str(config)], standalone_mode=False)


if __name__ == "__main__":
    run(DocsTap, work())
