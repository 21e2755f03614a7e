"""dlt into JSON lines, by its filesystem destination (https://dlthub.com/docs/dlt-ecosystem/destinations/filesystem).

Files are not compressed (`normalize.data_writer.disable_compression`), as those of the other contestants.
"""

import os

import dlt
from asked import work
from dlt.destinations import filesystem
from dlt_source import source


def main() -> None:
    """Run the pipeline."""
    asked = work()
    os.environ["NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION"] = "true"
    if asked.threads > 1:
        os.environ["EXTRACT__WORKERS"] = str(asked.threads)
    place = filesystem(bucket_url=f"file://{asked.folder}/out")
    pipeline = dlt.pipeline("trackco", destination=place, dataset_name="bench", pipelines_dir=f"{asked.folder}/state")
    pipeline.run(source(asked), loader_file_format="jsonl")


if __name__ == "__main__":
    main()
