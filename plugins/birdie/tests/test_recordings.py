"""What a whole run sends, held against vcrpy's recordings of Birdie's simulator: method, place, body, to the byte."""

import json
from pathlib import Path
from typing import Any

import pytest
import vcr

from connector_core.cli import run_command

TESTS = Path(__file__).parents[3] / "tests/cassettes"


def sent(name: str, source: str, folder: Path, *more: str) -> tuple[int, Any]:
    """Replay a recorded source into a recorded Birdie, with the real command: its exit code, and the recording."""
    replayed = TESTS / f"trackco_cxm/{source}.yaml"
    document = json.loads(replayed.with_suffix(".config.json").read_text(encoding="utf-8"))
    target = {"key": "a-key", "in_flight": 1, "fields": {"batch_id": ""}}
    config = folder / "config.json"
    config.write_text(json.dumps(document | {"targets": {"birdie": target}}), encoding="utf-8")
    config.chmod(0o600)
    arguments = ["--plugin", "trackco_cxm", "--replay", str(replayed), "--config", str(config)]
    arguments += ["--to", "birdie+http://127.0.0.1:8760", "--state", str(folder / "birdie.state"), *more]
    cassette = TESTS / f"birdie/{name}.yaml"
    with (
        vcr.use_cassette(str(cassette), record_mode="none", match_on=["method", "uri", "body"]) as recording,
        pytest.raises(SystemExit) as left,
    ):
        run_command(arguments)
    return int(left.value.code or 0), recording


def test_the_example_of_birdies_page_is_sent_as_recorded(tmp_path: Path) -> None:
    code, recording = sent("golden", "golden", tmp_path, "--quiet")
    assert (code, recording.play_count, recording.all_played) == (0, 1, True)


def test_a_recorded_outage_is_sat_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """503, an answer, 500 and 503 again: all that was recorded is asked for, and each record is loaded once."""
    code, recording = sent("outage", "faults", tmp_path, "--log-format", "console")
    assert (code, recording.all_played) == (0, True)
    assert "19 new, 0 updated" in capsys.readouterr().err


def test_a_second_run_sends_nothing(tmp_path: Path) -> None:
    sent("golden", "golden", tmp_path, "--quiet")
    code, recording = sent("golden", "golden", tmp_path, "--quiet")
    assert (code, recording.play_count) == (0, 0)
