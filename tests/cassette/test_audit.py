"""An audit names what should not be in a recording, by its place and never by its value; what was scrubbed passes."""

import json
import os
import subprocess
import sys
import sysconfig
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from connector_core.cassette import RecordingAdapter, Scrub, Session, load
from connector_core.cassette.audit import Audit
from connector_core.cassette.detect import is_secret_by_name
from connector_core.cassette.fields import Fields
from connector_core.cassette.scrub import LEFT_OUT
from connector_core.model import Personal
from connector_core.tending import connector_command
from tests.cassette.fakes import Answer, Canned, record, session_on

ROOT = Path(__file__).parent.parent.parent
COMMAND = str(Path(sysconfig.get_path("scripts")) / "connector")
URL = "https://api.acme.com/v1/votes"
NOW = Session("acme_survey", datetime.now(UTC))
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def audited(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `connector cassette audit`: exit code, output, errors."""

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            connector_command(["cassette", "audit", *map(str, arguments)])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


def saved(path: Path, *interactions: dict[str, Any], session: dict[str, Any] | None = None) -> Path:
    """A cassette as another tool may have written it: each interaction over an innocent one."""
    whole = []
    for one in interactions:
        request = {"method": "GET", "uri": URL, "body": None, "headers": {}} | one.get("request", {})
        answer = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "{}"}}
        whole.append({"request": request, "response": answer | one.get("response", {})})
    content: dict[str, Any] = {"version": 1, "interactions": whole}
    content |= {"connector_core": session} if session else {}
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def found(path: Path, personal: dict[str, Personal] | None = None, *, made_up: bool = False) -> list[tuple[str, str]]:
    audit = Audit(Fields.of(personal or {}), made_up)
    return [(finding.where, finding.what) for finding in audit.recording(load(path))]


def body(value: Any) -> dict[str, Any]:
    return {"response": {"body": {"string": value if isinstance(value, str | bytes) else json.dumps(value)}}}


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"


@pytest.mark.parametrize(
    ("interaction", "where", "what"),
    [
        ({"request": {"uri": f"{URL}?token=abcd1234&page=2"}}, "request.uri parameter token", "a secret"),
        ({"request": {"uri": f"{URL}?key=abcdefgh12345678"}}, "request.uri parameter key", "a secret"),
        ({"request": {"uri": f"{URL}?email=a%40acme.com"}}, "request.uri parameter email", "contact data"),
        (
            {"request": {"uri": f"{URL}?a%40b.com=1&phone=11912345678"}},
            "request.uri parameter phone",
            "contact data",
        ),
        ({"request": {"uri": f"{URL}/a%40acme.com/x"}}, "request.uri path", "contact data"),
        ({"request": {"uri": "https://me:pw@h.example/"}}, "request.uri", "a URL with user and password"),
        ({"request": {"headers": {"Authorization": ["x"]}}}, "request.header Authorization", "a secret"),
        ({"request": {"headers": {"X-Api-Key": ["x"]}}}, "request.header X-Api-Key", "a secret"),
        ({"request": {"headers": {"X-Own": ["Bearer abcdefgh1"]}}}, "request.header X-Own", "an authorization"),
        ({"request": {"body": '{"password": "hunter2"}'}}, "request.body password", "a secret"),
        ({"response": {"headers": {"Set-Cookie": ["a=b"]}}}, "response.header Set-Cookie", "a secret"),
        (
            {"response": {"headers": {"Location": ["/a?token=abcd1234"]}}},
            "response.header Location parameter token",
            "a secret",
        ),
        (
            {"response": {"headers": {"Location": ["https://[a@acme.com"]}}},
            "response.header Location",
            "contact data",
        ),
        (
            {"response": {"headers": {"Link": ['</a?to=a@acme.com>; rel="next"']}}},
            "response.header Link parameter to",
            "contact data",
        ),
        (
            body({"data": [{}, {"customer": {"email": "a@acme.com"}}]}),
            "response.body data[1].customer.email",
            "contact data",
        ),
        (body({"tags": [{"name": "CPF", "value": "x1"}]}), "response.body tags[0].value", "contact data"),
        (body({"customer": "Maria Silva"}), "response.body customer", "a name"),
        (body({"comment": "Ruim"}), "response.body comment", "free text"),
        (body({"x": "O atendimento foi ruim"}), "response.body x", "free text"),
        (body({"x": ["call +55 11 91234-5678"]}), "response.body x[0]", "contact data"),
        (body({"x": '{"email": "a@acme.com"}'}), "response.body x.email", "contact data"),
        (body({"x": "[sic] a@acme.com"}), "response.body x", "contact data"),
        (body({"a@acme.com": 1}), "response.body *** (the name)", "contact data"),
        (body({"next": f"{URL}?token=abcd1234"}), "response.body next parameter token", "a secret"),
        (body({"jot": JWT}), "response.body jot", "a JSON web token"),
        (body({"phone": 11912345678}), "response.body phone", "contact data"),
        (body("O atendimento foi ruim"), "response.body", "free text"),
        (body(b"\xff\xfe a@acme.com"), "response.body", "contact data"),
    ],
)
def test_what_should_not_be_there_is_named_by_its_place(
    tmp_path: Path, interaction: dict[str, Any], where: str, what: str
) -> None:
    path = saved(tmp_path / "c.yaml", {}, interaction)
    assert (f"interactions[1].{where}", what) in found(path)


@pytest.mark.parametrize(
    "interaction",
    [
        {"request": {"uri": f"{URL}?token=REDACTED&page_token=abcd1234&key=title&since=2024-07-01&a=%5B"}},
        {"request": {"headers": {"Authorization": ["REDACTED"], "Accept": ["*/*"]}}},
        body({"id": "5d0c2c1e-0000-4000-8000-000000000000", "sha": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}),
        body({"user": {"id": 7}, "email": None, "n": 11144477735, "at": 1757002119, "ok": True, "rate": 9.5}),
        body({"email": "a@example.com", "name": "Fulana Exemplo", "token": "REDACTED", "phone": 5500000000000}),
        body(LEFT_OUT),
        {},
    ],
)
def test_what_is_innocent_passes(tmp_path: Path, interaction: dict[str, Any]) -> None:
    assert found(saved(tmp_path / "c.yaml", interaction)) == []


def test_what_is_nested_without_end_is_named_too(tmp_path: Path) -> None:
    """JSON in a text in JSON, again and again."""
    text = "x"
    for _ in range(12):
        text = "[" * 200 + json.dumps(text) + "]" * 200
    path = saved(tmp_path / "c.yaml", body(text))
    assert found(path)[-1] == ("interactions[0].response.body", "what is nested too deeply to be looked through")
    assert found(saved(tmp_path / "d.yaml", body(Scrub().body(text.encode())))) == []


def test_one_record_that_is_nested_too_deeply_costs_a_recording_no_other() -> None:
    page = [{"id": 1}, {"id": 2, "odd": json.loads("[" * 600 + '"a@acme.com"' + "]" * 600)}]
    sys.setrecursionlimit(10_000)
    try:
        written = json.dumps(page).encode()
    finally:
        sys.setrecursionlimit(1_000)
    first, second = json.loads(Scrub().body(written))
    assert (first, second["id"]) == ({"id": 1}, 2)
    assert "acme" not in str(second)


UNSEEN: list[tuple[Any, str, str]] = [
    (b"grant_type=client_credentials&client_secret=Zk39vQpl2", " parameter client_secret", "a secret"),
    (b"email=maria%40acme.com.br&x=1", " parameter email", "contact data"),
    ({"url": "https://a.test/cb#access_token=Zk39vQpl2"}, " url fragment parameter access_token", "a secret"),
    ({"url": "https://a.test/#/u/maria@acme.com.br"}, " url fragment", "contact data"),
    ({"password": 48291734}, " password", "a secret"),
    ({"tokens": ["Zk39vQpl2"]}, " tokens", "a secret"),
    ({"credentials": {"value": "Zk39vQpl2Zk39vQpl2"}}, " credentials", "a secret"),
    ({"x": {"name": "api_token", "value": "Zk39vQpl2"}}, " x.value", "a secret"),
    ({"page_access_token": "Zk39vQpl2"}, " page_access_token", "a secret"),
    ({"sync_secret": "Zk39vQpl2"}, " sync_secret", "a secret"),
    ({"x": "Ver https://a.test/?email=maria%40acme.com.br"}, " x", "contact data"),
    (bytes([0x78, 0x9C, 0xFF, 0xFE, 0x01]), "", "what is no text, and cannot be looked through"),
]
"""What secrets and addresses stand in besides texts of their own."""


@pytest.mark.parametrize(("content", "where", "what"), UNSEEN)
def test_what_is_written_otherwise_is_seen_too(content: Any, where: str, what: str, tmp_path: Path) -> None:
    place = f"interactions[0].response.body {where.lstrip()}".rstrip()
    assert (place, what) in found(saved(tmp_path / "c.yaml", body(content)))


@pytest.mark.parametrize(
    "harmless", [{"next_page_token": "Zk39vQpl2"}, {"total_tokens": 48291734}, {"url": "https://a.test/#top"}, b"a=b"]
)
def test_what_only_looks_so_is_none(harmless: Any, tmp_path: Path) -> None:
    assert found(saved(tmp_path / "c.yaml", body(harmless))) == []


def test_the_text_of_a_link_header_is_looked_at(tmp_path: Path) -> None:
    one = {"response": {"headers": {"Link": ['<https://a.test/2>; rel="next"; title="maria@acme.com.br"']}}}
    assert found(saved(tmp_path / "c.yaml", one)) == [("interactions[0].response.header Link", "contact data")]


def test_raw_deflate_is_unpacked(tmp_path: Path) -> None:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    one = body(packing.compress(b'{"email": "maria@acme.com.br"}') + packing.flush())
    one["response"]["headers"] = {"Content-Encoding": ["deflate"]}
    assert found(saved(tmp_path / "c.yaml", one)) == [("interactions[0].response.body email", "contact data")]


def test_the_declaration_of_the_source_counts(tmp_path: Path) -> None:
    path = saved(tmp_path / "c.yaml", body({"who": "Maria", "title": "O que podemos melhorar aqui?"}))
    assert found(path) == [("interactions[0].response.body title", "free text")]
    assert found(path, {"who": "author", "title": "public"}) == [("interactions[0].response.body who", "a name")]


def test_of_a_made_up_account_names_and_texts_are_nobodys(tmp_path: Path) -> None:
    """Everything else is judged, in those texts too."""
    names = {"name": "Maria Silva", "comment": "Ruim", "x": "O atendimento foi ruim"}
    path = saved(tmp_path / "c.yaml", body(names | {"note": "call 11 91234-5678", "email": "a@acme.com"}))
    where = [f"interactions[0].response.body {name}" for name in ("note", "email")]
    assert found(path, made_up=True) == [(each, "contact data") for each in where]


def test_options_and_cursors_are_looked_at(tmp_path: Path) -> None:
    cursors = {"p1": {"cursor": ["a@acme.com"]}, "p2": 5}
    session = {"plugin": "acme", "clock": "2024-07-02T00:00:00Z", "options": {"x": JWT}, "cursors": cursors}
    assert found(saved(tmp_path / "c.yaml", session=session)) == [
        ("connector_core.options x", "a JSON web token"),
        ("connector_core.cursors p1.cursor[0]", "contact data"),
    ]


NAMES = st.sampled_from(
    [
        "email",
        "phone",
        "customer",
        "name",
        "comment",
        "x",
        "data",
        "title",
        "value",
        "E-mail",
        "CPF",
        "birth_date",
        "key",
    ]
) | st.text(max_size=6).filter(lambda name: not is_secret_by_name(name, "abcd"))
VALUES = st.sampled_from([
    "a@acme.com", "+55 11 91234-5678", "11912345678", "111.444.777-35", "11222333000181", "1980-01-02", "Maria Silva",
    "O atendimento foi ruim", "Ruim", "https://h.example/a?email=b@acme.com&x=1", "/a/b@acme.com?name=Maria", "cus_123",
    '{"email": "c@acme.com"}', "[1] d@acme.com", 11912345678, 5, None, True, 1757002119, 9.5,
    "Обслуживание было отличным",
])  # fmt: skip
BODIES = st.recursive(
    VALUES | st.text(max_size=30) | st.emails(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
)


@given(BODIES, st.lists(st.tuples(NAMES, VALUES.map(str)), max_size=3))
def test_what_was_scrubbed_passes_an_audit(value: Any, pairs: list[tuple[str, str]]) -> None:
    """Whatever the account holds, with one declaration for both."""
    personal: dict[str, Personal] = {"email": "contact", "title": "public", "x.comment": "text"}
    adapter = RecordingAdapter(Canned(lambda _: Answer(json.dumps(value).encode())), Scrub((), personal, b"key"))
    with session_on(adapter) as http, TemporaryDirectory() as folder:
        http.get(URL, params=pairs)
        adapter.save(Path(folder) / "c.yaml", NOW)
        assert found(Path(folder) / "c.yaml", personal) == []


@given(BODIES, st.lists(st.tuples(NAMES, VALUES.map(str)), max_size=3))
def test_no_finding_shows_a_value(value: Any, pairs: list[tuple[str, str]]) -> None:
    adapter = RecordingAdapter(Canned(lambda _: Answer(json.dumps(value).encode())), None)
    with session_on(adapter) as http, TemporaryDirectory() as folder:
        http.get(URL, params=pairs)
        adapter.save(Path(folder) / "c.yaml", NOW)
        shown = str(found(Path(folder) / "c.yaml"))
    for known in ("acme.com", "91234", "11912345678", "111.444", "Maria", "Ruim", "atendimento", "cus_123"):
        assert known not in shown


def test_a_clean_file_is_one_line(audited: Run, tmp_path: Path) -> None:
    path = record(tmp_path / "c.yaml", [URL], lambda _: Answer(), Scrub())
    other = tmp_path / "d.yaml"
    other.write_text(path.read_text().replace("plugin: acme", "plugin: acme_survey").replace("2024-", "2999-"))
    assert audited(other) == (0, f"{other}: nothing found in 1 interactions\n", "")


def test_findings_are_one_line_each_and_never_a_value(audited: Run, tmp_path: Path) -> None:
    bad = saved(tmp_path / "bad.yaml", body([{"email": f"p{n}@acme.com"} for n in range(60)]))
    code, out, _ = audited(bad)
    lines = out.splitlines()
    assert (code, len(lines)) == (1, 51)
    assert lines[0] == f"{bad}: interactions[0].response.body [0].email: looks like contact data"
    assert lines[-1] == f"{bad}: and 10 more"
    assert "acme.com" not in out


def test_each_file_is_looked_at_and_the_worst_counts(audited: Run, tmp_path: Path) -> None:
    good, bad = saved(tmp_path / "good.yaml", {}), saved(tmp_path / "bad.yaml", body({"email": "a@acme.com"}))
    code, out, err = audited(bad, tmp_path / "none.yaml", good)
    assert code == 2
    assert out.splitlines()[-1] == f"{good}: nothing found in 1 interactions"
    assert f"connector: {tmp_path / 'none.yaml'}: the recording cannot be read" in err
    assert audited(good, bad)[0] == 1


def test_the_age_of_a_recording_is_warned_of(audited: Run, tmp_path: Path) -> None:
    clock = (datetime.now(UTC) - timedelta(days=100)).isoformat()
    path = saved(tmp_path / "c.yaml", session={"plugin": "acme_survey", "clock": clock})
    assert audited(path)[2] == ""
    code, _, err = audited("--max-age", "30d", path)
    assert (code, err) == (
        0, f"connector: {path}: is 100 days old, the API may have changed since; record it again\n"
    )  # fmt: skip
    plain = saved(tmp_path / "plain.yaml")
    assert audited(plain)[2] == f"connector: {plain}: plain vcrpy recorded it, so its age is not known\n"
    assert audited("--max-age", "soon", path)[0] == 2


def test_a_plugin_that_is_not_installed_is_told_and_the_usual_names_count(audited: Run, tmp_path: Path) -> None:
    session = {"plugin": "nobodys", "clock": datetime.now(UTC).isoformat()}
    path = saved(tmp_path / "c.yaml", body({"who": "Maria", "email": "a@acme.com"}), session=session)
    code, out, err = audited(path)
    assert (code, out.count("\n")) == (1, 1)
    assert err.startswith(f"connector: {path}: there is no plugin nobodys; ")
    assert "usual names count alone" in err
    acme = session | {"plugin": "acme_survey"}
    assert audited(saved(path, body({"who": "Maria"}), session=acme))[1].endswith("body who: looks like a name\n")


@pytest.mark.parametrize(
    ("plugin", "key", "code"),
    [
        ("acme_survey", "REDACTED", 0),
        ("acme_survey", "${ACME_KEY}", 0),
        ("acme_survey", "s3cret-of-acme", 1),
        ("nobodys", "s3cret-of-acme", 1),
        ("nobodys", "REDACTED", 0),
    ],
)
def test_the_configuration_beside_a_recording_is_looked_at(
    audited: Run, tmp_path: Path, plugin: str, key: str, code: int
) -> None:
    session = {"plugin": plugin, "clock": datetime.now(UTC).isoformat()}
    path, beside = saved(tmp_path / "c.yaml", session=session), tmp_path / "c.config.json"
    beside.write_text(json.dumps({"account": {"key" if plugin == "acme_survey" else "api_key": key}}))
    ended, out, _ = audited(path)
    assert ended == code
    assert "s3cret" not in out
    assert (f"{beside}: account." in out) == bool(code)
    beside.write_text(json.dumps({"account": {"key": "REDACTED", "url": "https://h.example/a@acme.com"}}))
    assert f"{beside}: account.url: looks like contact data" in audited(path)[1]
    beside.write_text(json.dumps({"account": {"api_key": "s3cret-of-acme"}}))
    refused = audited(path)
    assert f"{beside}: account.api_key: looks like a secret" in refused[1]
    assert ("account.api_key" in refused[2]) == (plugin == "acme_survey")
    beside.write_text("{")
    assert audited(path)[0] == 2


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "yaml.py").write_text("raise ImportError")
    done = subprocess.run(
        [sys.executable, COMMAND, "cassette", "audit", "c.yaml"], capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    line = "connector: config: recordings need more: pip install 'connector-core[cassette]'\n"
    assert (done.returncode, done.stderr) == (2, line)


def cassettes() -> list[Path]:
    """Every recording of the repository."""
    folders = (ROOT / "tests", ROOT / "plugins")
    files = [path for folder in folders for path in sorted(folder.rglob("*.yaml"))]
    return [path for path in files if "interactions" in (yaml.load(path.read_text("utf-8"), yaml.CSafeLoader) or {})]


def test_every_recording_of_the_repository_may_be_committed() -> None:
    """Those of a simulated account, recorded as it is, hold made-up names and texts; all others were scrubbed."""
    scrubbed = [path for path in cassettes() if path.stem == "scrubbed"]
    made_up = [path for path in cassettes() if path.stem != "scrubbed"]
    assert len(scrubbed) >= 2
    assert len(made_up) >= 8
    for more, files in (([], scrubbed), (["--made-up"], made_up)):
        command = [COMMAND, "cassette", "audit", "--max-age", "9999d", *more, *map(str, files)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        told = [line for line in done.stderr.splitlines() if "plain vcrpy recorded it" not in line]
        assert (done.returncode, told) == (0, []), done.stdout
        assert done.stdout.count("nothing found") == len(files)


def test_an_account_that_is_recorded_as_it_is_does_not_pass_as_scrubbed() -> None:
    path = ROOT / "tests/cassettes/trackco_nps/account.yaml"
    done = subprocess.run([COMMAND, "cassette", "audit", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "nps_comment: looks like free text" in done.stdout
