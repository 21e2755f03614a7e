"""Record every cassette of the repository again, from the simulator, through the real recording path.

The real command talks to the real host names. A proxy on loopback, which the command finds as it finds any proxy (in
its environment), takes every connection to the simulator, whose certificate the command trusts for this one run.
Beside each cassette the command puts the configuration that replays it, and this tool the records that come out.
"""

import contextlib
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import vcr
from attrs import evolve, frozen

import birdie_simulator
from connector_core.cli import run_command
from quince import simulator
from trackco_simulator import Behaviour, CxmAccount, NpsAccount, generate_cxm, generate_nps, golden_cxm, serve

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests/cassettes"
DEMO = ROOT / "plugins/trackco_cxm/src/trackco_cxm/demo"
RUN = str(Path(sysconfig.get_path("scripts")) / "connector-run")
END = datetime(2026, 9, 1, tzinfo=UTC)
TICKET = {"transaction_id_field": "ticket_id", "transaction_platform": "Zendesk"}
CXM = {
    "connection_details": {"token": "recorded-without-a-token", "track_api": "cxm"},
    "data_source": {"organization_id": "", "time_zone": "America/Sao_Paulo"},
    "metadata": TICKET,
}
NPS = {"connection_details": {"token": "0123456789abcdef0123456789abcdef", "track_api": "nps"}, "metadata": TICKET}


@frozen
class Take:
    """One cassette: where it goes, which account it is of, and how the recorded run was started."""

    path: Path
    account: CxmAccount | NpsAccount
    arguments: tuple[str, ...] = ("--record-unscrubbed",)
    behaviour: Behaviour = Behaviour()
    first: bool = True


def takes() -> list[Take]:
    """Every cassette, from seeded accounts."""
    return [
        Take(DEMO / "cassette.yaml", generate_cxm(2026, 100, surveys=2, days=90, end=END)),
        Take(TESTS / "trackco_cxm/golden.yaml", golden_cxm()),
        Take(TESTS / "trackco_cxm/account.yaml", generate_cxm(7, 150, end=END)),
        Take(TESTS / "trackco_cxm/incremental.yaml", generate_cxm(8, 150, end=END), first=False),
        Take(
            TESTS / "trackco_cxm/tolerant.yaml",
            generate_cxm(9, 16, surveys=1, end=END),
            behaviour=Behaviour(bare_arrays=True, max_page_size=6, questions_in_answers=True, order="newest"),
        ),
        Take(
            TESTS / "trackco_cxm/faults.yaml",
            generate_cxm(10, 20, surveys=1, end=END),
            behaviour=Behaviour(fail_next=(503, 429), retry_after="seconds"),
        ),
        Take(
            TESTS / "trackco_cxm/scrubbed.yaml",
            generate_cxm(11, 30, surveys=1, end=END),
            ("--scrub-key", "a key for the repository"),
        ),
        Take(TESTS / "trackco_nps/account.yaml", generate_nps(7, 120, end=END)),
        Take(TESTS / "trackco_nps/incremental.yaml", generate_nps(8, 150, end=END), first=False),
        Take(
            TESTS / "trackco_nps/scrubbed.yaml",
            generate_nps(11, 30, campaigns=1, end=END),
            ("--scrub-key", "a key for the repository"),
        ),
    ]


def record(take: Take) -> None:
    """Run the real command against the served account, recording it; the records go beside the cassette."""
    plugin = "trackco_nps" if isinstance(take.account, NpsAccount) else "trackco_cxm"
    take.path.parent.mkdir(parents=True, exist_ok=True)
    document: dict[str, Any] = json.loads(json.dumps(NPS if plugin == "trackco_nps" else CXM))
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(take.account, token=document["connection_details"]["token"], tls=True) as server,
    ):
        if plugin == "trackco_cxm":
            document["data_source"]["organization_id"] = server.organization_id
        config = Path(folder) / "config.json"
        config.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        target = f"jsonl:{folder}/records"
        command = [RUN, "--plugin", plugin, "--config", str(config), "--to", target, "--quiet"]
        environment = os.environ | server.environment
        if not take.first:
            server.set(Behaviour(date_header=END - timedelta(days=30)))
            subprocess.run(command, check=False, env=environment)
        server.set(evolve(take.behaviour, date_header=END))  # a recording made tomorrow is the same
        recording = [*command, "--record", str(take.path), *take.arguments]
        done = subprocess.run(recording, check=False, env=environment)
    if done.returncode not in (0, 3):
        sys.exit(f"{take.path}: the recorded run ended with {done.returncode}")
    records = take.path.with_suffix(".records.jsonl")
    if take.path.parent != DEMO:
        replay = [RUN, "--plugin", plugin, "--to", "jsonl:-", "--quiet", "--replay", str(take.path)]
        records.write_bytes(subprocess.run(replay, check=False, stdout=subprocess.PIPE).stdout)
    print(f"{take.path.relative_to(ROOT)}: {len(server.requests)} requests")


def record_example() -> None:
    """The cassette of the guide's example, from its own simulator, on the port that its documents name."""
    cassette = ROOT / "examples/quince/tests/cassettes/first.yaml"
    with tempfile.TemporaryDirectory() as place, simulator.serving(simulator.recorded(), port=8750) as account:
        config = Path(place) / "config.json"
        document = {"connection_details": {"key": simulator.KEY, "base_url": account.url}}
        config.write_text(json.dumps(document), encoding="utf-8")
        command = [RUN, "--plugin", "quince", "--config", str(config), "--to", f"jsonl:{place}/records", "--quiet"]
        subprocess.run([*command, "--record", str(cassette), "--scrub-key", "a key for the repository"], check=True)
    replay = [RUN, "--plugin", "quince", "--to", "jsonl:-", "--quiet", "--replay", str(cassette)]
    records = subprocess.run(replay, check=True, stdout=subprocess.PIPE).stdout
    cassette.with_suffix(".records.jsonl").write_bytes(records)


def record_template() -> None:
    """The cassette of the template of a source, from its own simulator: the template stands in for an installed one."""
    source = ROOT / "connector_core/scaffold/source"
    cassette = source / "tests/cassettes/first.yaml"
    with tempfile.TemporaryDirectory() as place:
        info = Path(place) / "my_source-0.1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-source\nVersion: 0.1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text("[connector_core.v1]\nmy_source = my_source\n", encoding="utf-8")
        environment = os.environ | {"PYTHONPATH": f"{place}{os.pathsep}{source / 'src'}"}
        served = [sys.executable, "-m", "my_source.simulator"]
        with subprocess.Popen(served, env=environment, stdout=subprocess.PIPE, text=True) as simulated:
            config = Path(place) / "config.json"
            config.write_text(simulated.stdout.readline() if simulated.stdout else "", encoding="utf-8")
            command = [
                RUN,
                "--plugin",
                "my_source",
                "--config",
                str(config),
                "--to",
                f"jsonl:{place}/records",
                "--quiet",
            ]
            recording = [*command, "--record", str(cassette), "--scrub-key", "a key for the repository"]
            subprocess.run(recording, check=True, env=environment)
            simulated.terminate()


def record_birdie(name: str, source: str, behaviour: birdie_simulator.Behaviour) -> None:
    """What a replayed run sends to Birdie's simulator, recorded by vcrpy in this process, on a fixed port."""
    cassette, replayed = TESTS / f"birdie/{name}.yaml", TESTS / f"trackco_cxm/{source}.yaml"
    cassette.parent.mkdir(exist_ok=True)
    cassette.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as place, birdie_simulator.serve(behaviour=behaviour, port=8760) as server:
        document = json.loads(replayed.with_suffix(".config.json").read_text(encoding="utf-8"))
        target = {
            "key": server.key,
            "in_flight": 1,
            "fields": {"batch_id": ""},
        }  # a recording made tomorrow is the same
        config = Path(place) / "config.json"
        config.write_text(json.dumps(document | {"targets": {"birdie": target}}), encoding="utf-8")
        config.chmod(0o600)
        arguments = ["--plugin", "trackco_cxm", "--replay", str(replayed), "--config", str(config), "--quiet"]
        arguments += ["--to", f"birdie+http:{server.base_url.removeprefix('http:')}", "--state", f"{place}/state"]
        with (
            vcr.use_cassette(
                str(cassette),
                record_mode="all",
                filter_headers=[("authorization", "REDACTED")],
                before_record_response=_without_date,
            ),
            contextlib.suppress(SystemExit),
        ):
            run_command(arguments)
    print(f"{cassette.relative_to(ROOT)}: {len(server.requests)} requests")


def _without_date(response: dict[str, Any]) -> dict[str, Any]:
    """As it would be at any time, from any version of the server."""
    return response | {"headers": {k: v for k, v in response["headers"].items() if k not in ("Date", "Server")}}


if __name__ == "__main__":
    for each in takes():
        record(each)
    record_example()
    record_template()
    record_birdie("golden", "golden", birdie_simulator.Behaviour())
    record_birdie("outage", "faults", birdie_simulator.Behaviour(faults=(503, None, 500, 503), retry_after=0))
