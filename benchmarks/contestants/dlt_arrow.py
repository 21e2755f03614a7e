"""dlt into DuckDB with what its page on performance recommends for it: Arrow tables are yielded, Parquet is loaded.

https://dlthub.com/docs/reference/performance and https://dlthub.com/docs/dlt-ecosystem/verified-sources/arrow-pandas:
a page becomes an Arrow table, which skips the normalizer; objects are JSON texts in it.
"""

from typing import Any

import dlt
import orjson
import pyarrow as pa
from asked import work
from dlt.destinations import duckdb
from dlt_source import source

_TEXTS = ("id", "kind", "rating", "title", "text", "posted_at", "author_id", "author_name", "survey_id", "survey_title")
SCHEMA = pa.schema([(name, pa.string()) for name in (*_TEXTS, "transaction", "additional_fields")])


def table(records: list[dict[str, Any]]) -> pa.Table:
    """A page as an Arrow table."""
    for record in records:
        record["transaction"] = orjson.dumps(record["transaction"]).decode()
        record["additional_fields"] = orjson.dumps(record["additional_fields"]).decode()
    return pa.Table.from_pylist(records, schema=SCHEMA)


def main() -> None:
    """Run the pipeline."""
    asked = work()
    place = duckdb(f"{asked.folder}/out.duckdb")
    pipeline = dlt.pipeline("trackco", destination=place, dataset_name="bench", pipelines_dir=f"{asked.folder}/state")
    pipeline.run(source(asked, table, None), loader_file_format="parquet")


if __name__ == "__main__":
    main()
