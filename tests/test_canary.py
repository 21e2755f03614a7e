"""Real runs through every kind of failure: no secret and nothing of a customer is in anything that they leave behind.

The rows of a target are a customer's data by intent, and so is a reject's raw record as far as `privacy` keeps it;
everything else is searched: both streams, at every level and in both forms, and every file, byte by byte.
"""

import base64
import json
import signal
import sqlite3
import subprocess
import sysconfig
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from attrs import frozen

from connector_core.cli import run_command
from tests.acme_server import Acme
from tests.acme_server import serving as serving_acme
from tests.fakes import PLAINLY
from trackco_simulator import Behaviour, Server, generate_nps, golden_cxm, serve

RUN = str(Path(sysconfig.get_path("scripts")) / "connector-run")
TOKEN = 'canary/T0k+n"&%<\\zZ=9'
HASH_KEY = "canary-hâsh/key+é-0123456789"
NAME = "Canária Ünïque"
MAIL = "canary.mail+77@example.org"
PHONE = "5577988877665"
COMMENT = 'comentário "canário" único'
END = datetime(2026, 9, 1, tzinfo=UTC)
ANSWERS = 400


def forms(secret: str) -> set[str]:
    """How a text may be written on its way out."""
    raw = secret.encode()
    pieces = {
        encode(b"\0" * before + raw).decode()[cut : (len(raw) + before) * 8 // 6]
        for encode in (base64.b64encode, base64.urlsafe_b64encode)
        for before, cut in ((0, 0), (1, 2), (2, 3))
    }
    quoted = {quote(secret), quote(secret, safe=""), quote_plus(secret), quote(quote(secret, safe=""), safe="")}
    written = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    return {secret, secret[:8], *pieces, *quoted, *written, str(raw)[2:-1]}


NPS = "trackco_nps"
SECRET = forms(TOKEN) | forms(HASH_KEY) | forms("acme-secret-key")
WHO = {"mail": MAIL, "who": NAME, "why": COMMENT}
CONTACT = forms(MAIL) | forms(PHONE)
CUSTOMER = CONTACT | forms(NAME) | forms(COMMENT)


def found_in(text: str, canaries: set[str]) -> list[str]:
    return sorted(canary for canary in canaries if canary in text)


def interaction(number: int, response: Any = "5") -> dict[str, Any]:
    """An answer of the golden account's survey that says who gave it in every place where that may stand."""
    [survey] = golden_cxm().surveys
    scored, *others = [question.uuid for question in survey.questions]
    return {
        "uuid": f"00000000-0000-4000-8000-{number:012}",
        "survey_public_hash": survey.public_hash,
        "status": 3,
        "answered_at": (END - timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%S"),
        "customer": {"name": NAME, "email": MAIL, "phone": PHONE, "identifier": f"CLI-{number}"},
        "metadata": {"e-mail": MAIL, "telefone": PHONE, "contato": MAIL},
        "answers": [
            {"question_uuid": scored, "answer": {"response": response, "comment": COMMENT}},
            *({"question_uuid": uuid, "answer": {"response": COMMENT}} for uuid in others[:1]),
        ],
    }  # fmt: skip


def vote(number: int) -> dict[str, Any]:
    """The same for the legacy API."""
    return {
        "id": number, "time": int((END - timedelta(hours=number)).timestamp()), "type": "Email", "name": NAME,
        "email": MAIL, "phone": PHONE, "identification": f"CLI-{number}", "nps_answer": number % 12,
        "nps_comment": COMMENT, "tags": [{"name": "E-mail", "value": MAIL}],
    }  # fmt: skip


Act = Callable[["subprocess.Popen[str]", Path], None]


@frozen
class Case:
    """Some runs in one folder, one after the other.

    Attributes:
        document: the configuration; text is written as it is.
        steps: of each run, the exit codes of which one is right, and what is asked.
        act: what is done while the last one runs.
        limit: bytes that a file may grow to.
    """

    name: str
    document: Any
    steps: tuple[tuple[set[int], str], ...]
    plugin: str = "trackco_cxm"
    act: Act = lambda *_: None
    limit: int | None = None

    def run(self, root: Path) -> tuple[str, list[str]]:
        """Run it in a folder of its own; returns what was said, without the records that were asked for, and by
        which runs more than may be."""
        folder, said, wrong = root / self.name, "", []
        folder.mkdir()
        config = folder / "config.json"
        text = self.document if isinstance(self.document, str) else json.dumps(self.document)
        config.write_text(text, encoding="utf-8")
        for number, (codes, asked) in enumerate(self.steps, 1):
            command = [RUN, "--plugin", self.plugin, "--config", "config.json", *asked.split()]
            if self.limit:
                command = ["sh", "-c", f'ulimit -f {self.limit // 512}; exec "$@"', "sh", *command]
            with started(command, folder) as process:
                if number == len(self.steps):
                    self.act(process, folder)
                out, err = process.communicate(timeout=120)
            if process.returncode not in codes or "Traceback" in err or found_in(out, SECRET):
                wrong.append(f"{asked}: {process.returncode} {err[-600:]}")
            said += err if "jsonl:-" in asked or "--dry-run" in asked else out + err
        config.unlink()
        return said, wrong


def started(command: list[str], folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command, cwd=folder, env=PLAINLY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )


ECHO = json.dumps({"error": f"the token {TOKEN} ({quote(TOKEN)}, {base64.b64encode(f'me:{TOKEN}'.encode()).decode()})"})
PAGE = f"<html>{NAME} {MAIL} {PHONE} {COMMENT} {TOKEN}</html>"
JSON_TYPE = {"Content-Type": "application/json"}
HOSTILE: dict[str, tuple[int, dict[str, str], str]] = {
    "wrong-token": (401, JSON_TYPE, ECHO),
    "forbidden": (403, JSON_TYPE, ECHO),
    "unknown": (404, JSON_TYPE, ECHO),
    "teapot": (418, {"Content-Type": f"{TOKEN}/x"}, ECHO),
    "cut": (400, JSON_TYPE, json.dumps({"error": "x " * 95 + TOKEN})),
    "captcha": (405, {"Content-Type": "text/html"}, PAGE),
    "down": (503, {"Retry-After": "0"}, ECHO),
    "busy": (429, {"Retry-After": "0"}, PAGE),
    "page": (200, {"Content-Type": "text/html"}, PAGE),
    "half": (200, JSON_TYPE, json.dumps({"data": [interaction(1)]})[:-40]),
    "shape": (200, JSON_TYPE, json.dumps({"data": {TOKEN: [MAIL]}, "meta": [NAME]})),
    "elsewhere": (302, {"Location": f"https://canary.invalid/?token={quote(TOKEN)}&mail={MAIL}"}, PAGE),
    "nowhere": (302, {"Location": f"https://{quote(TOKEN)}:x/{MAIL}"}, PAGE),
    "around": (302, {"Location": f"?token={quote(TOKEN)}&mail={MAIL}"}, PAGE),
    "short": (200, JSON_TYPE | {"Content-Length": "99999"}, PAGE),
}  # fmt: skip


@contextmanager
def hostile() -> Iterator[str]:
    """A server that says what it must not, in each way; the first part of the path chooses."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = HOSTILE[self.path.split("/")[1]]
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body.encode()))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            """Tests read no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def document(url: str, **connection: Any) -> dict[str, Any]:
    """A configuration for the recommended API."""
    return {
        "connection_details": {"token": TOKEN, "base_url": url} | connection,
        "data_source": {"organization_id": "00000000-0000-4000-8000-00000000000c"},
        "privacy": {"contact_data": "hash", "hash_key": HASH_KEY},
    }


LOG, GOLDEN = "--to jsonl:feedback.jsonl", Path(__file__).parent / "cassettes/trackco_cxm/golden.yaml"
LOUD, JSON_LOUD = "--log-format console -v", "--log-format json -v --report report.json"


def failures(url: str) -> list[Case]:
    """A run, and a look, at each kind of hostile answer; and at none at all."""
    cases = [
        Case(
            f"hostile-{kind}",
            document(f"{url}/{kind}"),
            (({1}, f"{LOG} {LOUD if at % 2 else JSON_LOUD}"),),
        )
        for at, kind in enumerate(HOSTILE)
    ]
    looks = [
        Case(f"check-{kind}", document(f"{url}/{kind}"), (({1}, "--check -v"),)) for kind in ("wrong-token", "teapot")
    ]
    refused = Case("refused", document("http://127.0.0.1:9"), (({1}, JSON_LOUD),))
    return [*cases, *looks, refused]


MISPLACED: dict[str, Any] = {
    "section": {"connection_details": TOKEN},
    "type": document("https://api.example", token=[TOKEN]),
    "misspelt": document("https://api.example", tokken=TOKEN),
    "choice": document("https://api.example", track_api=TOKEN),
    "url": document(TOKEN),
    "in-url": document(f"http://user:{quote(TOKEN, safe='')}@example.org/{quote(TOKEN)}"),
    "no-header": document("https://api.example", token=f"{TOKEN} é\n"),
    "id": {"connection_details": {"token": TOKEN}, "data_source": {"organization_id": TOKEN, "time_zone": TOKEN}},
    "key-too-short": document("https://api.example") | {"privacy": {"contact_data": TOKEN, "hash_key": TOKEN[:9]}},
    "wrapper": document("https://api.example") | {"wrappers": [TOKEN, TOKEN]},
    "broken": json.dumps(document("https://api.example"))[:-20],
    "unquoted": json.dumps(document("https://api.example")).replace(json.dumps(TOKEN), TOKEN),
    "twice": '{"connection_details": 1, "connection_details": ' + json.dumps(TOKEN) + "}",
}


@pytest.mark.parametrize("name", MISPLACED)
def test_a_configuration_with_the_token_in_the_wrong_place_is_refused_without_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    given = MISPLACED[name]
    (tmp_path / "config.json").write_text(given if isinstance(given, str) else json.dumps(given), encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        run_command(["--plugin", "trackco_cxm", "--config", "config.json", *LOUD.split()])
    (tmp_path / "config.json").unlink()
    said = "".join(capsys.readouterr())
    assert left.value.code == 2
    assert "connector-run: config: " in said
    assert found_in(said, SECRET) == []
    assert searched(tmp_path) == {}


def when_something_is_stored(then: Act) -> Act:
    """Do something once the run has opened its target and asked for a page."""

    def act(process: "subprocess.Popen[str]", folder: Path) -> None:
        while process.poll() is None and not list(folder.glob("feedback.*")):
            threading.Event().wait(0.01)
        then(process, folder)

    return act


def second(_: "subprocess.Popen[str]", folder: Path) -> None:
    """A second run on the same target; what it says is found as a file."""
    with started([RUN, "--plugin", "trackco_cxm", "--config", "config.json"], folder) as late:
        out, err = late.communicate(timeout=60)
    (folder / "second.txt").write_text(out + err, encoding="utf-8")


def imports(server: Server, slow: Server, strange: Server) -> list[Case]:
    """Runs that read customers' answers, and end well, or not."""
    good, slowly, odd = (document(each.base_url) for each in (server, slow, strange))
    stop, kill = (
        when_something_is_stored(lambda process, _, number=number: process.send_signal(number))  # type: ignore[misc]
        for number in (signal.SIGINT, signal.SIGKILL)
    )
    plain = {key: value for key, value in good.items() if key != "privacy"}
    return [
        Case("sqlite", good, (({3}, f"{JSON_LOUD} --threads 2"), ({0}, LOUD), ({0, 3}, "--retry-rejects -v"))),
        Case("jsonl", plain, (({3}, f"{LOG} {LOUD}"), ({0}, f"{LOG} {JSON_LOUD}"))),
        Case("reconciled", good, (({3}, "-q"), ({0, 1}, "--reconcile"), ({0, 3}, f"--full-refresh {LOUD}"))),
        Case("stdout", good, (({3}, f"--to jsonl:- {JSON_LOUD}"), ({0, 3}, "--dry-run"), ({1}, "--check -v"))),
        Case("interrupted", slowly, (({130}, JSON_LOUD),), act=stop),
        Case("interrupted-log", slowly, (({130}, f"{LOG} {LOUD}"),), act=stop),
        Case("killed", slowly, (({-signal.SIGKILL}, JSON_LOUD),), act=kill),
        Case("killed-log", slowly, (({-signal.SIGKILL}, f"{LOG} {LOUD}"),), act=kill),
        Case("held", slowly, (({3}, JSON_LOUD),), act=when_something_is_stored(second)),
        Case("full", good, (({1}, JSON_LOUD),), limit=65_536),
        Case("full-log", good, (({1}, f"{LOG} {LOUD}"),), limit=65_536),
        Case("no-folder", good, (({2}, f"--to sqlite:///nowhere/feedback.db {LOUD}"),)),
        Case("changed-shape", odd, (({1}, JSON_LOUD), ({1}, f"{LOG} {LOUD}"))),
        Case("recorded", good, (
            ({3}, f"--record c.yaml --scrub-key {'k' * 16} {LOUD}"),
            ({0, 3}, f"--replay c.yaml --to sqlite:///replayed.db {JSON_LOUD}"),
            ({1}, f"--replay {GOLDEN} --to sqlite:///other.db {LOUD}"),
        )),
    ]  # fmt: skip


def others(acme: Acme, legacy: Server) -> list[Case]:
    """The legacy API, and a plugin of somebody else which raises what its records say."""
    nps = {"connection_details": {"token": TOKEN, "base_url": legacy.nps_base_url}}
    third = {"account": {"key": "acme-secret-key", "url": acme.url}}
    return [
        Case("legacy", nps, (({3}, LOUD), ({0, 1}, "--reconcile"), ({3}, f"{LOG} {JSON_LOUD}")), NPS),
        Case("bugs", third, (({1}, JSON_LOUD), ({3}, LOUD), ({0, 3}, "--retry-rejects -v")), "acme_survey"),
    ]


def searched(folder: Path) -> dict[str, list[str]]:
    """What is found in each file of a folder; what customers wrote may stand in records and in rejects alone."""
    found: dict[str, list[str]] = {}
    as_left = {path: path.read_bytes() for path in sorted(folder.rglob("*"))}  # opening a database tidies beside it
    for path, content in as_left.items():
        hits = found_in(content.decode("utf-8", "replace"), SECRET | CONTACT)
        if content.startswith(b"SQLite format 3"):
            hits += found_in(memory_of(path), CUSTOMER)
        elif not path.name.startswith("feedback."):
            hits += found_in(content.decode("utf-8", "replace"), CUSTOMER)
        if hits:
            found[path.name] = hits
    return found


def memory_of(path: Path) -> str:
    """What a journal holds beside records: those of a table, and rejected ones."""
    texts = []
    with closing(sqlite3.connect(path)) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in set(tables) - {"feedback"}:
            rows = db.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in rows.description]
            texts += [str(value) for row in rows for name, value in zip(names, row, strict=True) if name != "raw"]
    return "\n".join(texts)


def leaks(cases: list[Case], root: Path) -> dict[str, Any]:
    """Run all cases, some side by side, and tell of each what it let out, and where."""
    with ThreadPoolExecutor(8) as pool:
        said = dict(zip([case.name for case in cases], pool.map(lambda case: case.run(root), cases), strict=True))
    found: dict[str, Any] = {}
    for name, (text, wrong) in said.items():
        hits = {"said": found_in(text, SECRET | CUSTOMER), "ended": wrong, **searched(root / name)}
        if any(hits.values()):
            found[name] = {place: hit for place, hit in hits.items() if hit}
    return found


def test_no_failure_lets_anything_out(tmp_path: Path) -> None:
    made, odd = golden_cxm(), golden_cxm()
    for number in range(1, ANSWERS):
        made.add_raw(interaction(number, {7: "99", 8: [MAIL], 9: {"x": COMMENT}, 10: True}.get(number, "5")))
        odd.add_raw(interaction(number, COMMENT))
    nps, polls = generate_nps(7, 0), Acme(failures=[(200, {}, json.dumps([{"id": MAIL, TOKEN: NAME}]).encode())])
    for number in range(1, 60):
        code = nps.campaigns[0].code
        nps.add_raw(vote(number) | {"campaign_code": code, "nps_answer": {7: 99, 8: MAIL}.get(number, 9)})
        polls.vote("p", f"v{number}", "2024-07-01T10:00:00Z", {7: "boom", 8: 11}.get(number, 9), **WHO)
    with (
        hostile() as url,
        serve(made, token=TOKEN, behaviour=Behaviour(date_header=END)) as server,
        serve(made, token=TOKEN, behaviour=Behaviour(date_header=END, latency=0.3)) as slow,
        serve(odd, token=TOKEN, behaviour=Behaviour(date_header=END)) as strange,
        serve(nps, token=TOKEN, behaviour=Behaviour(date_header=END)) as legacy,
        serving_acme(polls) as acme,
    ):
        cases = [*failures(url), *imports(server, slow, strange), *others(acme, legacy)]
        assert leaks(cases, tmp_path) == {}
