"""Each row of the configuration table of docs/trackco-apis.md, by what it does to a run against the simulator."""

import json
import re
import sqlite3
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from connector_core.config import load
from connector_core.plugins import load_source
from trackco_simulator import Behaviour, Server, generate_cxm, generate_nps, serve

RUN = str(Path(sysconfig.get_path("scripts")) / "connector-run")
CXM, NPS = generate_cxm(5, 120, dirty=0), generate_nps(5, 120, dirty=0)


@frozen
class Ended:
    """What a run printed: its records by id, its messages, its exit code."""

    records: dict[str, Any]
    err: str
    code: int


@frozen
class Desk:
    """Both APIs, served, and a way to run a plugin on a changed configuration."""

    server: Server
    folder: Path

    def run(self, plugin: str, *more: str, **sections: dict[str, Any]) -> Ended:
        """Run with these settings added; a setting that is `...` is left out."""
        cxm = plugin == "trackco_cxm"
        document: dict[str, dict[str, Any]] = {
            "connection_details": {
                "token": self.server.token, "base_url": self.server.base_url if cxm else self.server.nps_base_url,
            },
            "data_source": {"organization_id": self.server.organization_id, "time_zone": CXM.time_zone} if cxm else {},
        }  # fmt: skip
        for section, settings in sections.items():
            document[section] = document.get(section, {}) | settings
        kept = {name: {k: v for k, v in part.items() if v is not ...} for name, part in document.items()}
        config = self.folder / "config.json"
        config.write_text(json.dumps(kept))
        target = () if "--to" in more else ("--to", "jsonl:-")
        command = [RUN, "--plugin", plugin, "--config", str(config), *target, "-q", *more]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        records = {record["id"]: record for record in map(json.loads, done.stdout.splitlines())}
        return Ended(records, done.stderr, done.returncode)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with serve([CXM, NPS]) as server:
        yield Desk(server, tmp_path)


@pytest.mark.parametrize("plugin", ["trackco_cxm", "trackco_nps"])
def test_token_is_what_the_api_is_shown(desk: Desk, plugin: str) -> None:
    assert desk.run(plugin).code == 0
    refused = desk.run(plugin, connection_details={"token": "f" * 32})
    assert refused.code == 1
    assert "HTTP 401" in refused.err
    assert "f" * 32 not in refused.err
    assert refused.err.count("\n") == 1
    assert "connection_details.token: is required" in desk.run(plugin, connection_details={"token": ...}).err
    assert "connection_details.token: must" in desk.run(plugin, connection_details={"token": ""}).err


@pytest.mark.parametrize(("plugin", "own", "other"), [("trackco_cxm", "cxm", "nps"), ("trackco_nps", "nps", "cxm")])
def test_track_api_must_be_the_plugins_own(desk: Desk, plugin: str, own: str, other: str) -> None:
    assert desk.run(plugin, connection_details={"track_api": own}).code == 0
    refused = desk.run(plugin, connection_details={"track_api": other})
    assert refused.code == 2
    assert f"connection_details.track_api: must be '{own}'" in refused.err


@pytest.mark.parametrize("plugin", ["trackco_cxm", "trackco_nps"])
def test_base_url_is_where_the_requests_go(desk: Desk, plugin: str) -> None:
    nowhere = desk.run(plugin, connection_details={"base_url": desk.server.base_url + "/nowhere"})
    assert nowhere.code == 1
    assert any(served.path_qs.startswith("/nowhere/") for served in desk.server.requests)
    assert "only https:// is allowed" in desk.run(plugin, connection_details={"base_url": "http://api.example.com"}).err


def test_organization_id_is_asked_for_and_must_be_a_uuid(desk: Desk) -> None:
    stranger = "00000000-0000-4000-8000-000000000009"
    unknown = desk.run("trackco_cxm", data_source={"organization_id": stranger})
    assert unknown.code == 1
    assert "data_source.organization_id" in unknown.err
    assert any(stranger in served.path_qs for served in desk.server.requests)
    for wrong, line in (("acme", "must be a UUID"), (..., "is required")):
        refused = desk.run("trackco_cxm", data_source={"organization_id": wrong})
        assert refused.code == 2
        assert f"data_source.organization_id: {line}" in refused.err


def test_surveys_chooses_and_empty_means_all(desk: Desk) -> None:
    every = desk.run("trackco_cxm", data_source={"surveys": []}).records
    assert every.keys() == CXM.expected().keys()
    chosen = sorted({record["survey_id"] for record in every.values()})[:1]
    some = desk.run("trackco_cxm", data_source={"surveys": chosen}).records
    assert some == {key: record for key, record in every.items() if record["survey_id"] in chosen}
    before = len(desk.server.requests)
    missing = desk.run("trackco_cxm", data_source={"surveys": ["NotThere", *chosen]})
    assert missing.code == 1
    assert "data_source.surveys: NotThere is not among" in missing.err
    unfit = CXM.expected_counts().unimportable[0]
    assert f"{unfit} holds" in desk.run("trackco_cxm", data_source={"surveys": [unfit]}).err
    assert not any("interactions" in served.path_qs for served in desk.server.requests[before:])


def test_time_zone_is_how_dates_without_an_offset_are_read(desk: Desk) -> None:
    here = desk.run("trackco_cxm").records
    utc = desk.run("trackco_cxm", data_source={"time_zone": ...}).records
    moved = [key for key in here if here[key]["posted_at"] != utc[key]["posted_at"]]
    assert len(moved) > len(here) / 2
    refused = desk.run("trackco_cxm", data_source={"time_zone": "America/Sao_Paolo"})
    assert refused.code == 2
    assert "data_source.time_zone" in refused.err
    assert "America/Sao_Paulo" in refused.err


def test_campaigns_chooses_and_empty_means_all(desk: Desk) -> None:
    every = desk.run("trackco_nps", data_source={"campaigns": []}).records
    assert every.keys() == NPS.expected(prefix="trackco_nps:").keys()
    chosen = sorted({int(record["survey_id"]) for record in every.values()})[:1]
    some = desk.run("trackco_nps", data_source={"campaigns": chosen}).records
    assert some == {key: record for key, record in every.items() if record["survey_id"] == str(chosen[0])}
    missing = desk.run("trackco_nps", data_source={"campaigns": [999999]})
    assert missing.code == 1
    assert "999999" in missing.err
    assert desk.run("trackco_nps", data_source={"campaigns": ["one"]}).code == 2


@pytest.mark.parametrize(("plugin", "made"), [("trackco_cxm", CXM), ("trackco_nps", NPS)])
def test_transaction_id_field_and_platform_tie_an_answer_to_its_ticket(desk: Desk, plugin: str, made: Any) -> None:
    plain = desk.run(plugin).records
    assert not any("transaction" in record for record in plain.values())
    tied = desk.run(plugin, metadata={"transaction_id_field": "ticket_id"}).records
    assert tied == made.expected(prefix=f"{plugin}:", transaction_id_field="ticket_id")
    named = desk.run(plugin, metadata={"transaction_id_field": "ticket_id", "transaction_platform": "Zendesk"}).records
    platforms = {record["transaction"]["platform"] for record in named.values() if "transaction" in record}
    assert platforms == {"Zendesk"}


def test_an_assumed_name_of_the_wire_can_be_overridden(desk: Desk) -> None:
    """The simulator serves the contract's names, so that any other must fail, and say which setting it was."""
    wrong = desk.run("trackco_cxm", wire={"interactions_path": "/v1/organizations/{organization}/answers/{survey}"})
    assert wrong.code == 1
    assert "wire.interactions_path" in wrong.err
    assert any("/answers/" in served.path_qs for served in desk.server.requests)
    assert "wire.records_key" in desk.run("trackco_cxm", wire={"records_key": "items"}).err


def test_the_405_ends_an_nps_run_with_what_it_means_and_keeps_its_progress(desk: Desk) -> None:
    desk.server.set(Behaviour(rate_limit=(4, 300.0)))
    target = f"sqlite:///{desk.folder}/f.db"
    stopped = desk.run("trackco_nps", "--threads", "1", "--to", target)
    assert stopped.code == 1
    assert "405" in stopped.err
    assert "CAPTCHA" in stopped.err
    assert "<html" not in stopped.err.lower()
    assert "connector-run: transient: " in stopped.err
    desk.server.set(Behaviour())
    before = len(desk.server.requests)
    refused = desk.run("trackco_nps", "--threads", "1", "--to", target)
    assert (refused.code, len(desk.server.requests)) == (1, before)
    assert "nothing is sent before 20" in refused.err
    (desk.folder / ".connector-budget").unlink()  # as if the window had passed
    assert desk.run("trackco_nps", "--threads", "1", "--to", target).code == 0
    resumed = len(desk.server.requests) - before
    desk.run("trackco_nps", "--threads", "1", "--to", f"sqlite:///{desk.folder}/whole.db")
    assert resumed < len(desk.server.requests) - before - resumed


def test_a_cxm_run_waits_out_failures_that_pass(desk: Desk) -> None:
    desk.server.set(Behaviour(fail_next=(503, 429, 500), retry_after="seconds"))
    ended = desk.run("trackco_cxm", "--threads", "1")
    assert ended.code == 0
    assert ended.records == CXM.expected()


@pytest.mark.parametrize(("plugin", "number"), [("trackco_cxm", 0), ("trackco_nps", 1)])
def test_the_files_of_birdies_page_load_as_they_are(plugin: str, number: int) -> None:
    """But for the placeholder of the organization, since an organization is a UUID."""
    facts = (Path(__file__).parent.parent / "docs/trackco-apis.md").read_text(encoding="utf-8")
    page = facts[facts.index("## 4.") : facts.index("## 5.")]
    shown = re.findall(r"```json\n(.*?)```", page, flags=re.DOTALL)[number]
    assert ("your-organization-uuid" in shown) == (plugin == "trackco_cxm")
    document = json.loads(shown.replace("your-organization-uuid", "00000000-0000-4000-8000-000000000001"))
    settings = load(document, load_source(plugin).description.config)
    assert settings.secrets() == ["your-track-api-token"]


@pytest.mark.parametrize("plugin", ["trackco_cxm", "trackco_nps"])
def test_what_the_api_counts_is_what_was_loaded(desk: Desk, plugin: str) -> None:
    """For NPS in bands and by its own score too; an answer that the target lost is a difference."""
    target = desk.folder / "f.db"
    desk.run(plugin, "--to", f"sqlite:///{target}")
    assert compared(desk, plugin, target) == (0, {"ok"})
    with closing(sqlite3.connect(target)) as db, db:
        db.execute("DELETE FROM feedback WHERE id = (SELECT id FROM feedback ORDER BY posted_at LIMIT 1)")
    assert compared(desk, plugin, target) == (1, {"ok", "DIFF"})


def compared(desk: Desk, plugin: str, target: Path) -> tuple[int, set[str]]:
    """The exit code of `--reconcile`, and what its lines begin with."""
    command = [RUN, "--plugin", plugin, "--config", str(desk.folder / "config.json"), "--to", f"sqlite:///{target}"]
    done = subprocess.run([*command, "--reconcile", "-q"], capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    assert len(lines) == 3, done
    assert all(("promoters" in line) == (plugin == "trackco_nps") for line in lines)
    return done.returncode, {line.split()[0] for line in lines}
