"""The real command: a recording into a warehouse, and nothing but loopback, standard error and our files touched."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import pytest

from connector_core.testing.sink_rows import row
from plugins.warehouse.tests.opened import loaded
from plugins.warehouse.tests.reading import asked, asked_of_file, in_duckdb
from plugins.warehouse.tests.server import PASSWORD

_CASSETTE = str(files("trackco_cxm") / "demo" / "cassette.yaml")
_WATCHED = """
import sys
def hook(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        print("NETWORK", event, args[1:], file=sys.__stderr__)
sys.addaudithook(hook)
from connector_core.cli import run_command
try:
    run_command()
finally:
    tracker = sys.modules["dlt.common.runtime.anon_tracker"]
    print("TELEMETRY to", tracker._ANON_TRACKER_ENDPOINT, file=sys.stderr)
"""


def command(target: str, folder: Path, *more: str, env: Mapping[str, str] = {}) -> "subprocess.CompletedProcess[str]":
    """Import the packaged recording, watched."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    arguments = ["--plugin", "trackco_cxm", "--replay", _CASSETTE, "--to", target, *more]
    kept = {name: value for name, value in os.environ.items() if "TELEMETRY" not in name}
    return subprocess.run(
        [sys.executable, "-c", _WATCHED, *arguments],
        cwd=folder, env={**kept, "HOME": str(home), **env}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_recording_is_loaded_and_nothing_else_happens(tmp_path: Path) -> None:
    """No telemetry is sent or begun, nothing is said by dlt, and no file stands anywhere but where it should."""
    done = command("dlt+duckdb:///feedback.duckdb", tmp_path, "-q")
    assert (done.returncode, done.stdout) == (3, "")
    assert [line for line in done.stderr.splitlines() if not line.startswith('{"')] == ["TELEMETRY to None"]
    assert len(list(in_duckdb(tmp_path / "feedback.duckdb"))) == 83
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == ["feedback.duckdb", "feedback.duckdb.state"]


def test_an_error_of_dlt_is_one_line_and_its_log_is_silent(tmp_path: Path) -> None:
    """dlt logs statements with the values in them, to standard error; not here."""
    loaded(f"dlt+duckdb:///{tmp_path}/feedback.duckdb", [row("kit:1")], str(tmp_path / "another.state"))
    asked_of_file(
        tmp_path / "feedback.duckdb", "ALTER TABLE customer_feedback_staging.feedback DROP COLUMN title; SELECT 1"
    )
    done = command("dlt+duckdb:///feedback.duckdb", tmp_path, "-q")
    assert done.returncode == 1
    *lines, last, _ = done.stderr.splitlines()
    assert last.startswith("connector-run: target: feedback.duckdb: BinderException; nothing of this step is certain")
    assert [line for line in lines if not line.startswith('{"')] == []
    assert not any(word in done.stderr for word in ("Traceback", "SELECT", "Fulana", "dlt|"))


def test_a_destination_that_is_configured_for_dlt_is_found_by_its_name(tmp_path: Path, postgres_url: str) -> None:
    url, _, socket = postgres_url.partition("?host=")
    env = {
        "DESTINATION__SHARED__DESTINATION_TYPE": "postgres",
        "DESTINATION__SHARED__CREDENTIALS": f"{url.replace(PASSWORD, 'x').replace(':x@', '@')}?host={socket}",
        "DESTINATION__SHARED__CREDENTIALS__PASSWORD": PASSWORD,
    }
    config = tmp_path / "config.json"
    beside = json.loads(Path(_CASSETTE).with_name("cassette.config.json").read_text())
    config.write_text(json.dumps(beside | {"targets": {"dlt": {"dataset": "named", "additional_fields": "columns"}}}))
    done = command("dlt:shared", tmp_path, "--config", str(config), env=env)
    assert done.returncode == 3, done.stderr
    assert PASSWORD not in done.stderr
    assert asked(postgres_url, "SELECT count(*) FROM named.feedback") == [(83,)]
    assert (tmp_path / "dlt-shared.state").exists()


@pytest.mark.parametrize("arguments", [["--list"], ["--describe", "--to", "dlt"]])
def test_what_can_be_said_of_it_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom connector_core.cli import run_command\n"
        f"try: run_command({arguments!r})\nexcept SystemExit: pass\n"
        "print([name for name in ('dlt', 'duckdb', 'pyarrow', 'sqlite3') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "dlt+duckdb:///PATH" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
