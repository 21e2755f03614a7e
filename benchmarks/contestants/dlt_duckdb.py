"""dlt into DuckDB with nothing set: rows are inserted (https://dlthub.com/docs/dlt-ecosystem/destinations/duckdb)."""

import dlt
from asked import work
from dlt.destinations import duckdb
from dlt_source import source


def main() -> None:
    """Run the pipeline."""
    asked = work()
    place = duckdb(f"{asked.folder}/out.duckdb")
    pipeline = dlt.pipeline("trackco", destination=place, dataset_name="bench", pipelines_dir=f"{asked.folder}/state")
    pipeline.run(source(asked))


if __name__ == "__main__":
    main()
