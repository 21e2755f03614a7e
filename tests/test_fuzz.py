"""Input that nobody foresaw, wherever it comes in: a clear line or a counted reject, and never a traceback."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from attrs import frozen
from hypothesis import example, given, reject, settings
from hypothesis import strategies as st

from connector_core import ConfigError, Endpoint, Page, Partition, Reject, Skip, Window, plugins
from connector_core.arguments import run_parser
from connector_core.cassette import rerun
from connector_core.config import Settings, load, read_document
from connector_core.errors import ConnectorError, TargetError
from connector_core.http import HttpClient
from connector_core.httptext import http_date, retry_after
from connector_core.job import PLUGIN, Job
from connector_core.jsontext import decode, encode
from connector_core.mapping import Keeping, Mapped, map_page
from connector_core.model import Feedback, Json
from connector_core.plan import Options, plan
from connector_core.plugins import Source
from connector_core.privacy import protector, raw_protector
from connector_core.record import record_of
from connector_core.run import run
from connector_core.sink import History, Memory, Place, Portion
from tests.fakes import START, Scripted, Waiting, answer, hour, row
from trackco_cxm.config import Config as CxmConfig
from trackco_nps.config import Config as NpsConfig

HERE = Path(__file__).parent
CONFIGS: dict[str, Any] = {"trackco_cxm": CxmConfig, "trackco_nps": NpsConfig}
UUID = "11111111-2222-4333-8444-555555555555"
DOCUMENTS: dict[str, dict[str, Any]] = {
    "trackco_cxm": {
        "connection_details": {"token": "0123456789abcdef", "track_api": "cxm", "base_url": "https://api.example"},
        "data_source": {"organization_id": UUID, "surveys": ["AbC"], "time_zone": "America/Sao_Paulo"},
        "metadata": {"transaction_id_field": "ticket_id", "transaction_platform": "Zendesk"},
        "privacy": {"contact_data": "hash", "hash_key": "0123456789abcdef"},
        "wire": {"page_size": 10, "imported_statuses": [3]},
    },
    "trackco_nps": {
        "connection_details": {"token": "0123456789abcdef", "track_api": "nps"},
        "data_source": {"campaigns": [1, 2]},
        "wrappers": [],
    },
}

TEXTS = st.text(st.characters(), max_size=20) | st.sampled_from([
    "", " ", "\x00", "\ud800", "\u202e", "5", "-1", "1e999", "NaN", "2018-11-04 00:00:00", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "253402300799", '{"pt-br":"Pre\u00e7o"}', '{"pt-br":', "${NOBODY}", "file:/nowhere",
    "x" * 10_000, "https://[", "http://h:99999", "%", "..", "a@b.example",
])  # fmt: skip
NUMBERS = st.integers() | st.floats() | st.sampled_from([0, -1, 2**63, 10**30, -(10**15), 253402300800, 1e308])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)


def places_of(value: Any) -> list[tuple[Any, Any]]:
    """Each container in a value with each of its keys or positions."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in [(value, key), *places_of(value[key])]]


@st.composite
def mutated(draw: st.DrawFn, value: Any, values: st.SearchStrategy[Any] = VALUES) -> Any:
    """A value that is wrong in one to four places, and has its form elsewhere."""
    whole = [json.loads(json.dumps(value))]
    for _ in range(draw(st.integers(1, 4))):
        there = places_of(whole)
        inside, key = there[draw(st.integers(0, len(there) - 1))]
        match draw(st.sampled_from(["replace", "remove", "wrap", "repeat", "rename", "text"])):
            case "replace":
                inside[key] = draw(values)
            case "remove" if inside is not whole:
                del inside[key]
            case "wrap":
                inside[key] = draw(st.sampled_from([[inside[key]], {"value": inside[key]}]))
            case "repeat" if isinstance(inside, list) and inside is not whole:
                inside.insert(key, inside[key])
            case "rename" if isinstance(inside, dict):
                inside[draw(TEXTS)] = inside.pop(key)
            case _:
                inside[key] = str(inside[key])
    return whole[0]


def refused_clearly(error: ConnectorError) -> None:
    """An error is of a kind, and every line of it says something; none is told twice."""
    lines = str(error).splitlines()
    assert lines
    assert all(line.strip() for line in lines)
    assert error.kind != "bug"


def configured(plugin: str, content: bytes, name: str) -> Settings | None:
    """The settings in a file of these bytes, or None where it is refused."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            return load(read_document(str(path)), CONFIGS[plugin])
        except ConfigError as error:
            refused_clearly(error)
    return None


TOML_LIKE = st.lists(
    st.sampled_from([*'[]{}=,.#"\n\t -+:0123456789TZabcinf_\\', '"""', "'''", "[[", "]]", "\ufeff", "1979-05-27"])
).map("".join)


@pytest.mark.parametrize("plugin", CONFIGS)
@given(content=st.binary() | TOML_LIKE.map(str.encode), name=st.sampled_from(["c.json", "c.toml"]))
def test_any_bytes_are_a_configuration_or_are_refused(plugin: str, content: bytes, name: str) -> None:
    configured(plugin, content, name)


@pytest.mark.parametrize("plugin", CONFIGS)
@given(data=st.data())
def test_a_configuration_that_is_wrong_somewhere_is_settings_that_work_or_is_refused(
    plugin: str, data: st.DataObject
) -> None:
    """What loads can be fingerprinted, its secrets are known, and a client can be made of it or says why not."""
    content = json.dumps(data.draw(mutated(DOCUMENTS[plugin]))).encode()
    loaded = configured(plugin, content, "c.json")
    if loaded is None:
        return
    loaded.fingerprint(1)
    assert all(isinstance(secret, str) for secret in loaded.secrets())
    try:
        endpoint = plugins.load_source(plugin).description.endpoint(loaded.plugin)
        HttpClient(endpoint, Waiting().clock(), 1, Scripted(lambda _: answer())).close()
    except ConfigError as error:
        refused_clearly(error)


PAIRS = {path: json.loads(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("pairs/*/*.json"))}
SIMULATED = sorted(HERE.glob("cassettes/trackco_*/*.yaml"))


@frozen
class Mapping:
    """A mapper as a run has it, with the host's privacy around it, and what it maps."""

    source: Source
    mapper: Callable[[Json], Any]
    keeping: Keeping
    raw: Any


@cache
def mapping_of(path: Path) -> Mapping:
    plugin, pair = path.parent.name, PAIRS[path]
    given_settings = pair.get("config", {})
    document = {"connection_details": {"token": "t"}, "metadata": given_settings.get("metadata", {})}
    ours = {"organization_id": UUID} if plugin == "trackco_cxm" else {}
    document["data_source"] = ours | given_settings.get("data_source", {})
    source = plugins.load_source(plugin)
    loaded = load(document, CONFIGS[plugin])
    definition = pair["survey"] if "survey" in pair else pair["campaign"]
    partition = Partition(str(definition.get("public_hash", definition.get("code"))), "A", definition)
    rules = (source.description.personal, loaded.host.privacy)
    keeping = Keeping(protector(*rules), raw_protector(*rules), START)
    return Mapping(source, source.map(partition, loaded.plugin, f"{plugin}:"), keeping, pair["raw"])


def received(value: Any) -> Json:
    """A raw record as it comes out of a body, which holds neither lone surrogates nor numbers out of range."""
    try:
        return decode(json.dumps(value).encode())
    except ValueError:
        reject()  # no body can hold it


def stored(mapped: Mapped) -> None:
    """Put a page into a database in memory, as a run does."""
    with closing(plugins.open_sink("sqlite:///:memory:", "fuzz", None)) as sink:
        sink.write([Portion("p", mapped.rows, mapped.refused, mapped.skips)])


@settings(max_examples=200)
@given(data=st.data())
@pytest.mark.parametrize("plugin", CONFIGS)
def test_any_record_is_loaded_skipped_or_rejected_with_a_reason(plugin: str, data: st.DataObject) -> None:
    paths = [path for path in PAIRS if path.parent.name == plugin]
    mapping = mapping_of(data.draw(st.sampled_from(paths)))
    raw = received(data.draw(mutated(mapping.raw)))
    outcome = mapping.mapper(raw)
    assert isinstance(outcome, Feedback | Skip | Reject)
    if isinstance(outcome, Feedback):
        assert decode(encode(record_of(outcome)))["id"] == outcome.id
    whole = Window(None, datetime.max.replace(tzinfo=UTC))
    mapped = map_page(Page([raw]), mapping.mapper, whole, mapping.keeping)
    assert "map.bug" not in {refused.reason for refused in mapped.refused}
    stored(mapped)


@pytest.mark.parametrize("plugin", CONFIGS)
@given(raw=VALUES)
def test_what_is_no_record_at_all_is_rejected(plugin: str, raw: Any) -> None:
    mapping = mapping_of(next(path for path in PAIRS if path.parent.name == plugin))
    assert isinstance(mapping.mapper(received(raw)), Skip | Reject)


RECORDED: dict[str, dict[str, Any]] = {
    "trackco_cxm": {"organization_id": "00000000-0000-4000-8000-00000000000c", "time_zone": "America/Sao_Paulo"},
    "trackco_nps": {},
}


def replayed(plugin: str, path: Path) -> None:
    """Import from a recording into a database in memory; whatever it holds, nothing ends in a bug."""
    source = plugins.load_source(plugin)
    document = {"connection_details": {"token": "recorded-without-a-token"}, "data_source": RECORDED[plugin]}
    config = load(document, CONFIGS[plugin]).plugin
    try:
        world = rerun.replay(str(path), plugin, Options(threads=1), [])
    except ConfigError as error:
        refused_clearly(error)
        return
    with (
        closing(HttpClient(source.description.endpoint(config), world.clock, 1, world.transport)) as http,
        closing(plugins.open_sink("sqlite:///:memory:", plugin, None)) as sink,
    ):
        job = Job(
            source=source, config=config, http=http, sink=sink, connection=plugin, target="memory",
            fingerprint={PLUGIN: plugin}, clock=world.clock, write=encode, history=world.history,
        )  # fmt: skip
        summary = run(job, world.options)
        world.finish(summary, world.history or sink.history())
        for failure in [*filter(None, [summary.error]), *summary.failed.values()]:
            refused_clearly(failure)
        assert "map.bug" not in summary.total.rejected_by


def written_by_the_simulator(plugin: str, name: str) -> Any:
    """A small recording of a simulated account, as YAML holds it."""
    text = (HERE / "cassettes" / plugin / f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader


SMALL = {"trackco_cxm": "golden", "trackco_nps": "incremental"}


@pytest.mark.parametrize("plugin", SMALL)
def test_the_recordings_that_are_spoiled_here_are_good(plugin: str) -> None:
    replayed(plugin, HERE / "cassettes" / plugin / f"{SMALL[plugin]}.yaml")


@pytest.mark.parametrize("plugin", SMALL)
@settings(max_examples=50)
@given(data=st.data())
def test_a_recording_that_is_wrong_somewhere_is_imported_or_refused(plugin: str, data: st.DataObject) -> None:
    whole = written_by_the_simulator(plugin, SMALL[plugin])
    for interaction in whole["interactions"][2:]:
        interaction["response"]["body"]["string"] = "[]"  # so that most of what is wrong is not in the records
    spoiled = data.draw(mutated(whole))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "c.yaml"
        path.write_bytes(yaml.safe_dump(spoiled, allow_unicode=True).encode("utf-8", "surrogatepass"))
        replayed(plugin, path)


@pytest.mark.parametrize("plugin", SMALL)
@settings(max_examples=50)
@given(data=st.data())
def test_a_body_that_is_wrong_somewhere_is_imported_or_refused(plugin: str, data: st.DataObject) -> None:
    """The shipped extract and mapper on the simulator's own bodies: lists, surveys, counts and records."""
    whole = written_by_the_simulator(plugin, SMALL[plugin])
    response = data.draw(st.sampled_from(whole["interactions"]))["response"]
    body = json.loads(response["body"]["string"])
    small = body[:3] if isinstance(body, list) else body
    response["body"]["string"] = json.dumps(data.draw(mutated(small)))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "c.yaml"
        path.write_text(yaml.safe_dump(whole), encoding="utf-8")
        replayed(plugin, path)


@given(st.binary())
def test_any_bytes_are_a_recording_or_are_refused(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "c.yaml"
        path.write_bytes(content)
        with pytest.raises(ConfigError) as caught:
            rerun.replay(str(path), "trackco_cxm", Options(), [])
        refused_clearly(caught.value)


KEPT = st.none() | st.text() | st.integers() | st.floats(allow_nan=False) | st.binary() | VALUES.map(json.dumps)
"""What somebody else may have written into a column of a journal."""
INSTANTS = st.sampled_from(["2024-01-01T00:00:00Z", "2024-01-01T00:00:00", "9999-12-31T23:59:59-14:00"]) | KEPT


def journal_file(folder: Path) -> str:
    """A target that one run has written."""
    path = str(folder / "f.db")
    with closing(plugins.open_sink(f"sqlite:///{path}", "fuzz", None)) as sink:
        sink.remember(Memory(START, {"plugin": "x"}, restart=False))
        sink.write([Portion("p", [row("fuzz:1")], place=Place(hour(1), Window(START, hour(2)), {"page": 2}))])
    return path


@given(cursor=VALUES)
def test_any_cursor_comes_back_as_it_was(cursor: Any) -> None:
    given_cursor = received(cursor)
    with closing(plugins.open_sink("sqlite:///:memory:", "fuzz", None)) as sink:
        sink.write([Portion("p", place=Place(window=Window(None, hour(2)), cursor=given_cursor))])
        assert sink.history().places["p"].cursor == given_cursor


@given(
    column=st.sampled_from(["low_water", "high_water", "window_start", "window_end", "cursor"]),
    more=st.sampled_from(["begin", "fingerprint"]),
    values=st.tuples(INSTANTS, INSTANTS),
)
def test_whatever_a_journal_holds_is_a_history_that_can_be_planned_from_or_is_refused(
    column: str, more: str, values: tuple[Any, Any]
) -> None:
    with TemporaryDirectory() as folder:
        path = journal_file(Path(folder))
        with closing(sqlite3.connect(path)) as db, suppress(UnicodeEncodeError, OverflowError):
            db.execute(f"UPDATE connector_partition SET {column} = ?", values[:1])
            db.execute(f"UPDATE connector_connection SET {more} = ?", values[1:])
            db.commit()
        try:
            with closing(plugins.open_sink(f"sqlite:///{path}", "fuzz", None)) as sink:
                plan([Partition("p", "P")], sink.history(), Options(), hour(100))
        except TargetError as error:
            refused_clearly(error)


@pytest.mark.parametrize("plugin", CONFIGS)
@given(cursor=VALUES)
def test_any_cursor_that_a_plugin_did_not_write_ends_in_a_clear_line(plugin: str, cursor: Any) -> None:
    source = plugins.load_source(plugin)
    config = load(DOCUMENTS[plugin], CONFIGS[plugin]).plugin
    http = HttpClient(Endpoint("https://api.example"), Waiting().clock(), 1, Scripted(lambda _: answer(body=b"[]")))
    found = received(cursor)
    with suppress(ConnectorError):
        list(source.extract(Partition("p", "P", {}), Window(START, hour(48)), found, config, http))


OPTIONS = {"--since": "2024-07-01T12:00:00-03:00", "--until": "2024-07-01", "--lookback": "7d", "--max-rejects": "5%"}


@given(
    option=st.sampled_from(list(OPTIONS)),
    text=TEXTS
    | st.text("0123456789-:.+TZ% dhm\u0660", max_size=30)
    | st.from_regex(r"[0-9]{1,12}[dhm%]", fullmatch=True)
    | st.sampled_from(["0d", "999999d", "999999999999d", "100%", "101%"])
    | st.from_regex(r"[0-9]{4}-[0-1][0-9]-[0-3][0-9](T[0-2][0-9]:00[+-][0-2][0-9]:00)?", fullmatch=True),
)
@example(option="--lookback", text="999999999999d")
@example(option="--since", text="0001-01-01T00:00:00+14:00")
@example(option="--since", text="--")
def test_the_text_of_an_option_is_read_or_refused(option: str, text: str) -> None:
    try:
        chosen = run_parser().parse_args([f"{option}={text}"])
    except SystemExit:
        return
    options = Options(since=chosen.since, until=chosen.until, lookback=chosen.lookback, tolerance=chosen.max_rejects)
    history = History({"p": Place(hour(50))})
    assert all(task.window.end <= hour(100) for task in plan([Partition("p", "P")], history, options, hour(100)))


HEADERS = TEXTS | st.text("0123456789 :,GMTSunJan+-.", max_size=30) | st.datetimes().map(
    lambda at: at.strftime("%a, %d %b %Y %H:%M:%S GMT")
)  # fmt: skip


@given(HEADERS)
def test_a_wait_that_the_server_asks_for_is_a_number_of_seconds_or_none(text: str) -> None:
    wait = retry_after(text, START)
    assert wait is None or wait >= 0
    date = http_date(text)
    assert date is None or date.utcoffset() == timedelta(0)


HTTP_HEADERS = st.dictionaries(
    st.sampled_from(["Retry-After", "Date", "Content-Type", "Content-Encoding", "Location", "Set-Cookie"]),
    HEADERS.map(lambda text: text.encode("utf-8", "replace").decode("latin-1").replace("\n", " ").replace("\r", " ")),
)


@given(
    status=st.sampled_from([200, 201, 204, 301, 302, 304, 400, 401, 404, 405, 418, 429, 500, 503, 599, 700]),
    body=st.binary() | VALUES.map(lambda value: json.dumps(value).encode()),
    headers=HTTP_HEADERS,
)
def test_any_answer_is_decoded_or_ends_in_a_clear_line(status: int, body: bytes, headers: dict[str, str]) -> None:
    waiting = Waiting()
    endpoint = Endpoint("https://api.example", explain={401: "no"})
    given_headers = {name.replace("-", "_"): text for name, text in headers.items()}
    with closing(
        HttpClient(endpoint, waiting.clock(), 1, Scripted(lambda _: answer(status, body, **given_headers)))
    ) as http:
        try:
            encode(http.get("a").body)
        except ConnectorError as error:
            refused_clearly(error)
    assert all(0 <= wait <= 3600 for wait in waiting.waits)
