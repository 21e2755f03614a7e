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
