"""A source of the Airbyte CDK as its documentation shows one: a declarative manifest with one custom transformation.

Pages of https://docs.airbyte.com/platform/connector-development/config-based: understanding-the-yaml-file/pagination
and /partition-router (a parent stream's extra fields), advanced-topics/custom-components. With `--threads`,
surveys are read side by side (`ConcurrencyLevel` of the reference there).
It writes RECORD and STATE messages to standard output, which is a file here.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from airbyte_cdk.entrypoint import launch
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer
from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource
from airbyte_cdk.sources.declarative.transformations import RecordTransformation
from asked import ORGANIZATION, Work, work
from mapping import mapper

_MAPPERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}


class ToFeedback(RecordTransformation):
    """Maps one record, in place, as transformations do."""

    def transform(
        self, record: dict[str, Any], config: Any = None, stream_state: Any = None, stream_slice: Any = None
    ) -> None:  # what the CDK calls it with
        """Map it with the definition of its survey, which the slice brings along."""
        key = stream_slice["survey"]
        if key not in _MAPPERS:
            _MAPPERS[key] = mapper({"public_hash": key, **stream_slice.extra_fields})
        mapped = _MAPPERS[key](record)
        record.clear()
        record.update(mapped)


class ToFeedbackWithCursor(ToFeedback):
    """Keeps the date as the cursor of the slices, beside the record."""

    def transform(
        self, record: dict[str, Any], config: Any = None, stream_state: Any = None, stream_slice: Any = None
    ) -> None:
        """Map it."""
        answered_at = record["answered_at"]
        super().transform(record, config, stream_state, stream_slice)
        record["answered_at"] = answered_at


def manifest(asked: Work, *, sliced: bool) -> dict[str, Any]:
    """What the source is; sliced by months, or not."""

    def in_query(name: str) -> dict[str, str]:
        return {"type": "RequestOption", "inject_into": "request_parameter", "field_name": name}

    def stream(name: str, path: str, size: int, **more: Any) -> dict[str, Any]:
        return {
            "type": "DeclarativeStream",
            "name": name,
            "primary_key": ["id" if more else "uuid"],
            "schema_loader": {"type": "InlineSchemaLoader", "schema": {"type": "object", "properties": {}}},
            "retriever": {
                "type": "SimpleRetriever",
                "requester": {
                    "type": "HttpRequester",
                    "url_base": f"{asked.base_url}/v1/organizations/{ORGANIZATION}",
                    "path": path,
                    "http_method": "GET",
                    "authenticator": {"type": "BearerAuthenticator", "api_token": "t"},
                },
                "record_selector": {"extractor": {"type": "DpathExtractor", "field_path": ["data"]}},
                "paginator": {
                    "type": "DefaultPaginator",
                    "page_size_option": in_query("limit"),
                    "page_token_option": in_query("page"),
                    "pagination_strategy": {
                        "type": "PageIncrement", "page_size": size, "start_from_page": 1,
                        "inject_on_first_request": True,
                    },
                },
            } | more.pop("retriever", {}),
        } | more  # fmt: skip

    surveys = stream("surveys", "/surveys", 1000)
    router = {
        "type": "SubstreamPartitionRouter",
        "parent_stream_configs": [
            {
                "type": "ParentStreamConfig", "stream": surveys,
                "parent_key": "public_hash", "partition_field": "survey",
                "extra_fields": [["name"], ["default_lang"], ["questions"]],
            }
        ],
    }  # fmt: skip
    transformation = "ToFeedbackWithCursor" if sliced else "ToFeedback"
    answers = stream(
        "feedback", "/surveys/{{ stream_partition.survey }}/interactions", asked.page_size,
        retriever={"partition_router": router},
        transformations=[{"type": "CustomTransformation", "class_name": f"airbyte_docs.{transformation}"}],
    )  # fmt: skip
    slices = {
        "incremental_sync": {
            "type": "DatetimeBasedCursor", "cursor_field": "answered_at",
            "datetime_format": "%Y-%m-%dT%H:%M:%S", "cursor_datetime_formats": ["%Y-%m-%d %H:%M:%S"],
            "start_datetime": "2017-01-01T00:00:00", "end_datetime": "2019-01-01T00:00:00",
            "step": "P1M", "cursor_granularity": "PT1S",
            "start_time_option": in_query("start"),
            "end_time_option": in_query("end"),
        }
    }  # fmt: skip
    concurrency = {"concurrency_level": {"type": "ConcurrencyLevel", "default_concurrency": asked.threads}}
    return {
        "version": "7.39.1",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": ["surveys"]},
        "streams": [answers | (slices if sliced else {})],
        "spec": {"type": "Spec", "connection_specification": {"type": "object", "properties": {}}},
    } | (concurrency if asked.threads > 1 else {})


def main(*, sliced: bool = False) -> None:
    """Write what the platform would hand in, and read."""
    asked = work()
    folder = Path(asked.folder)
    stream = {"name": "feedback", "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]}
    chosen = {"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}
    (folder / "catalog.json").write_text(json.dumps({"streams": [chosen]}), encoding="utf-8")
    (folder / "config.json").write_text("{}", encoding="utf-8")
    sys.modules.setdefault("airbyte_docs", sys.modules["__main__"])
    catalog = ConfiguredAirbyteCatalogSerializer.load({"streams": [chosen]})
    source = ConcurrentDeclarativeSource(
        catalog=catalog, config={}, state=[], source_config=manifest(asked, sliced=sliced)
    )
    with (folder / "out.jsonl").open("wb") as out:
        os.dup2(out.fileno(), 1)  # messages go to the process's own standard output
        launch(source, ["read", "--config", f"{folder}/config.json", "--catalog", f"{folder}/catalog.json"])


if __name__ == "__main__":
    main()
