"""The plugin as the host sees it: hooks, settings, the way to the API."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import trackco_nps
from connector_core import Budget, ConfigError
from connector_core.config import load
from connector_core.hookspecs import hookspec
from connector_core.settings import settings_of
from trackco_nps.config import Config, endpoint

BIRDIES: dict[str, Any] = {
    "connection_details": {"token": "your-track-api-token", "track_api": "nps"},
    "data_source": {"campaigns": [123, 456]},
}


def test_the_package_holds_the_six_hooks_of_a_source() -> None:
    hooks = {name for name in dir(trackco_nps) if hasattr(getattr(trackco_nps, name), f"{hookspec.project_name}_impl")}
    assert hooks == {"describe", "check", "partitions", "extract", "map", "count"} == set(trackco_nps.__all__)


def test_importing_the_plugin_imports_no_http_client() -> None:
    code = "import sys, trackco_nps; trackco_nps.describe(); print({'requests', 'cattrs'} & set(sys.modules))"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert child.stdout == "set()\n"


def test_the_configuration_of_birdies_page_works_unchanged() -> None:
    loaded = load(BIRDIES, trackco_nps.describe().config)
    assert loaded.plugin.data_source.campaigns == (123, 456)
    assert loaded.secrets() == ["your-track-api-token"]


def test_the_endpoint_is_the_documented_one_with_head_room_below_the_limit() -> None:
    reached = endpoint(load(BIRDIES, Config).plugin)
    assert reached.base_url == "https://api.tracksale.co/v2"
    assert reached.headers == {"Authorization": "bearer your-track-api-token"}
    assert reached.budget == Budget(900, 300, 405)
    assert set(reached.explain) == {401, 403, 405}
    assert "your-track-api-token" not in repr(reached)


def test_the_request_budget_can_be_set() -> None:
    reached = endpoint(load({**BIRDIES, "budget": {"requests": 90, "seconds": 30}}, Config).plugin)
    assert reached.budget == Budget(90, 30, 405)


@pytest.mark.parametrize(
    ("section", "setting", "value", "problem"),
    [
        ("connection_details", "track_api", "cxm", "connection_details.track_api: must be 'nps'"),
        ("connection_details", "token", "", "connection_details.token: must be a token"),
        ("data_source", "campaigns", [0], "data_source.campaigns: campaign codes are positive whole numbers"),
        ("data_source", "campaigns", ["x"], "data_source.campaigns"),
        ("data_source", "organization_id", "x", "data_source.organization_id: unknown setting"),
        (
            "data_source",
            "time_zone",
            "America/Sao_Paolo",
            "must be an IANA time zone (did you mean America/Sao_Paulo?)",
        ),
        ("budget", "requests", 0, "budget.requests: must be 1 or more"),
        ("budget", "seconds", 1.5, "budget.seconds: must be a whole number"),
        ("data_source", "time_zone", "?", "must be an IANA time zone such as America/Sao_Paulo"),
        ("data_source", "time_zone", "../etc", "must be an IANA time zone"),
    ],
)
def test_a_wrong_setting_is_named(section: str, setting: str, value: object, problem: str) -> None:
    wrong = {**BIRDIES, section: {**BIRDIES.get(section, {}), setting: value}}
    with pytest.raises(ConfigError) as caught:
        load(wrong, Config)
    assert problem in str(caught.value)


def test_the_zone_of_birdies_other_example_is_taken() -> None:
    loaded = load({**BIRDIES, "data_source": {"time_zone": "UTC"}}, Config)
    assert loaded.plugin.data_source.time_zone == "UTC"


def test_what_shapes_records_is_part_of_the_fingerprint() -> None:
    shaping = {path for path, rule, _ in settings_of(load(BIRDIES, Config).plugin) if rule.shapes}
    assert shaping == {"metadata.transaction_id_field", "metadata.transaction_platform", "wire.csat_types"}


def test_every_setting_stands_in_the_readme_or_is_an_assumption_that_does() -> None:
    readme = Path(trackco_nps.__file__).parents[2].joinpath("README.md").read_text(encoding="utf-8")
    assert all(f"`{path}`" in readme for path, _, _ in settings_of(load(BIRDIES, Config).plugin))


def test_personal_fields_are_declared() -> None:
    personal = trackco_nps.describe().personal
    keys = ("email", "phone", "alternative_email", "alternative_phone", "nps_comment", "name", "identification")
    assert [personal[key] for key in keys] == ["contact"] * 4 + ["text", "author", "author"]
