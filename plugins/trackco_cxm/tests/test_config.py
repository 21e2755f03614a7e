"""The settings, and what the plugin says of itself."""

import re
import subprocess
import sys
from typing import Any

import pluggy
import pytest
from attrs import evolve

import trackco_cxm
from connector_core import hookspecs
from connector_core.endpoint import Budget
from connector_core.model import Partition, Window
from connector_core.personal import matcher
from connector_core.settings import Rule, settings_of
from plugins.trackco_cxm.tests.conftest import Connect
from plugins.trackco_cxm.tests.fake_cxm import FakeCxm, make_answers, make_config, make_survey
from trackco_cxm._wire import Wire
from trackco_cxm.config import RequestBudget, endpoint, zone_problem


def rules(settings: Any) -> dict[str, Rule]:
    return {path: rule for path, rule, _ in settings_of(settings)}


def test_the_plugin_fits_the_border() -> None:
    """Every hook is known to the host and takes arguments that the host gives."""
    manager = pluggy.PluginManager("connector_core")
    manager.add_hookspecs(hookspecs)
    manager.register(trackco_cxm)
    manager.check_pending()
    assert {caller.name for caller in manager.get_hookcallers(trackco_cxm) or ()} == set(trackco_cxm.__all__)


def test_importing_the_plugin_loads_nothing_heavy() -> None:
    code = (
        "import sys, trackco_cxm; print([name for name in ('requests', 'urllib3', 'difflib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_defaults_reach_the_documented_host_with_the_token() -> None:
    endpoint = trackco_cxm.describe().endpoint(make_config())
    assert endpoint.base_url == "https://api.track.co"
    assert endpoint.headers == {"Authorization": "Bearer made-up-token"}
    assert endpoint.budget is None
    assert endpoint.explain.keys() == {401, 403}


@pytest.mark.parametrize(
    ("path", "good", "bad"),
    [
        ("connection_details.token", "abc.DEF-123", "two words"),
        ("connection_details.token", "abc", "abc\n"),
        ("connection_details.token", "abc", ""),
        ("connection_details.base_url", "https://hmg-api.track.co", "api.track.co"),
        ("connection_details.base_url", "http://127.0.0.1:8080", "https://x?y=1"),
        ("data_source.organization_id", "00000000-0000-4000-8000-00000000000A", "my-organization"),
        ("data_source.surveys", ("AbC",), ("AbC", " ")),
        ("data_source.time_zone", "America/Sao_Paulo", "Sao Paulo"),
        ("metadata.transaction_id_field", "ticket_id", ""),
        ("wire.interactions_path", "/x/{survey}", "/x"),
        ("wire.page_size", 1, 0),
        ("wire.first_page", 0, -1),
    ],
)
def test_a_setting_is_checked_before_anything_is_read(path: str, good: Any, bad: Any) -> None:
    rule = rules(make_config())[path]
    assert rule.problem(good) is None
    assert rule.problem(bad)


@pytest.mark.parametrize(
    ("given", "nearest"),
    [
        ("Sao Paulo", "America/Sao_Paulo"),
        ("america/sao_paulo", "America/Sao_Paulo"),
        ("America/Sao Paolo", "America/Sao_Paulo"),
    ],
)
def test_a_wrong_zone_is_told_the_nearest_right_one(given: str, nearest: str) -> None:
    assert zone_problem(given) == f"must be an IANA time zone; the nearest is {nearest}"


@pytest.mark.parametrize("given", ["-03:00", "America", "/etc/passwd", "", "\0", "..", "xx"])
def test_what_resembles_no_zone_is_refused_too(given: str) -> None:
    assert (zone_problem(given) or "").startswith("must be an IANA time zone")


def test_an_offset_is_not_answered_with_its_opposite() -> None:
    """Etc/GMT-3 lies east of Greenwich; whoever types GMT-3 means west."""
    assert "Etc" not in (zone_problem("GMT-3") or "")


def test_only_the_token_is_secret() -> None:
    assert [path for path, rule in rules(make_config()).items() if rule.secret] == ["connection_details.token"]


def test_what_shapes_records_is_marked_so() -> None:
    shaping = {path for path, rule in rules(make_config()).items() if rule.shapes}
    assert {"data_source.time_zone", "metadata.transaction_id_field", "metadata.transaction_platform"} <= shaping
    assert {f"wire.{name}" for name in ("id_key", "date_key", "answers_key", "imported_statuses")} <= shaping
    assert not {"connection_details.token", "data_source.surveys", "wire.page_size", "wire.total_key"} & shaping


def test_every_setting_of_the_wire_says_how_sure_it_is() -> None:
    unmarked = {name for name, rule in rules(Wire()).items() if not re.search(r"\b(ASSUMED|DOC|CLIENT)\b", rule.doc)}
    assert unmarked == set()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("customer.email", "contact"),
        ("metadata.E-mail", "contact"),
        ("customer.Telefone", "contact"),
        ("customer.name", "author"),
        ("answers.answer.comment", "text"),
        ("answers.answer.response", "text"),
        ("answers.comment", "text"),
        ("answers.response", "text"),
        ("name", None),
        ("metadata.produto", None),
        ("interaction.channel", None),
    ],
)
def test_personal_data_is_declared(path: str, kind: str) -> None:
    assert matcher(trackco_cxm.describe().personal)(path) == kind


def test_the_hooks_read_a_survey_from_end_to_end(connect: Connect) -> None:
    fake, settings = FakeCxm([make_survey("A")], {"A": make_answers(3)}), make_config()
    http = connect(fake)
    [partition] = trackco_cxm.partitions(settings, http)
    assert isinstance(partition, Partition)
    mapper = trackco_cxm.map(partition, settings, "trackco_cxm:")
    window = Window(None, http.clock.now())
    pages = trackco_cxm.extract(partition, window, None, settings, http)
    records = [mapper(raw) for page in pages for raw in page.records]
    assert [record.id for record in records] == [f"trackco_cxm:a-{number:06}" for number in range(3)]


def test_requests_are_limited_only_where_the_configuration_says_so() -> None:
    """No rate limit is published."""
    assert endpoint(make_config()).budget is None
    limited = evolve(make_config(), budget=RequestBudget(requests=600))
    assert endpoint(limited).budget == Budget(600, 60, exhausted=None)
