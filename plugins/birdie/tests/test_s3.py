"""The bulk route keeps the contract of load plugins in an object store too, of a server that speaks S3."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests
import s3fs
from attrs import define

from connector_birdie.config import Config
from connector_birdie.files import Form, open_files
from connector_core import TargetError
from connector_core.loading import Portion
from connector_core.testing import SinkCase, sink_contract
from connector_core.testing.sink_rows import row
from plugins.birdie.tests.reading import records_of

KILLS = 2 * int(os.environ.get("TORTURE", "1"))
BUCKET = "feedback"


@define
class Store:
    """The server, while this module is tested, and whoever may write to it."""

    endpoint: str = ""

    @property
    def options(self) -> Mapping[str, str]:
        """As the configuration has them."""
        return {"key": "somebody", "secret": "a made-up secret", "endpoint_url": self.endpoint}

    def prefix(self, folder: Path) -> str:
        """What belongs to one folder of the kit."""
        return f"{BUCKET}{folder}/birdie"

    def files(self, folder: Path) -> dict[str, bytes]:
        """All that there is of one folder of the kit, by name."""
        there = s3fs.S3FileSystem(**self.options, use_listings_cache=False)
        prefix = self.prefix(folder)
        return {path.removeprefix(f"{prefix}/"): body for path, body in there.cat(there.find(prefix)).items()}


STORE = Store()


@pytest.fixture(scope="module", autouse=True)
def served() -> Iterator[None]:
    """Serve an empty bucket on loopback; nobody is to look for credentials anywhere else.

    In a process of its own: the kit counts the files that are open in this one.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
            patch.delenv(name, raising=False)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.setenv(name, os.devnull)
        command = [sys.executable, str(Path(__file__).with_name("s3_server.py"))]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            STORE.endpoint = process.stdout.readline().strip()
            requests.put(f"{STORE.endpoint}/{BUCKET}", timeout=10).raise_for_status()
            yield
            process.kill()


@pytest.fixture(autouse=True)
def quickly(in_memory: None) -> None:
    """The states of the kit's targets are in memory."""


def records(folder: Path) -> list[dict[str, Any]]:
    return records_of(STORE.files(folder), "csv")


test_contract = sink_contract(
    SinkCase(
        target=lambda folder: f"birdie+csv:s3://{STORE.prefix(folder)}",
        read=records,
        state=lambda folder: f"{folder}/birdie.state",
        config=lambda _: {"storage_options": STORE.options},
        log=True,
        deletes=False,
        kills=KILLS,
    )
)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_file_of_each_kind_is_put_below_the_prefix(form: Form, tmp_path: Path) -> None:
    url, config = f"s3://{STORE.prefix(tmp_path)}/", Config(storage_options=dict(STORE.options))
    rows = [row("kit:1"), row("kit:2", kind="csat")]
    with closing(open_files(form, url, "acme", f"{tmp_path}/state", config)) as sink:
        sink.write([Portion("p", rows)])
    files = STORE.files(tmp_path)
    assert list(files) == [f"csat/acme-00000001.{form}", f"nps/acme-00000001.{form}"]
    assert records_of(files, form) == [json.loads(one.line) for one in rows]


def test_a_bucket_that_is_not_there_is_named_and_not_made(tmp_path: Path) -> None:
    config = Config(storage_options=dict(STORE.options))
    sink = open_files("csv", "s3://nowhere/birdie", "acme", f"{tmp_path}/state", config)
    said = (
        r"^s3://nowhere/birdie/nps/acme-00000001.csv: FileNotFoundError: The specified bucket does not exist; nothing"
    )
    with pytest.raises(TargetError, match=said):
        sink.write([Portion("p", [row("kit:1")])])
    sink.close()
    assert requests.get(f"{STORE.endpoint}/nowhere", timeout=10).status_code == 404


def test_who_has_no_credentials_is_told_so_at_once(tmp_path: Path) -> None:
    config = Config(storage_options={"endpoint_url": STORE.endpoint})
    with pytest.raises(TargetError, match="NoCredentialsError: Unable to locate credentials"):
        open_files("csv", f"s3://{BUCKET}/birdie", "acme", f"{tmp_path}/state", config)
