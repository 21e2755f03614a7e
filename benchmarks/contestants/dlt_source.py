"""The source of the dlt contestants, as dlt's documentation shows one: a resource around its own REST client.

https://dlthub.com/docs/general-usage/http/rest-client: `RESTClient.paginate` with a `PageNumberPaginator`. Pages are
yielded, not rows (https://dlthub.com/docs/reference/performance). `max_table_nesting=0` and the data type `json`
keep a record one row (https://dlthub.com/docs/general-usage/source), as the other contestants write it.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
from asked import Work
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator
from mapping import mapper

JSON: Any = {"additional_fields": {"data_type": "json"}, "transaction": {"data_type": "json"}}


def source(asked: Work, shaped: Callable[[list[dict[str, Any]]], Any] = list, columns: Any = JSON) -> Any:
    """One resource for each survey, into one table; with threads, they are read side by side.

    Args:
        asked: what to read.
        shaped: what is made of a page of records before it is yielded.
        columns: hints.
    """
    client = RESTClient(asked.organization, auth=BearerTokenAuth("t"), data_selector="data")
    surveys = client.get("surveys", params={"limit": 1000}).json()["data"]

    @dlt.source(max_table_nesting=0)
    def trackco() -> Iterator[Any]:
        for survey in surveys:
            yield dlt.resource(
                answers,
                name=survey["public_hash"],
                table_name="feedback",
                columns=columns,
                parallelized=asked.threads > 1,
            )(survey)

    def answers(survey: dict[str, Any]) -> Iterator[Any]:
        mapped = mapper(survey)
        last = PageNumberPaginator(base_page=1, total_path="meta.last_page")
        path, params = f"surveys/{survey['public_hash']}/interactions", {"limit": asked.page_size}
        for page in client.paginate(path, params=params, paginator=last):
            yield shaped([mapped(raw) for raw in page])

    return trackco()
