"""`connector-run --to birdie+http://...` as a user runs it, a recorded source into a served Birdie."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen

import birdie_simulator
from birdie_simulator import Server
from connector_core import ConfigError
from connector_core.loading import open_state
from connector_core.plugins import open_sink
from plugins.birdie.tests.api import FAST, UNLIMITED

RUN = str(Path(sysconfig.get_path("scripts")) / "connector-run")
RECORDED = Path(__file__).parents[3] / "tests/cassettes/trackco_cxm/account.yaml"
RECORDS = 136


@pytest.fixture
def server() -> Iterator[Server]:
    with birdie_simulator.serve(behaviour=UNLIMITED) as server:
        yield server


@frozen
class Desk:
    """A folder with a configuration, in which commands are run."""

    server: Server
    folder: Path

    def write(self, **settings: Any) -> None:
        document = json.loads(RECORDED.with_suffix(".config.json").read_text(encoding="utf-8"))
        given = {"key": "${BIRDIE_API_KEY}", "requests_per_second": FAST} | settings
        path = self.folder / "config.json"
        path.write_text(json.dumps(document | {"targets": {"birdie": given}}), encoding="utf-8")

    def begin(self, *more: str, **environment: str) -> "subprocess.Popen[str]":
        target = f"birdie+http:{self.server.base_url.removeprefix('http:')}"
        command = [RUN, "--plugin", "trackco_cxm", "--replay", str(RECORDED), "--config", "config.json", "--to", target]
        key = {"BIRDIE_API_KEY": self.server.key} | environment
        return subprocess.Popen(
            [*command, *(more or ("--log-format", "console"))], cwd=self.folder, env=os.environ | key, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *more: str, **environment: str) -> tuple[int, str]:
        process = self.begin(*more, **environment)
        _, said = process.communicate(timeout=60)
        return process.returncode, said


@pytest.fixture
def desk(server: Server, tmp_path: Path) -> Desk:
    desk = Desk(server, tmp_path)
    desk.write()
    return desk


def test_records_arrive_and_are_not_sent_again(desk: Desk, server: Server) -> None:
    code, said = desk.run()
    assert (code, f"{RECORDS} new, 0 updated" in said) == (0, True)
    code, said = desk.run()
    assert (code, "Nothing new" in said) == (0, True)
    assert (server.counts.created, server.counts.repeated) == (RECORDS, 0)
    assert {body["batch_id"][:12] for body in server.records.values()} == {"trackco_cxm-"}
    host = server.base_url.removeprefix("http://").replace(":", "-")
    assert sorted(path.name for path in desk.folder.iterdir() if path.suffix == ".state") == [
        f"birdie+http-{host}.state"
    ]


def test_a_wrong_key_is_a_line_of_the_targets_class_and_is_not_shown(desk: Desk) -> None:
    code, said = desk.run(BIRDIE_API_KEY="wrong-key-0815")
    last = said.splitlines()[-1]
    assert code == 1
    assert last.startswith(
        "connector-run: target: Birdie does not accept the API key: check targets.birdie.key (HTTP 401"
    )
    assert "wrong-key-0815" not in said


def test_what_is_set_wrongly_is_told_before_anything_is_sent(desk: Desk, server: Server) -> None:
    desk.write(fields={"titel": "/kind/fields/title"}, in_flight=0)
    code, said = desk.run()
    assert code == 2
    assert "targets.birdie.in_flight: must be 1 or more" in said
    assert "targets.birdie.fields: titel: a feedback has no such field; did you mean title?" in said
    assert server.requests == []


def test_the_user_can_leave_while_birdie_hangs_and_the_next_run_goes_on(desk: Desk, server: Server) -> None:
    server.set(evolve(UNLIMITED, latency=300.0))
    process = desk.begin()
    while not server.in_flight_peak:
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)  # far less than what Birdie takes
    assert process.returncode == 130
    assert "Interrupted, progress kept" in said
    server.set(UNLIMITED)
    assert desk.run()[0] == 0
    assert len(server.records) == RECORDS


def test_it_stands_beside_other_targets(desk: Desk, server: Server) -> None:
    server.set(evolve(UNLIMITED, faults=(401,) * 10_000))
    code, said = desk.run("--to", "sqlite:///feedback.db", "--log-format", "console")
    assert code == 1
    assert f"(--to birdie+http:{server.base_url.removeprefix('http:')})" in said.splitlines()[-1]
    assert "Done: trackco_cxm -> sqlite:///feedback.db" in said


def test_its_state_can_be_looked_at_and_reset_without_a_key(desk: Desk, server: Server) -> None:
    desk.run()
    target = f"birdie+http:{server.base_url.removeprefix('http:')}"
    command = [
        RUN.replace("connector-run", "connector"),
        "state",
        "reset",
        "--connection",
        "trackco_cxm",
        "--to",
        target,
    ]
    done = subprocess.run(command, cwd=desk.folder, capture_output=True, text=True, check=False)
    assert done.stderr == f"connector: config: --connection trackco_cxm: {target} knows no such partition of it\n"


def stands_in(text: str, said: str) -> bool:
    """Whether a text was said; a number such as 802 may be part of a time or of a port, and is none then."""
    return re.search(rf"(?<![0-9.]){re.escape(text)}(?![0-9])" if text.isdigit() else re.escape(text), said) is not None


@pytest.mark.parametrize("form", ["console", "json"])
def test_neither_the_key_nor_anything_of_a_customer_is_said(desk: Desk, server: Server, form: str) -> None:
    """While Birdie refuses every record and quotes it, answers with errors, and breaks connections."""
    server.set(evolve(UNLIMITED, quote_values=True, faults=(503, "drop_after", 500, "drop_before"), retry_after=0))
    desk.write(fields={"text": "/kind/fields/headline", "rating": "/kind/fields/score"})
    process = desk.begin("-v", "--log-format", form, "--report", "report.json")
    said = "".join(process.communicate(timeout=60))
    report = (desk.folder / "report.json").read_text(encoding="utf-8")
    assert (process.returncode, json.loads(report)["total"]["rejected_by"]) == (1, {"target.invalid": RECORDS})
    customers = set[str]()
    for line in RECORDED.with_suffix(".records.jsonl").read_bytes().splitlines():
        record = json.loads(line)
        customers |= {record[name] for name in ("text", "author_name", "author_id") if record.get(name)}
    assert len(customers) > 100
    (state,) = desk.folder.glob("*.state")
    with closing(sqlite3.connect(state)) as db:
        said += report + "".join(path for (path,) in db.execute("SELECT path FROM connector_reject"))
    assert [text for text in (*customers, server.key) if stands_in(text, said)] == []
    assert server.key.encode() not in state.read_bytes()


def test_a_state_of_another_machines_simulator_can_be_looked_at_too(tmp_path: Path) -> None:
    """Runs reach it with --allow-http only; whoever looks at the state sends nothing."""
    target, state = "birdie+http://192.0.2.1:8080", tmp_path / "birdie.state"
    open_state(str(state), target).close()
    with closing(open_sink(target, "acme", str(state))) as sink:
        assert sink.history().places == {}


def test_to_look_at_a_state_that_is_not_there_makes_none(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"birdie\.state: is not there, so nothing is remembered of birdie://a\.example"
    ):
        open_sink("birdie://a.example", "acme", f"{tmp_path}/birdie.state")
    assert list(tmp_path.iterdir()) == []
