"""What cannot be opened or loaded into: one line that says why, of the right class, with no secret and no value."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from connector_core import ConfigError, ConnectorError, TargetError, TransientError
from connector_core.loading import STATE, Portion, open_database
from connector_core.plugins import load_loader
from connector_core.testing.sink_rows import row
from connector_warehouse.failing import translated
from plugins.warehouse.tests.opened import loaded, opened
from plugins.warehouse.tests.reading import asked
from plugins.warehouse.tests.server import PASSWORD

_NOBODY_LISTENS = "postgres://me:sesame-4711@127.0.0.1:9/db"


def refused(target: str, folder: Path, kind: type[ConnectorError], **settings: str) -> str:
    """The message with which a target is refused; nothing is left behind but a state without any record."""
    with pytest.raises(kind) as found, opened(target, str(folder / "state"), **settings):
        pass
    assert type(found.value) is kind
    assert PASSWORD not in str(found.value)
    assert len(str(found.value).splitlines()) == 1
    assert {path.name for path in folder.iterdir()} <= {"state", "feedback.duckdb"}
    return str(found.value)


def test_a_server_that_nobody_runs_is_a_matter_of_time(tmp_path: Path) -> None:
    said = refused(f"dlt+{_NOBODY_LISTENS}", tmp_path, TransientError)
    assert said == "postgres://127.0.0.1:9/db: no connection; is it running, and can it be reached from here?"


def test_a_wrong_password_is_not(tmp_path: Path, postgres_url: str) -> None:
    said = refused(f"dlt+{postgres_url.replace(PASSWORD, 'open-4711')}", tmp_path, TargetError)
    assert said.endswith("does not accept the user with this password")
    assert "open-4711" not in said


def test_a_password_that_is_wanted_and_not_given_is_told(tmp_path: Path, postgres_url: str) -> None:
    said = refused(f"dlt+{postgres_url.replace(f':{PASSWORD}', '')}", tmp_path, TargetError)
    assert "password" in said


def test_a_database_that_is_not_there_is_told(tmp_path: Path, postgres_url: str) -> None:
    said = refused(f"dlt+{postgres_url.replace('/postgres?', '/nowhere?')}", tmp_path, TargetError)
    assert said.endswith("there is no such database, or no such user")


def test_what_dlt_does_not_know_is_told(tmp_path: Path) -> None:
    for target in ("dlt:nowhere", "dlt+nowhere://host/db"):
        assert refused(target, tmp_path, ConfigError).endswith(
            "dlt has no such destination, and none of this name is configured"
        )


def test_what_dlts_configuration_lacks_is_named_as_a_variable_of_the_environment(tmp_path: Path) -> None:
    assert "DESTINATION__POSTGRES__CREDENTIALS" in refused("dlt:postgres", tmp_path, ConfigError)
    assert "host (DESTINATION__POSTGRES__CREDENTIALS__HOST)" in refused(
        "dlt+postgres://me@/db?application_name=x", tmp_path, ConfigError
    )


def test_what_is_not_installed_is_named(tmp_path: Path) -> None:
    assert "pip install" in refused("dlt+snowflake://me:sesame-4711@account/db", tmp_path, ConfigError)


def test_postgres_is_installed_with_a_driver_that_needs_no_compiler() -> None:
    missing = ModuleNotFoundError("No module named 'psycopg2'", name="psycopg2")
    with pytest.raises(ConfigError, match=r"pip install 'connector-warehouse\[postgres\]'$"), translated("here"):
        raise missing


def test_where_dlt_cannot_merge_is_told_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__FILES__DESTINATION_TYPE", "filesystem")
    monkeypatch.setenv("DESTINATION__FILES__BUCKET_URL", str(tmp_path))
    assert "dlt cannot merge records by id there" in refused("dlt:files", tmp_path, ConfigError)


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "feedback.duckdb"
    path.write_text("something else" * 1000)
    said = refused(f"dlt+duckdb:///{path}", tmp_path, TargetError)
    assert "cannot be opened by DuckDB" in said
    assert path.read_text() == "something else" * 1000


def test_a_dataset_that_is_called_like_the_file_is_refused(tmp_path: Path) -> None:
    """In DuckDB it would be a matter of luck which of the two a name means."""
    said = refused(f"dlt+duckdb:///{tmp_path}/feedback.duckdb", tmp_path, ConfigError, dataset="feedback")
    assert said.startswith("targets.dlt.dataset: feedback is what DuckDB calls all of")


def test_a_file_that_another_process_has_open_is_a_matter_of_time(tmp_path: Path) -> None:
    """Somebody looks at the table, with a writing connection, while the hourly run begins."""
    path = tmp_path / "feedback.duckdb"
    code = f"import duckdb, sys; db = duckdb.connect({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        other.stdout.readline()
        said = refused(f"dlt+duckdb:///{path}", tmp_path, TransientError)
    assert "another process has it open" in said
    assert loaded(f"dlt+duckdb:///{path}", [row("kit:1")]).new == 1


def test_a_file_that_is_damaged_or_none_of_duckdbs_is_not_a_matter_of_time(tmp_path: Path) -> None:
    """Also where its path, or what DuckDB says of a b-lock, holds the word."""
    folder = tmp_path / "locked"
    folder.mkdir()
    path, state = folder / "feedback.duckdb", str(folder / "state")
    loaded(f"dlt+duckdb:///{path}", [row("kit:1")], state)
    body = bytearray(path.read_bytes())
    body[12_288:12_800] = bytes(512)
    for damaged in (bytes(body), b"no database"):
        path.write_bytes(damaged)
        refused(f"dlt+duckdb:///{path}", folder, TargetError)


def test_a_server_that_does_not_answer_any_more_ends_the_run_as_a_matter_of_time(
    tmp_path: Path, postgres_url: str
) -> None:
    """And what this run could not bring, the next one does."""
    asked(postgres_url, f"CREATE ROLE away SUPERUSER LOGIN PASSWORD '{PASSWORD}'; SELECT 1")
    target, state = f"dlt+{postgres_url.replace('//postgres:', '//away:')}", str(tmp_path / "state")
    with opened(target, state, dataset="away") as sink:
        sink.write([Portion("p", [row("kit:1")])])
        asked(postgres_url, "ALTER ROLE away NOLOGIN; SELECT 1")
        with pytest.raises(TransientError, match="no connection"):
            sink.write([Portion("p", [row("kit:2")])])
        asked(postgres_url, "ALTER ROLE away LOGIN; SELECT 1")
    assert loaded(target, [row("kit:1"), row("kit:2")], state, dataset="away").new == 1
    assert asked(postgres_url, "SELECT count(*) FROM away.feedback") == [(2,)]


def test_what_is_remembered_can_be_looked_at_without_the_target(tmp_path: Path) -> None:
    """`connector state` knows no settings and needs no server; nothing can be sent that way."""
    path = tmp_path / "feedback.duckdb"
    with pytest.raises(ConfigError, match="is not there, so nothing is remembered"):
        load_loader("dlt").open(f"dlt+duckdb:///{path}", "acme", None)
    loaded(f"dlt+duckdb:///{path}", [row("kit:1")])
    path.unlink()
    with closing(load_loader("dlt").open(f"dlt+duckdb:///{path}", "acme", None)) as sink:
        assert sink.reset(None) == 0
        with pytest.raises(TargetError, match="not open"):
            sink.write([Portion("p", [row("kit:2")])])
        with pytest.raises(ConfigError, match="not open"):
            sink.prune(["kit:1"])
    assert not path.exists()


def test_the_password_of_a_target_is_in_no_file(tmp_path: Path, postgres_url: str) -> None:
    with opened(f"dlt+{postgres_url}", str(tmp_path / "state"), dataset="files") as sink:
        sink.write([Portion("p", [row("kit:1")])])
        during = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    files = [*during, *(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())]
    assert len(files) > 1
    assert not any(PASSWORD.encode() in content for content in files)
    with closing(open_database(str(tmp_path / "state"), STATE)) as state:
        assert state.select("SELECT name FROM connector_target") == [
            (f"postgres://{postgres_url.partition('host=')[2]}/postgres, files.feedback",)
        ]
