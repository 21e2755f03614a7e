"""What a recording says of the run that made it: read back whole, or refused in one line."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from connector_core.cassette import rerun
from connector_core.errors import ConfigError
from connector_core.plan import Options

PLACE = {"low_water": None, "high_water": "2024-07-01T00:00:00Z", "window": None, "cursor": None}


def session(**options: Any) -> dict[str, Any]:
    kept = {"lookback": 60, "full_refresh": False} | options
    return {"plugin": "acme", "clock": "2024-07-02T00:00:00Z", "options": kept, "cursors": {"p": PLACE}}


def replayed(tmp_path: Path, kept: dict[str, Any]) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump({"version": 1, "connector_core": kept, "interactions": []}), encoding="utf-8")
    rerun.replay(str(path), "acme", Options(), [])


def test_a_session_is_read(tmp_path: Path) -> None:
    replayed(tmp_path, session(since="2024-01-01T00:00:00-03:00", begin="2024-01-01T00:00:00Z", limit=3))


def threads(tmp_path: Path, *answers: tuple[int, str], kept: dict[str, Any] | None = None) -> int:
    """With how many threads a recording of several answers to one request replays when 8 are asked for."""
    request: dict[str, Any] = {"method": "GET", "uri": "https://h/a", "body": None, "headers": {}}
    interactions = [
        {
            "request": request,
            "response": {"status": {"code": code, "message": ""}, "headers": {}, "body": {"string": body}},
        }
        for code, body in answers
    ]
    path, whole = tmp_path / "c.yaml", {"version": 1, "interactions": interactions}
    path.write_text(yaml.safe_dump(whole | ({"connector_core": kept} if kept else {})), encoding="utf-8")
    return rerun.replay(str(path), "acme", Options(threads=8), []).options.threads


@pytest.mark.parametrize("kept", [session(), None], ids=["ours", "plain vcrpy's"])
def test_where_who_asks_first_matters_a_replay_asks_one_after_the_other(
    tmp_path: Path, kept: dict[str, Any] | None
) -> None:
    """So partitions that ask the same get the same answers each time, however many threads there are."""
    assert threads(tmp_path, (200, "1"), (200, "2"), kept=kept) == 1
    assert threads(tmp_path, (503, "busy"), (200, "1"), (200, "1"), kept=kept) == 8


def test_with_a_limit_a_replay_asks_one_after_the_other(tmp_path: Path) -> None:
    assert threads(tmp_path, kept=session(limit=3)) == 1


@pytest.mark.parametrize(
    ("options", "place"),
    [
        *(({name: "2024-01-01T00:00:00"}, {}) for name in ("since", "until", "begin")),  # of no zone
        ({"since": 5}, {}),
        ({"since": "0001-01-01T00:00:00+14:00"}, {}),
        ({"lookback": "7d"}, {}),
        ({"lookback": 1e300}, {}),
        ({"limit": "3"}, {}),
        ({"full_refresh": "yes"}, {}),
        *(({}, {name: "2024-01-01T00:00:00"}) for name in ("low_water", "high_water")),
        ({}, {"window": [None, "2024-01-01T00:00:00"]}),
        ({}, {"window": ["2024-01-01T00:00:00", "2024-01-01T00:00:00Z"]}),
        ({}, {"window": ["2024-01-01T00:00:00Z"]}),
        ({}, {"window": 5}),
    ],
)
def test_a_session_that_no_run_wrote_is_refused(options: dict[str, Any], place: dict[str, Any], tmp_path: Path) -> None:
    kept = session(**options)
    kept["cursors"] = {"p": PLACE | place}
    with pytest.raises(ConfigError, match="its connector_core section cannot be read; record it again"):
        replayed(tmp_path, kept)


@pytest.mark.parametrize("place", [None, 5, "ab", [], {}, ["window", "cursor", "high_water"]])
def test_a_place_of_another_form_is_refused(place: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="its connector_core section cannot be read"):
        replayed(tmp_path, session() | {"cursors": {"p": place}})
