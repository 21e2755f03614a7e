"""Every recording of the repository, replayed: no network, no clock, the same bytes as ever."""

import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

CASSETTES = sorted((Path(__file__).parent / "cassettes").glob("trackco_*/*.yaml"))
RUN = str(Path(sysconfig.get_path("scripts")) / "connector-run")


def replay(cassette: Path, *more: str, **environment: str) -> bytes:
    """The records of a replay by the real command, which may neither wait nor fail."""
    arguments = [
        "--plugin",
        cassette.parent.name,
        "--replay",
        str(cassette),
        "--to",
        "jsonl:-",
        *more,
    ]
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    done = subprocess.run(
        [RUN, *arguments, "--quiet"],
        capture_output=True,
        check=False,
        timeout=60,
        env=os.environ | nowhere | environment,
    )
    assert done.returncode in (0, 3), done.stderr.decode()
    return done.stdout


@pytest.mark.parametrize("cassette", CASSETTES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_replay_gives_the_records_that_stand_beside_the_recording(cassette: Path) -> None:
    assert replay(cassette) == cassette.with_suffix(".records.jsonl").read_bytes()


@pytest.mark.parametrize("name", ["trackco_cxm/account", "trackco_nps/account", "trackco_cxm/incremental"])
def test_neither_threads_nor_zone_nor_locale_nor_hash_seed_change_a_byte(name: str) -> None:
    cassette = next(path for path in CASSETTES if path.as_posix().endswith(f"{name}.yaml"))
    known = cassette.with_suffix(".records.jsonl").read_bytes()
    assert replay(cassette, "--threads", "8", TZ="Asia/Kathmandu", PYTHONHASHSEED="1") == known
    assert replay(cassette, "--threads", "1", LC_ALL="C", PYTHONHASHSEED="2", PYTHONUTF8="0") == known


def test_the_recorded_failures_are_replayed_in_their_turn_and_nothing_is_waited_for() -> None:
    cassette = next(path for path in CASSETTES if path.stem == "faults")
    assert "code: 503" in cassette.read_text(encoding="utf-8")
    assert "code: 429" in cassette.read_text(encoding="utf-8")
    assert replay(cassette)


def test_the_recordings_hold_the_real_host_names_and_no_token() -> None:
    for cassette in CASSETTES:
        text = cassette.read_text(encoding="utf-8")
        host = "https://api.track.co/v1/" if cassette.parent.name == "trackco_cxm" else "https://api.tracksale.co/v2/"
        assert text.count("uri: ") == text.count(f"uri: {host}")
        assert "127.0.0.1" not in text
        assert "uthorization" not in text
        assert "recorded-without-a-token" not in text
        assert "0123456789abcdef0123456789abcdef" not in text
        config = cassette.with_suffix(".config.json").read_text(encoding="utf-8")
        assert '"token": "REDACTED"' in config or f'"token": "{"0" * 32}"' in config


def test_a_replay_that_does_not_ask_for_everything_fails_and_names_it(tmp_path: Path) -> None:
    cassette = next(path for path in CASSETTES if path.stem == "golden")
    text = cassette.read_text(encoding="utf-8")
    entry = text[text.index("- request:") :].split("\n- request:")[0]
    more = entry.replace("/interactions?", "/never-asked?")
    longer = tmp_path / "longer.yaml"
    longer.write_text(f"{text.rstrip()}\n- request:{more.removeprefix('- request:')}\n", encoding="utf-8")
    config = cassette.with_name("golden.config.json")
    command = [
        RUN,
        "--plugin",
        "trackco_cxm",
        "--config",
        str(config),
        "--replay",
        str(longer),
        "--to",
        "jsonl:-",
        "--quiet",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "recorded but not asked for" in done.stderr
    assert "never-asked" in done.stderr
    assert done.stderr.count("\n") == 1
