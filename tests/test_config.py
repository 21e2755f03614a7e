"""From a file to settings, and every way in which a file can be wrong: one line each, with its path and no value."""

import io
import json
import os
import sys
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
import structlog
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from connector_core import ConfigError, section, setting
from connector_core.config import Settings, load, load_target, read_document, warn_if_readable
from connector_core.settings import shape_of
from connector_core.structure import nearest
from trackco_cxm.config import Config as CxmConfig
from trackco_nps.config import Config as NpsConfig

UUID = "00000000-0000-4000-8000-000000000001"
CANARY = "canary-5d41402a"


def no_zone(name: str) -> str | None:
    """A check that JSON Schema cannot make."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return "must be an IANA time zone"
    return None


@frozen
class Connection:
    """How to reach it."""

    token: str = setting("A token.", secret=True, min_length=1)
    track_api: Literal["cxm", "nps"] = setting("The API.", default="cxm")
    retries: int = setting("How often.", default=3)
    verify: bool = setting("Whether to.", default=True)
    headers: dict[str, str] = setting("More of them.", default={}, secret=True)


@frozen
class Window:
    """A section of a section, with nothing that is required."""

    days: int = setting("How many.", default=7, shapes=True)


@frozen
class Data:
    """What to read."""

    organization_id: str = setting("An id.", pattern=r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", form="a UUID")
    surveys: tuple[str, ...] = setting("Some of them.", default=(), shapes=True)
    time_zone: str = setting("A zone.", default="UTC", check=no_zone, shapes=True)
    words: tuple[str, ...] = setting("At least two.", default=("a", "b"), min_length=2)
    code: str | None = setting("Letters.", default=None, pattern="[a-z]+")
    limits: dict[str, int] = setting("By name.", default={}, shapes=True)
    window: Window = section(Window)


@frozen
class Config:
    """Two sections, both required."""

    connection_details: Connection = section(Connection)
    data_source: Data = section(Data)


def document(connection: Any = None, data: Any = None, **more: Any) -> Any:
    """A document that is valid but for what is given."""
    return {
        "connection_details": {"token": "t"} | (connection or {}),
        "data_source": {"organization_id": UUID} | (data or {}),
        **more,
    }


def loaded(*parts: Any, **more: Any) -> Settings:
    return load(document(*parts, **more), Config)


def problems(given: Any, config: type = Config) -> list[str]:
    """What is wrong with a document, line by line."""
    with pytest.raises(ConfigError) as caught:
        load(given, config)
    return str(caught.value).split("\n")


def test_what_is_left_out_has_its_default() -> None:
    settings = loaded()
    assert settings.plugin == Config(connection_details=Connection(token="t"), data_source=Data(organization_id=UUID))
    assert settings.plugin.data_source.window == Window()
    assert settings.host.privacy.contact_data == "drop"
    assert settings.host.privacy.author_name == "keep"
    assert settings.host.wrappers == ()


def test_every_type_is_read_as_it_is() -> None:
    settings = loaded(
        {"retries": 5, "verify": False, "headers": {"X-A": "b"}, "track_api": "nps"},
        {
            "surveys": ["a", "a"],
            "time_zone": "America/Sao_Paulo",
            "code": "x",
            "limits": {"a": 1},
            "window": {"days": 2},
        },
        wrappers=["rules"],
    )
    assert settings.plugin.connection_details == Connection(
        token="t", retries=5, verify=False, headers={"X-A": "b"}, track_api="nps"
    )
    assert settings.plugin.data_source.surveys == ("a", "a")
    assert settings.plugin.data_source.limits == {"a": 1}
    assert settings.plugin.data_source.window.days == 2
    assert settings.host.wrappers == ("rules",)


def test_a_whole_number_may_be_written_with_a_point_and_a_setting_that_is_optional_as_null() -> None:
    """As in JSON Schema."""
    settings = loaded({"retries": 5.0}, {"code": None})
    assert (settings.plugin.connection_details.retries, type(settings.plugin.connection_details.retries)) == (5, int)
    assert settings.plugin.data_source.code is None


@pytest.mark.parametrize(
    ("connection", "data", "line"),
    [
        ({"tokne": 1}, {}, "connection_details.tokne: unknown setting (did you mean token?)"),
        ({"TOKEN": 1}, {}, "connection_details.TOKEN: unknown setting (did you mean token?)"),
        (
            {"x\ny": 1},
            {},
            'connection_details."x\\ny": unknown setting; there are headers, retries, token, track_api, verify',
        ),
        ({"token": 5}, {}, "connection_details.token: must be text, not a number"),
        ({"token": None}, {}, "connection_details.token: must be text, not null"),
        ({"token": [CANARY]}, {}, "connection_details.token: must be text, not a list"),
        ({"token": {CANARY: 1}}, {}, "connection_details.token: must be text, not an object"),
        ({"token": ""}, {}, "connection_details.token: must not be empty"),
        ({"token": "\ud800"}, {}, "connection_details.token: must be text, and holds bytes that are none"),
        ({"track_api": "cmx"}, {}, "connection_details.track_api: must be 'cxm' or 'nps' (did you mean cxm?)"),
        ({"track_api": CANARY}, {}, "connection_details.track_api: must be 'cxm' or 'nps'"),
        ({"track_api": 7}, {}, "connection_details.track_api: must be 'cxm' or 'nps', not a number"),
        ({"retries": 1.5}, {}, "connection_details.retries: must be a whole number, not a fraction"),
        ({"retries": True}, {}, "connection_details.retries: must be a whole number, not true or false"),
        ({"retries": "3"}, {}, "connection_details.retries: must be a whole number, not text"),
        ({"verify": 1}, {}, "connection_details.verify: must be true or false, not a number"),
        ({"headers": []}, {}, "connection_details.headers: must be an object, not a list"),
        ({"headers": {"a.b": 1}}, {}, 'connection_details.headers."a.b": must be text, not a number'),
        ({}, {"organization_id": CANARY}, "data_source.organization_id: must be a UUID"),
        ({}, {"organization_id": UUID + "\n"}, "data_source.organization_id: must be a UUID"),
        ({}, {"code": "A1"}, "data_source.code: must be of the form [a-z]+"),
        ({}, {"surveys": CANARY}, "data_source.surveys: must be a list, not text"),
        ({}, {"surveys": ["a", 1]}, "data_source.surveys[1]: must be text, not a number"),
        ({}, {"words": ["a"]}, "data_source.words: must hold at least 2 entries"),
        ({}, {"time_zone": CANARY}, "data_source.time_zone: must be an IANA time zone"),
        ({}, {"window": None}, "data_source.window: must be an object, not null"),
        ({}, {"window": {"day": 1}}, "data_source.window.day: unknown setting (did you mean days?)"),
    ],
)
def test_each_problem_is_one_line_with_the_path_and_what_was_wrong(connection: Any, data: Any, line: str) -> None:
    assert problems(document(connection, data)) == [line]


def test_what_is_required_is_named_even_where_its_whole_section_is_missing() -> None:
    assert problems({}) == ["connection_details.token: is required", "data_source.organization_id: is required"]


def test_several_problems_are_reported_together_in_the_order_of_their_paths() -> None:
    given = document({"token": 1, "verify": "yes"}, {"surveys": [1, "b", 2]}, privcy={}, wrappers=["a", "a"])
    assert problems(given) == [
        "connection_details.token: must be text, not a number",
        "connection_details.verify: must be true or false, not text",
        "data_source.surveys[0]: must be text, not a number",
        "data_source.surveys[2]: must be text, not a number",
        "privcy: unknown setting (did you mean privacy?)",
        "wrappers: must name each wrapper once",
    ]


def test_a_section_that_nobody_knows_is_told_from_those_there_are() -> None:
    assert problems(document(zzz={})) == [
        "zzz: unknown setting; there are connection_details, data_source, privacy, targets, wrappers"
    ]


@pytest.mark.parametrize(
    ("given", "kind"), [(None, "null"), ([], "a list"), ("x", "text"), (1, "a number"), (True, "true or false")]
)
def test_a_document_that_is_no_object_is_one_problem(given: Any, kind: str) -> None:
    assert problems(given) == [f"the configuration: must be an object, not {kind}"]


@pytest.mark.parametrize("fate", ["contact_data", "author_name"])
def test_a_key_is_required_where_something_is_hashed(fate: str) -> None:
    line = f"privacy.hash_key: is required where {fate} is hash"
    assert problems(document(privacy={fate: "hash"})) == [line]
    assert problems(document(privacy={fate: "hash", "hash_key": None})) == [line]
    assert problems(document(privacy={fate: "hash", "hash_key": "short"})) == [
        "privacy.hash_key: must hold at least 16 characters"
    ]
    assert problems(document({"token": 1}, privacy={fate: "hash"})) == [
        "connection_details.token: must be text, not a number", line
    ]  # fmt: skip
    assert loaded(privacy={fate: "hash", "hash_key": "k" * 16}).host.privacy.hash_key == "k" * 16


def test_a_text_may_name_its_value_wherever_it_stands() -> None:
    values = {"${TOKEN}": CANARY, "${API}": "nps", "${ORG}": UUID, "${ONE}": "1"}
    settings = load(
        document(
            {"token": "${TOKEN}", "track_api": "${API}", "headers": {"a": "${ONE}"}},
            {"organization_id": "${ORG}", "surveys": ["${ONE}"]},
        ),
        Config,
        look_up=lambda text: values.get(text, text),
    )
    assert settings.plugin.connection_details == Connection(token=CANARY, track_api="nps", headers={"a": "1"})
    assert settings.plugin.data_source == Data(organization_id=UUID, surveys=("1",))


def test_a_name_that_leads_nowhere_or_to_something_wrong_is_a_problem_of_its_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)
    monkeypatch.setenv("BLANK", "")
    monkeypatch.setenv("WRONG", CANARY)
    monkeypatch.setenv("BYTES", "\udcff")
    missing = tmp_path / "missing"
    given = document(
        {"token": "${NOT_SET}", "track_api": "${WRONG}", "headers": {"a": "${BYTES}"}, "retries": "${WRONG}"},
        {"organization_id": "${WRONG}", "surveys": [f"file:{missing}"]},
    )
    assert problems(given) == [
        "connection_details.headers.a: must be text, and holds bytes that are none",
        "connection_details.retries: must be a whole number, not text",
        "connection_details.token: the environment variable NOT_SET is not set",
        "connection_details.track_api: must be 'cxm' or 'nps'",
        "data_source.organization_id: must be a UUID",
        f"data_source.surveys[0]: the file '{missing}' cannot be read (FileNotFoundError)",
    ]
    assert problems(document({"token": "${BLANK}"})) == [
        "connection_details.token: must not be empty; what ${BLANK} names is empty"
    ]


def test_what_an_unknown_setting_names_is_not_even_looked_up() -> None:
    def refuse(text: str) -> str:
        raise AssertionError(text)

    with pytest.raises(ConfigError, match="unknown setting"):
        load({"unknown": "file:/dev/zero"}, Config, look_up=refuse)


@pytest.mark.parametrize("config", [CxmConfig, NpsConfig], ids=["cxm", "nps"])
def test_the_plugins_settings_are_refused_in_one_line_each(config: type) -> None:
    """The problems that a user of Track.co meets, all at once."""
    given = {
        "connection_details": {"token": "", "track_api": "xcm", "tokn": CANARY},
        "data_source": {"organization_id": CANARY, "campaigns": [CANARY], "surveys": CANARY, "time_zone": CANARY},
        "metdata": {},
    }
    found = dict(line.split(": ", 1) for line in problems(given, config))
    assert found["connection_details.tokn"] == "unknown setting (did you mean token?)"
    assert found["metdata"] == "unknown setting (did you mean metadata?)"
    assert found["data_source.time_zone"].startswith("must be an IANA time zone")
    assert {"connection_details.token", "connection_details.track_api"} <= found.keys()
    assert {"data_source.organization_id", "data_source.campaigns", "data_source.surveys"} & found.keys()
    assert CANARY not in "\n".join(problems(given, config))


WRONG: list[Any] = [CANARY, [CANARY], {"a": CANARY}, [[CANARY]], [{"a": CANARY}], {"days": CANARY}, f"${{{CANARY}}}"]


def test_no_message_holds_a_value() -> None:
    """Each wrong value in each place, with the paths of what it stands in."""
    complete = document(
        {"track_api": "cxm", "retries": 1, "verify": True, "headers": {"a": "b"}},
        {
            "surveys": ["a"],
            "time_zone": "UTC",
            "words": ["a", "b"],
            "code": "a",
            "limits": {"a": 1},
            "window": {"days": 1},
        },
        privacy={"contact_data": "drop", "author_name": "keep", "hash_key": None},
        wrappers=["a"],
    )
    for name, part in complete.items():
        for key in part if isinstance(part, dict) else ():
            for value in WRONG:
                said = outcome(complete | {name: part | {key: value}})
                assert CANARY not in said, (name, key, value)
        for value in WRONG:
            assert CANARY not in outcome(complete | {name: value}), (name, value)


def outcome(given: Any) -> str:
    """What comes of a document: the message, or nothing."""
    try:
        assert isinstance(load(given, Config), Settings)
    except ConfigError as error:
        return str(error)
    return ""


NAMES = st.sampled_from(
    [
        "connection_details",
        "data_source",
        "token",
        "organization_id",
        "privacy",
        "hash_key",
        "contact_data",
        "window",
        "days",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([UUID, "t", "hash"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | NAMES, inner, max_size=5),
    max_leaves=20,
)


@given(JSON | st.fixed_dictionaries({}, optional={"connection_details": JSON, "data_source": JSON, "privacy": JSON}))
def test_any_document_ends_in_settings_or_in_clear_lines(given: Any) -> None:
    for line in outcome(given).split("\n"):
        assert not line or (": " in line and line.isprintable()), line


def test_nested_deeply_is_a_problem_like_any_other() -> None:
    given: Any = "x"
    for _ in range(100_000):
        given = [given]
    assert problems(document({"token": given})) == ["connection_details.token: must be text, not a list"]


@pytest.mark.parametrize(
    ("name", "near"),
    [("tokn", "token"), ("TRACK-API", "track_api"), ("time zone", "time_zone"), ("zzzz", None), ("", None)],
)
def test_the_nearest_name_is_offered(name: str, near: str | None) -> None:
    assert nearest(name, {"token", "track_api", "time_zone"}) == (f" (did you mean {near}?)" if near else "")


def test_the_secrets_of_a_configuration_are_known_whatever_their_type() -> None:
    settings = loaded({"headers": {"a": "x-secret"}}, privacy={"contact_data": "hash", "hash_key": "k" * 16})
    assert set(settings.secrets()) == {"t", "x-secret", "k" * 16}
    assert "x-secret" not in repr(settings)
    assert "k" * 16 not in repr(settings)


def test_a_number_may_be_a_secret() -> None:
    @frozen
    class Config:
        pin: int = setting("What is typed.", secret=True)
        keys: dict[str, int] = setting("More.", secret=True, default={})

    settings = load({"pin": 48291734, "keys": {"a": 99887766}}, Config)
    assert set(settings.secrets()) == {"48291734", "99887766"}


def test_a_fingerprint_tells_which_setting_changed_and_gives_no_value_away() -> None:
    first = loaded({}, {"limits": {"a": 1, "b": 2}}).fingerprint(1)
    assert set(first) == {
        "data_source.limits", "data_source.surveys", "data_source.time_zone", "data_source.window.days",
        "mapping version of the plugin",
        "privacy.author_name", "privacy.contact_data", "privacy.hash_key", "wrappers",
    }  # fmt: skip
    assert all(len(digest) == 8 for digest in first.values())
    assert loaded({"retries": 9}, {"limits": {"b": 2, "a": 1}}).fingerprint(1) == first
    other = loaded({}, {"limits": {"a": 1, "b": 2}, "time_zone": "Europe/Rome"}).fingerprint(2)
    assert {path for path in first if first[path] != other[path]} == {
        "data_source.time_zone", "mapping version of the plugin"
    }  # fmt: skip


def test_settings_are_values() -> None:
    assert loaded() == loaded()
    assert evolve(loaded(), plugin=None) != loaded()


def test_a_class_may_be_declared_with_postponed_annotations() -> None:
    """As in a module that begins with `from __future__ import annotations`."""
    written: dict[str, Any] = {}
    exec(POSTPONED, written)  # noqa: S102 - a module of a plugin's author
    config = written["Config"]
    assert load({"part": {"size": 3}}, config).plugin.part.size == 3
    assert problems({"part": {"size": "x"}}, config) == ["part.size: must be a whole number, not text"]


POSTPONED = """
from __future__ import annotations
import sys
from attrs import frozen
from connector_core import section, setting
__name__ = "postponed"
sys.modules[__name__] = type(sys)(__name__)

@frozen
class Part:
    size: int | None = setting("A size.", default=None)
sys.modules[__name__].Part = Part

@frozen
class Config:
    part: Part = section(Part)
"""


@pytest.mark.parametrize("declared", [float, list[str], str | int, str | int | None, object])
def test_a_setting_of_a_type_that_cannot_be_written_down_is_a_mistake_of_its_author(declared: Any) -> None:
    with pytest.raises(TypeError, match="no setting can be of type"):
        shape_of(declared)


def write(tmp_path: Path, name: str, text: str | bytes) -> str:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


TOML = """
[connection_details]
token = "t"  # a comment

[data_source]
organization_id = "00000000-0000-4000-8000-000000000001"
"""


def test_json_and_toml_say_the_same(tmp_path: Path) -> None:
    body = json.dumps(document())
    places = [
        write(tmp_path, "a.json", body),
        write(tmp_path, "with-mark.json", b"\xef\xbb\xbf" + body.encode()),
        write(tmp_path, "no-ending", body),
        write(tmp_path, "a.toml", TOML),
        write(tmp_path, "b.TOML", TOML.replace("\n", "\r\n")),
    ]
    assert [read_document(place) for place in places] == [document()] * 5


@pytest.mark.parametrize("text", ["\n" + json.dumps(document()), TOML, "\ufeff" + json.dumps(document())])
def test_standard_input_may_be_either(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), encoding="ascii"))
    assert read_document("-") == document()


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        (
            "a.json",
            "{",
            "cannot be read as JSON: Expecting property name enclosed in double quotes",
        ),
        ("a.json", '{"a": 1, "a": 2}', 'cannot be read as JSON: the key "a" stands twice'),
        ("a.json", '{"a": {"b\\n": 1, "b\\n": 2}}', 'cannot be read as JSON: the key "b\\n" stands twice'),
        ("a.json", "[" * 100_000, "cannot be read as JSON: it is nested too deeply"),
        ("a.json", "1" * 5000, "cannot be read as JSON: Exceeds the limit"),
        ("a.json", b"\xff", "cannot be read (UnicodeDecodeError)"),
        ("a.toml", "a = " + "[" * 100_000, "cannot be read as TOML: it is nested too deeply"),
        (
            "a.toml",
            "[a\n",
            "cannot be read as TOML: Expected ']' at the end of a table declaration (at line 1",
        ),
        ("a.toml", "a = 1\na = 2", "cannot be read as TOML: Cannot overwrite a value"),
        ("a.toml", f"{CANARY} = {CANARY}", "cannot be read as TOML: Invalid value (at line 1, column 19)"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(name: str, text: str | bytes, line: str, tmp_path: Path) -> None:
    place = write(tmp_path, name, text)
    with pytest.raises(ConfigError) as caught:
        read_document(place)
    assert str(caught.value).startswith(f"--config {place}: {line}")
    assert "\n" not in str(caught.value)
    assert CANARY not in str(caught.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^--config nowhere\.json: cannot be read \(FileNotFoundError\)$"):
        read_document("nowhere.json")
    with pytest.raises(ConfigError, match=r"cannot be read \(IsADirectoryError\)$"):
        read_document(str(tmp_path))


def test_bad_standard_input_is_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"a"')))
    with pytest.raises(ConfigError, match=r"^standard input: cannot be read as JSON: "):
        read_document("-")


def test_a_date_of_toml_and_a_number_that_is_none_are_no_text(tmp_path: Path) -> None:
    place = write(tmp_path, "a.toml", "a = 2024-07-01\nb = 10:30:00\nc = 2024-07-01T10:30:00Z\nd = nan\ne = inf")
    read = read_document(place)
    for name in "abc":
        assert problems(document({"token": read[name]})) == [
            "connection_details.token: must be text, not a date or time"
        ]
    for name in "de":
        assert problems(document({"retries": read[name]})) == [
            "connection_details.retries: must be a whole number, not a fraction"
        ]


def said_of(path: str, given: Any) -> list[Any]:
    """What is logged about a configuration file that holds a document."""
    settings = load(given, Config, look_up=lambda text: text)
    structlog.reset_defaults()
    with structlog.testing.capture_logs() as events:
        warn_if_readable(path, given, settings.all())
    return events


@pytest.mark.skipif(os.name != "posix", reason="modes mean something else there")
def test_a_file_that_others_can_read_and_that_holds_a_secret_gets_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.touch()
    given = document({"token": CANARY, "headers": {"X": "${NAME}", "Y": CANARY}})
    for mode in (0o644, 0o640, 0o604, 0o666):
        path.chmod(mode)
        [event] = said_of(str(path), given)
        assert (event["event"], event["log_level"], event["path"]) == ("config.readable", "warning", str(path))
        assert event["holds"] == ["connection_details.token", "connection_details.headers"]
        assert f"chmod 600 {path}" in event["advice"]
        assert CANARY not in str(event)


@pytest.mark.parametrize("token", ["${TOKEN}", "file:/run/secrets/token", "keyring:track/token"])
def test_a_file_that_names_its_secrets_may_be_read_by_all(token: str, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.touch()
    path.chmod(0o644)  # whatever the umask is
    assert said_of(str(path), document({"token": token, "headers": {"X": token}})) == []
    assert [event["holds"] for event in said_of(str(path), document({"token": token, "headers": {"X": "y"}}))] == [
        ["connection_details.headers"]
    ]


def test_a_file_of_ones_own_and_what_is_no_file_get_no_warning(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.touch()
    path.chmod(0o600)
    assert said_of(str(path), document()) == []
    assert said_of("-", document()) == []
    assert said_of(os.devnull, document()) == []


# --- load plugins


@frozen
class Shop:
    """The settings of a load plugin."""

    key: str = setting("What lets us in.", secret=True)
    names: str = setting("What records are called.", default="plain", shapes=True)


def test_settings_of_load_plugins_are_read_when_their_target_is_opened() -> None:
    """Of a plugin that is not used, which may not be installed, nothing is known, and nothing refused."""
    account = {"connection_details": {"token": "t"}, "data_source": {"organization_id": UUID}}
    document = account | {"targets": {"shop": {"zzz": 1}, "other": {}}}
    load(document, Config)
    with pytest.raises(ConfigError) as refused:
        load_target(document, "shop", Shop)
    assert str(refused.value).splitlines() == [
        "targets.shop.key: is required",
        "targets.shop.zzz: unknown setting; there are key, names",
    ]
    assert load_target({"targets": {"shop": {"key": "k"}}}, "shop", Shop) == Shop(key="k")
    with pytest.raises(ConfigError, match=r"targets\.shop\.key: is required"):
        load_target({}, "shop", Shop)


@pytest.mark.parametrize(("targets", "path"), [([], "targets"), (None, "targets"), ({"a": 1}, "targets.a")])
def test_what_stands_in_their_place_must_be_an_object(targets: Any, path: str) -> None:
    with pytest.raises(ConfigError, match=f"^{path}: must be an object, not "):
        load(
            {"connection_details": {"token": "t"}, "data_source": {"organization_id": UUID}, "targets": targets}, Config
        )
