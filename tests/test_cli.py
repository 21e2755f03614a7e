"""What a user types, and what comes back: the commands, in this process and as real ones."""

import json
import os
import pty
import resource
import signal
import sqlite3
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from connector_core.arguments import run_parser
from connector_core.cli import run_command
from connector_core.tending import connector_command
from tests.acme_server import Acme, serving

KEY = "acme-secret-key"
BIN = Path(sysconfig.get_path("scripts"))


@pytest.fixture
def acme() -> Iterator[Acme]:
    """Two polls with ten and seven votes; one of the second is out of scale, one has no score."""
    account = Acme()
    for n in range(10):
        account.vote(
            "p1",
            f"v{n}",
            f"2024-07-{1 + n:02}T10:00:00Z",
            n,
            mail="canary@example.com",
            who="Canária Nome",
            plan="gold",
        )
    for n in range(7):
        account.vote(
            "p2", f"w{n}", f"2024-07-{1 + n:02}T12:00:00Z", {3: 12, 4: None}.get(n, 9), why=f"comentário canário {n}"
        )
    with serving(account):
        yield account


@pytest.fixture
def config(acme: Acme, tmp_path: Path) -> Path:
    """A configuration file for the account."""
    path = tmp_path / "acme.json"
    path.write_text(json.dumps({"account": {"key": KEY, "url": acme.url}}))
    path.chmod(0o600)
    return path


@frozen
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Run connector-run in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: Any, tool: Callable[[list[str]], None] = run_command) -> Ended:
        with pytest.raises(SystemExit) as left:
            tool([str(argument) for argument in arguments])
        streams = capsys.readouterr()
        assert KEY not in streams.out + streams.err
        return Ended(int(left.value.code or 0), streams.out, streams.err)

    return command


@pytest.fixture
def imported(run: Command, config: Path) -> Command:
    """Run connector-run on the account."""
    return lambda *arguments: run("--plugin", "acme_survey", "--config", config, "--log-format", "console", *arguments)


def rows(path: Path, query: str = "SELECT id FROM feedback ORDER BY id") -> list[Any]:
    with closing(sqlite3.connect(path)) as db:
        return [row[0] if len(row) == 1 else row for row in db.execute(query)]


def test_a_run_loads_everything_and_a_second_one_says_there_is_nothing_new(imported: Command, tmp_path: Path) -> None:
    first, second = imported("--to", "sqlite:///f.db"), imported("--to", "sqlite:///f.db")
    assert first.code == 3  # one vote is out of scale
    assert "15 new" in first.err
    assert "1 rating.out_of_scale" in first.err
    assert len(rows(tmp_path / "f.db")) == 15
    assert second.code == 0
    assert "Nothing new" in second.err


def test_the_default_target_is_sqlite_in_this_folder(imported: Command, tmp_path: Path) -> None:
    imported()
    assert len(rows(tmp_path / "feedback.db")) == 15


def test_standard_output_gets_records_and_nothing_else(imported: Command) -> None:
    ended = imported("--to", "jsonl:-")
    assert [json.loads(line)["kind"] for line in ended.out.splitlines()] == ["nps"] * 15


def test_a_dry_run_shows_a_sample_and_keeps_nothing(imported: Command, tmp_path: Path) -> None:
    assert len(imported("--dry-run").out.splitlines()) == 10
    assert len(imported("--dry-run", "--limit", "2").out.splitlines()) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["acme.json"]


def test_quiet_says_nothing_when_all_is_well(imported: Command, acme: Acme) -> None:
    acme.polls["p2"]["votes"] = []
    assert imported("--quiet") == Ended(0, "", "")


def test_the_log_is_json_lines_where_there_is_no_terminal(run: Command, config: Path) -> None:
    ended = run("--plugin", "acme_survey", "--config", config, "-v")
    events = [json.loads(line) for line in ended.err.splitlines()]
    assert events[0]["event"] == "run.started"
    assert "commit.done" in {event["event"] for event in events}
    assert events[-1]["event"] == "run.finished"
    assert events[-1]["total"]["loaded"] == 15


def test_a_report_holds_the_summary(imported: Command, tmp_path: Path) -> None:
    imported("--report", "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    total = report["total"]
    parts = ("loaded", "unchanged", "rejected", "duplicate", "outside")
    assert total["read"] == sum(total[part] for part in parts) + sum(total["skipped"].values()) == 17
    assert report["partitions"]["p1"]["loaded"] == 10
    assert report["exit_code"] == 3


def test_a_configuration_that_others_can_read_is_warned_of(imported: Command, config: Path) -> None:
    """It holds the token itself; and the import is made all the same."""
    assert "config.readable" not in imported().err
    config.chmod(0o644)
    assert "config.readable" in imported("--log-format", "console").err


def test_a_report_that_cannot_be_written_is_one_line(imported: Command) -> None:
    ended = imported("--report", "missing/report.json", "--quiet")
    assert ended.code == 2
    assert ended.err == (
        "connector-run: config: --report missing/report.json: its folder is not there, or cannot be written to\n"
    )


def test_a_named_connection_keeps_its_own_progress_and_ids(imported: Command, tmp_path: Path) -> None:
    imported("--to", "sqlite:///f.db")
    imported("--to", "sqlite:///f.db", "--connection", "acme")
    ids = rows(tmp_path / "f.db")
    assert len(ids) == 30
    assert {key.split(":")[0] for key in ids} == {"acme_survey", "acme_survey.acme"}


def test_configuration_from_standard_input(
    run: Command, acme: Acme, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ACME_KEY", KEY)
    source = tmp_path / "stdin"
    source.write_text(f'[account]\nkey = "${{ACME_KEY}}"\nurl = "{acme.url}"\n')
    with source.open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert run("--plugin", "acme_survey", "--config", "-", "--to", "jsonl:-", "--limit", "3").out.count("\n") == 3


def test_a_map_wrapper_acts_when_the_configuration_names_it(run: Command, config: Path) -> None:
    document = json.loads(config.read_text()) | {"wrappers": ["acme_rules"]}
    config.write_text(json.dumps(document))
    ended = run("--plugin", "acme_survey", "--config", config, "--dry-run", "--limit", "1")
    assert json.loads(ended.out)["title"] == "[NPS] POLL P1"


def test_contact_data_is_dropped_unless_configured(run: Command, config: Path) -> None:
    def shown(privacy: dict[str, str]) -> dict[str, Any]:
        config.write_text(json.dumps(json.loads(config.read_text()) | {"privacy": privacy}))
        ended = run("--plugin", "acme_survey", "--config", config, "--dry-run", "--limit", "1")
        record: dict[str, Any] = json.loads(ended.out)
        return record

    assert shown({})["additional_fields"] == {"plan": "gold"}
    assert shown({"contact_data": "keep"})["additional_fields"]["mail"] == "canary@example.com"
    hashed = shown({"contact_data": "hash", "author_name": "hash", "hash_key": "a key of sixteen"})
    assert len(hashed["additional_fields"]["mail"]) == len(hashed["author_name"]) == 32
    assert "author_name" not in shown({"author_name": "drop"})


def test_since_until_lookback_and_full_refresh_choose_what_is_read(
    imported: Command, acme: Acme, tmp_path: Path
) -> None:
    imported("--since", "2024-07-03", "--until", "2024-07-05")
    assert rows(tmp_path / "feedback.db") == ["acme_survey:v2", "acme_survey:v3", "acme_survey:w2"]
    imported("--since", "2024-07-09")
    assert len(rows(tmp_path / "feedback.db")) == 5
    acme.polls["p1"]["votes"][9]["plan"] = "silver"
    assert "0 updated" in imported().err
    assert "1 updated" in imported("--lookback", "9999d").err
    acme.polls["p1"]["votes"].pop()
    ended = imported("--full-refresh", "--prune")
    assert "no longer at the source: 1, deleted" in ended.err


def test_state_shows_and_forgets_how_far_a_connection_was_read(imported: Command, run: Command) -> None:
    imported("--to", "sqlite:///f.db")
    where = ("--to", "sqlite:///f.db", "--connection", "acme_survey")
    shown = run("state", "show", *where, tool=connector_command)
    assert shown.code == 0
    assert [line.split()[0] for line in shown.out.splitlines()] == ["p1", "p2"]
    assert "1 partitions" in run("state", "reset", *where, "--partition", "p1", tool=connector_command).out
    assert "p1  never read to its end" in run("state", "show", *where, tool=connector_command).out
    unknown = run("state", "show", *where, "--partition", "p9", tool=connector_command)
    assert unknown == Ended(2, "", "connector: config: --partition p9: not among p1, p2\n")
    assert run("state", "show", "--to", "sqlite:///f.db", "--connection", "nobody", tool=connector_command).code == 2
    nothing = run("state", "reset", *where, "--partition", "p9", tool=connector_command)
    assert nothing == Ended(
        2, "", "connector: config: --connection acme_survey: sqlite:///f.db knows no such partition of it\n"
    )
    assert run("state", "show", tool=connector_command).code == 2


def test_a_changed_setting_that_shapes_records_asks_for_a_full_refresh(imported: Command, config: Path) -> None:
    imported()
    config.write_text(json.dumps(json.loads(config.read_text()) | {"privacy": {"contact_data": "keep"}}))
    ended = imported()
    assert ended.code == 2
    assert "privacy.contact_data: changed" in ended.err
    assert "--full-refresh" in ended.err
    assert "15 updated" in imported("--full-refresh").err


def test_list_names_what_is_installed(run: Command) -> None:
    lines = run("--list").out.splitlines()
    assert any(line.split()[:3] == ["acme_survey", "2.3.4", "acme-survey"] for line in lines)
    listed = json.loads(run("--list", "--json").out)
    hooks = next(plugin["hooks"] for plugin in listed if plugin["name"] == "acme_survey")
    assert hooks == ["describe", "check", "partitions", "extract", "map", "count"]


def test_describe_shows_the_settings_as_a_table_and_as_json_schema(run: Command) -> None:
    assert "account.key  (text, required)" in run("--plugin", "acme_survey", "--describe").out
    schema = json.loads(run("--plugin", "acme_survey", "--describe", "--json").out)
    assert schema["properties"]["account"]["required"] == ["key"]


def test_check_says_line_by_line_what_holds(imported: Command, acme: Acme, config: Path) -> None:
    acme.date = "Mon, 01 Jul 2024 10:00:00 GMT"
    ended = imported("--check")
    assert ended.code == 1
    assert "ok    key: accepted; 2 polls" in ended.out
    assert "FAIL  clock: ours is" in ended.out
    assert "ahead of" in ended.out
    acme.date = None
    good = imported("--check")
    assert (good.code, "?     clock" in good.out) == (0, True)
    assert "ok    target: is not there yet; a run makes it" in good.out
    assert not list(config.parent.glob("*.db"))
    imported()
    assert "2 partitions were read before" in imported("--check").out
    assert "FAIL  target" in imported("--check", "--to", "sqlite:///missing/f.db").out
    config.write_text(json.dumps({"account": {"key": "wrong", "url": acme.url}}))
    refused = imported("--check")
    assert refused.code == 1
    assert "FAIL  source: Acme does not know this key" in refused.out


MISUSE: dict[str, tuple[list[Any], str]] = {
    "no plugin": ([], "--plugin NAME is missing"),
    "no config": (["--plugin", "acme_survey"], "--config FILE is missing"),
    "since after until": ([..., "--since", "2024-02-01", "--until", "2024-01-01"], "--since must lie before --until"),
    "refresh and since": ([..., "--full-refresh", "--since", "2024-01-01"], "goes with neither --since"),
    "prune alone": ([..., "--prune"], "--prune goes with --full-refresh only"),
    "record and replay": ([..., "--record", "a", "--replay", "b"], "exclude each other"),
    "replay and since": ([..., "--replay", "b", "--since", "2024-01-01"], "--replay takes"),
    "dry run with target": ([..., "--dry-run", "--to", "jsonl:x"], "--dry-run loads nothing"),
    "unscrubbed alone": ([..., "--record-unscrubbed"], "goes with --record"),
    "scrub key alone": ([..., "--scrub-key", "k"], "goes with --record"),
    "check and dry run": ([..., "--check", "--dry-run"], "exclude each other"),
    "json alone": ([..., "--json"], "--json goes with"),
    "no date": ([..., "--since", "yesterday"], "'yesterday' is no date"),
    "no span": ([..., "--lookback", "soon"], "'soon' is no span"),
    "no time": ([..., "--max-time", "0m"], "--max-time 0 leaves no time to do anything in"),
    "no count": ([..., "--limit", "0"], "'0' is no whole number from 1 to 999999999"),
    "no name": ([..., "--connection", "a b"], "'a b' is no name"),
    "abbreviated": ([..., "--full"], "unrecognized arguments"),
    "no such plugin": (["--plugin", "acme_surve", "--config", "x"], "did you mean acme_survey?"),
    "no source": (["--plugin", "acme_rules", "--config", "x"], "plugin acme_rules is no source"),
    "no target": ([..., "--to", "sqlte:///x.db"], "--to sqlte:...: did you mean sqlite? write sqlite:///PATH"),
    "wrapper as target": ([..., "--to", "acme_rules:x"], "is none of what the plugin acme_rules takes: another form"),
    "report is target": (
        [..., "--to", "jsonl:f", "--report", "./f"],
        "--to jsonl:f and --report ./f are the same file",
    ),
    "report is state": (
        [..., "--to", "jsonl:f", "--report", "f.state"],
        "the state of --to jsonl:f and --report f.state",
    ),
    "report is another's": ([..., "--to", "dlt+duckdb:///f", "--report", "f"], "and --report f are the same file"),
    "report is state by name": (
        [..., "--to", "jsonl:-", "--state", "f", "--report", "f"],
        "and --state f are the same",
    ),
    "cassette is target": ([..., "--to", "jsonl:f", "--record", "f"], "f and --record f are the same file"),
    "its configuration is": ([..., "--to", "jsonl:f.config.json", "--record", "f.yaml"], "are the same file"),
    "a target twice": (
        [..., "--to", "jsonl:f", "--to", "jsonl:./f"],
        "./f and --to jsonl:f are the same file",
    ),
    "two targets with one state": (
        [..., "--to", "acme+csv:f", "--to", "acme+parquet:f"],
        "the state of --to acme+parquet:f and the state of --to acme+csv:f are the same file",
    ),
    "target is the root": ([..., "--to", "jsonl:/"], "--to jsonl:/: is no file that can grow"),
    "span that no date bears": ([..., "--lookback", "9999999d"], "'9999999d' is too long; at most 999999"),
    "report with a long name": ([..., "--report", "r" * 300], "its name is too long"),
    "cassette with a long name": ([..., "--replay", "r" * 300], "rrr"),
    "no cassette with a long name": (["--plugin", "acme_survey", "--replay", "r" * 300], "does not stand beside it"),
    "target with a long name": ([..., "--to", f"sqlite:///{'f' * 300}", "--reconcile"], "is not there"),
    "recording is a folder": ([..., "--record", "."], "--record .: is no file that can be written"),
    "too many threads": ([..., "--threads", "999999999"], "more than any API likes; write 64 or less"),
    "report is a stream": ([..., "--report", "-"], "--report -: name a file, or write /dev/stdout for standard output"),
    "report is a folder": ([..., "--report", "."], "--report .: is a folder; name a file in it"),
    "rejects of nothing": (
        [..., "--to", "jsonl:f", "--retry-rejects"],
        "--to jsonl:f: is not there, so it holds",
    ),
    "counts of nothing": ([..., "--to", "sqlite:///f", "--reconcile"], "--to sqlite:///f: is not there, so it holds"),
    "a URL of lines": ([..., "--to", "jsonl://f"], "--to jsonl://f: write jsonl:path/of/a/file.jsonl"),
    "no file": (["--plugin", "acme_survey", "--config", "none.json"], "--config none.json: cannot be read"),
    "no cassette": ([..., "--replay", "none.yaml"], "none.yaml"),
}


@pytest.mark.parametrize("case", MISUSE)
def test_misuse_is_one_line_and_exit_2(case: str, run: Command, config: Path) -> None:
    arguments, line = MISUSE[case]
    if arguments[:1] == [...]:
        arguments = ["--plugin", "acme_survey", "--config", config, *arguments[1:]]
    ended = run(*arguments)
    assert ended.code == 2
    assert line in ended.err.splitlines()[-1]
    assert "Traceback" not in ended.err


def test_several_problems_of_a_configuration_are_reported_together(run: Command, config: Path) -> None:
    config.write_text('{"account": {"kee": "x", "url": 5}, "acount": {}}')
    ended = run("--plugin", "acme_survey", "--config", config, "--log-format", "console")
    assert ended.code == 2
    assert [line.split(": ")[2] for line in ended.err.splitlines()] == [
        "account.kee",
        "account.key",
        "account.url",
        "acount",
    ]


def test_a_wrong_key_ends_the_run_with_what_to_do(run: Command, acme: Acme, config: Path) -> None:
    config.write_text(json.dumps({"account": {"key": "wrong", "url": acme.url}}))
    ended = run("--plugin", "acme_survey", "--config", config)
    assert ended.code == 1
    assert "Acme does not know this key; make one under Settings (HTTP 401" in ended.err


def test_one_poll_that_fails_does_not_stop_the_others(imported: Command, acme: Acme, tmp_path: Path) -> None:
    acme.broken = {"p1"}
    ended = imported()
    assert ended.code == 1
    assert "FAILED: Poll p1 (p1)" in ended.err
    assert len(rows(tmp_path / "feedback.db")) == 5
    acme.broken = set()
    assert "10 new" in imported().err


def test_a_bug_in_a_mapper_costs_one_record_and_shows_no_value(run: Command, acme: Acme, config: Path) -> None:
    acme.vote("p1", "x1", "2024-07-11T10:00:00Z", "boom", mail="canary@example.com")
    ended = run("--plugin", "acme_survey", "--config", config, "--report", "r.json")
    assert ended.code == 3
    assert '"event": "mapper.failed"' in ended.err
    assert "canary" not in ended.err
    assert json.loads(Path("r.json").read_text())["total"]["rejected_by"]["map.bug"] == 1


def test_rejects_are_mapped_again_on_request(run: Command, acme: Acme, config: Path) -> None:
    """Here the source has sent a score that nobody foresaw; nothing but the list of polls is read for it."""
    vote = acme.vote("p1", "x1", "2024-07-11T10:00:00Z", "boom", mail="canary@example.com")
    arguments = ("--plugin", "acme_survey", "--config", config)
    assert run(*arguments).code == 3
    with closing(sqlite3.connect("feedback.db")) as db, db:
        kept = dict(db.execute("SELECT reason, raw FROM connector_reject").fetchall())
        assert json.loads(kept["map.bug"]) == {key: value for key, value in vote.items() if key != "mail"}
        db.execute("""UPDATE connector_reject SET raw = CAST(replace(raw, '"boom"', '7') AS BLOB)""")
    acme.requests.clear()
    ended = run(*arguments, "--retry-rejects", "--log-format", "console")
    assert (ended.code, acme.requests) == (0, ["/polls"])
    assert "1 new" in ended.err
    with closing(sqlite3.connect("feedback.db")) as db:
        assert db.execute("SELECT rating FROM feedback WHERE id = 'acme_survey:x1'").fetchall() == [("7",)]


def test_a_secret_that_the_source_echoes_is_in_no_reject(run: Command, acme: Acme, config: Path) -> None:
    acme.vote("p1", "x1", "2024-07-11T10:00:00Z", 12, why=f"your key is {KEY}")
    assert run("--plugin", "acme_survey", "--config", config).code == 3
    with closing(sqlite3.connect("feedback.db")) as db:
        kept = [raw for (raw,) in db.execute("SELECT raw FROM connector_reject")]
    assert any(b"your key is [secret]" in raw for raw in kept)
    assert not any(KEY.encode() in raw for raw in kept)


def test_what_a_command_makes_is_for_its_owner_alone(run: Command, config: Path, tmp_path: Path) -> None:
    """Whatever the umask of the shell."""
    before = os.umask(0)
    try:
        files = ("--to", "jsonl:f.jsonl", "--report", "r.json", "--record", "c.yaml")
        assert run("--plugin", "acme_survey", "--config", config, *files).code == 3
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir() if path != config}
    assert {"f.jsonl", "f.jsonl.state", "r.json", "c.yaml", ".connector-budget"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_too_many_rejects_stop_the_run_unless_they_are_allowed(run: Command, acme: Acme, config: Path) -> None:
    for number in range(200):
        acme.vote("p2", f"z{number}", "2024-08-01T10:00:00Z", 12)
    arguments = ("--plugin", "acme_survey", "--config", config, "--quiet")
    stopped = run(*arguments)
    assert stopped.code == 1
    assert "new answers would be rejected (" in stopped.err
    assert "more than --max-rejects 5%: has the source changed?" in stopped.err
    assert run(*arguments, "--max-rejects", "200").code == 1
    assert run(*arguments, "--max-rejects", "100%").code == 3


def test_a_mapper_that_raises_is_told_from_a_source_that_has_changed(
    run: Command, acme: Acme, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(200):
        acme.vote("p2", f"z{number}", "2024-08-01T10:00:00Z", 9)
    monkeypatch.setattr("acme_survey.Skip", None)
    monkeypatch.setattr("acme_survey.Feedback", None)
    monkeypatch.setattr("acme_survey.Reject", None)
    stopped = run("--plugin", "acme_survey", "--config", config, "--quiet")
    assert stopped.code == 1
    assert "more than --max-rejects 5%: the mapper raises, see mapper.failed in the log." in stopped.err


def test_what_the_source_counts_is_compared_with_what_the_target_holds(imported: Command, acme: Acme) -> None:
    imported()
    ended = imported("--reconcile", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert [line.split(" until ")[0] for line in ended.out.splitlines()] == [
        "ok    Poll p1 (p1): source / target",
        "ok    Poll p2 (p2): source / target",
    ]
    assert ended.out.splitlines()[1].endswith("answers 7 / 7, 1 rejected, 1 skipped")
    acme.vote("p2", "late", "2024-07-03T10:00:00Z", 9)
    ended = imported("--reconcile")
    assert ended.code == 1
    assert ended.out.splitlines()[1].endswith("answers 8 / 7, 1 rejected, 1 skipped; DIFFERENT: answers")


@pytest.mark.parametrize("form", ["json", "console"])
def test_every_error_says_whose_turn_it_is(form: str, run: Command, acme: Acme, config: Path) -> None:
    """In the line, in the log, and in the report, also where the run never began."""
    arguments = ("--plugin", "acme_survey", "--config", config, "--log-format", form, "--report", "r.json")
    acme.broken = {"p1"}
    expected = {
        "source": arguments,
        "target": (*arguments, "--to", "sqlite:///text.db"),
        "config": (*arguments, "--to", "sqlite:///nowhere/f.db"),
    }
    Path("text.db").write_text("this is no database")
    for kind, asked in expected.items():
        ended = run(*asked)
        report = json.loads(Path("r.json").read_text())
        told = [report["error"], *report["failed"].values()]
        assert kind in [error["kind"] for error in told if error], kind
        assert report["exit_code"] == ended.code
        assert ended.err.splitlines()[-1].startswith(f"connector-run: {kind}: ")
        if form == "json":
            assert f'"kind": "{kind}"' in ended.err


def test_a_bug_elsewhere_shows_where_and_never_what(run: Command, acme: Acme, config: Path) -> None:
    acme.failures = [(200, {}, b'[{"id": "canary@example.com"}]')]  # no kind: a KeyError in the plugin
    ended = run("--plugin", "acme_survey", "--config", config, "--quiet")
    assert ended.code == 1
    assert "a bug in connector-core or a plugin, please report it: KeyError at acme_survey.py" in ended.err
    assert "canary" not in ended.err


def process(*arguments: Any, **more: Any) -> "subprocess.Popen[str]":
    command = [str(BIN / "connector-run"), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


NAMES = ["'; DROP TABLE feedback; --", "../../outside", '"p"', "%s {0} %(x)s", "a/b\\c", ".", "ação 🙂", "x" * 3000]


@pytest.mark.parametrize("to", ["sqlite:///f.db", "jsonl:f.jsonl"])
def test_names_of_the_source_are_data_and_nothing_else(to: str, imported: Command, acme: Acme, tmp_path: Path) -> None:
    """Keys of surveys and ids of answers lead to no file and into no statement."""
    for number, name in enumerate(NAMES):
        acme.polls[f"n{number}"] = {"name": name, "kind": "nps", "votes": []}
        acme.vote(f"n{number}", name, "2024-07-11T10:00:00Z", 9, why=name)
        acme.vote(f"n{number}", f"{name}!", "2024-07-11T10:00:00Z", 12)
    assert imported("--to", to, "--max-rejects", "100%").code == 3
    assert imported("--to", to, "--full-refresh").code == 0
    assert imported("--to", to, "--retry-rejects").code == 0
    made = {path.name for path in tmp_path.iterdir()} - {"acme.json", ".connector-budget"}
    assert made == ({"f.db"} if to.startswith("sqlite") else {"f.jsonl", "f.jsonl.state"})
    assert not (tmp_path.parent.parent / "outside").exists()
    if to.startswith("sqlite"):
        assert len(rows(tmp_path / "f.db")) == 15 + len(NAMES)
    else:
        assert len(Path("f.jsonl").read_text().splitlines()) == 15 + len(NAMES)


@pytest.mark.parametrize("name", ["../x", "a'b", "", "a b", ".", "a/b", "x" * 65])
def test_a_connections_name_is_a_word(name: str, imported: Command) -> None:
    ended = imported("--connection", name)
    assert ended.code == 2
    assert "is no name; write letters, digits, - and _" in ended.err


def test_sigterm_finishes_the_page_in_hand_and_the_next_run_goes_on(config: Path, acme: Acme, tmp_path: Path) -> None:
    """The server itself sends the signal, while it answers the third page of votes."""
    target = f"sqlite:///{tmp_path}/f.db"
    arguments = ["--plugin", "acme_survey", "--config", config, "--to", target, "--threads", "1"]
    command = process(*arguments)
    acme.on_request = lambda: os.kill(command.pid, signal.SIGTERM) if len(acme.requests) == 4 else None
    _, err = command.communicate(timeout=30)
    assert command.returncode == 130, err
    assert len(rows(tmp_path / "f.db")) == 9
    acme.on_request = lambda: None
    again = process(*arguments)
    again.communicate(timeout=30)
    assert again.returncode == 3
    assert len(rows(tmp_path / "f.db")) == 15
    assert acme.requests.count("/polls") == 2
    assert sum("/p1/" in request for request in acme.requests) == 4  # nothing of the first poll was read twice


@pytest.mark.parametrize("threads", [1, 4])
def test_sigterm_ends_a_wait_at_once(config: Path, acme: Acme, tmp_path: Path, threads: int) -> None:
    """The server asks for two minutes, which nobody waits for."""
    acme.failures = [(200, {}, acme.polls_json())] + [(429, {"Retry-After": "120"}, b"{}")] * 9
    target = f"sqlite:///{tmp_path}/f.db"
    command = process("--plugin", "acme_survey", "--config", config, "--to", target, "--threads", threads, "-q")
    acme.on_request = lambda: os.kill(command.pid, signal.SIGTERM) if len(acme.requests) == 2 else None
    _, err = command.communicate(timeout=20)
    assert command.returncode == 130
    assert "stopping after the page in hand" in err
    assert "stopped while waiting; progress is kept" in err


@pytest.mark.parametrize(
    ("signal_number", "hangs_at"),
    [(signal.SIGTERM, "--threads 1, request 1"), (signal.SIGINT, "--threads 1, request 4"),
     (signal.SIGTERM, "--threads 4, request 4")],
)  # fmt: skip
def test_a_server_that_hangs_keeps_nobody_from_leaving(
    signal_number: int, hangs_at: str, config: Path, acme: Acme, tmp_path: Path
) -> None:
    """The page in hand has some seconds; then the run ends without it, and what was read before is stored."""
    hangs, threads, last = threading.Event(), hangs_at[10], int(hangs_at[-1])

    def hang() -> None:
        if len(acme.requests) == last:
            os.kill(command.pid, signal_number)
        if len(acme.requests) >= last:
            hangs.wait()

    acme.on_request = hang
    target = f"sqlite:///{tmp_path}/f.db"
    arguments = ["--plugin", "acme_survey", "--config", config, "--to", target, "--threads", threads]
    command = process(*arguments)
    try:
        _, err = command.communicate(timeout=20)
    finally:
        hangs.set()
    assert (command.returncode, "Traceback" in err) == (130, False)
    acme.on_request = lambda: None
    again = process(*arguments)
    again.communicate(timeout=30)
    assert again.returncode == 3
    assert len(rows(tmp_path / "f.db")) == 15


def in_shell(command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["sh", "-c", f"{BIN}/{command}"], capture_output=True, text=True, check=False)


def test_a_closed_standard_error_is_nobodys_bug(config: Path) -> None:
    done = in_shell(f"connector-run --plugin acme_survey --config {config} --to jsonl:- --limit 1 -q 2>&-")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)


ASKED = {
    "records": "connector-run --plugin acme_survey --config {config} -q --to jsonl:- --state f.state",
    "a sample": "connector-run --plugin acme_survey --config {config} -q --dry-run",
    "findings": "connector-run --plugin acme_survey --config {config} --check",
    "plugins": "connector-run --list",
    "settings": "connector-run --plugin acme_survey --describe",
}
"""What is written on standard output."""


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("nowhere", [">&-", *([">/dev/full"] if Path("/dev/full").exists() else [])])
@pytest.mark.parametrize("what", ASKED)
def test_what_nobody_can_read_is_no_success(  # noqa: PLR0913, PLR0917 - three are cases
    what: str, nowhere: str, unbuffered: str, config: Path, run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Standard output may be closed, or a file on a full disk; a cursor moves past nothing that was not written."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)  # as in many a container; empty is as if it were not there
    done = in_shell(f"{ASKED[what].format(config=config)} {nowhere}")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("connector-run: target: standard output: ")
    if what == "records":
        arguments = ASKED[what].format(config=config).split()[1:]
        assert len(run(*arguments).out.splitlines()) == 15


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
@pytest.mark.parametrize("form", ["auto", "console", "json"])
def test_a_log_on_a_full_disk_stops_no_run(
    form: str, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = f"--config {config} --to jsonl:f --report r.json --log-format {form}"
    done = in_shell(f"connector-run --plugin acme_survey {asked} 2>/dev/full")
    assert done.returncode == 3
    assert len((tmp_path / "f").read_bytes().splitlines()) == 15
    assert json.loads((tmp_path / "r.json").read_text())["exit_code"] == 3


def test_a_pipe_is_no_place_for_a_recording(run: Command, config: Path, tmp_path: Path) -> None:
    """It would be replaced by a file."""
    os.mkfifo(tmp_path / "pipe")
    ended = run("--plugin", "acme_survey", "--config", config, "--record", "pipe")
    assert ended.code == 2
    assert "--record pipe: is no file that can be written" in ended.err
    assert (tmp_path / "pipe").is_fifo()


def test_a_report_touches_no_other_file(imported: Command, tmp_path: Path) -> None:
    """Least of all the target, however it is called."""
    assert imported("--to", "jsonl:feedback.partial", "--report", "feedback").code == 3
    assert len((tmp_path / "feedback.partial").read_bytes().splitlines()) == 15
    assert json.loads((tmp_path / "feedback").read_text())["exit_code"] == 3
    assert not [path for path in tmp_path.iterdir() if "report" in path.name]


@pytest.mark.parametrize("option", ["--to", "--report", "--state", "--record"])
def test_a_link_to_itself_is_one_line(option: str, run: Command, config: Path, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    place = "sqlite:///loop" if option == "--to" else "loop"
    rest = ["--to", "jsonl:f"] if option != "--to" else []
    ended = run("--plugin", "acme_survey", "--config", config, *rest, option, place)
    assert "bug" not in ended.err
    assert ended.code == (3 if option in ("--report", "--record") else 1)  # those take the place of the link
    assert (tmp_path / "loop").is_symlink() == (ended.code == 1)
    assert "loop" in ended.err or ended.code == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
def test_an_exit_code_does_not_depend_on_who_listens() -> None:
    assert in_shell("connector-run --plugin acme_survey --config none.json 2>/dev/full").returncode == 2


def test_a_signal_before_the_arguments_are_read_ends_in_a_line_too() -> None:
    """Reading them takes a moment, in which cron or a supervisor may end the run."""
    script = (
        "import argparse, os, signal; from connector_core.cli import run_command;"
        "argparse.ArgumentParser.parse_args = lambda *_: os.kill(os.getpid(), signal.SIGTERM);"
        "run_command(['--list'])"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    line = "connector-run: interrupted; progress is kept, the same command goes on from there\n"
    assert (ended.returncode, ended.stderr) == (130, line)


def test_a_report_for_which_there_is_no_room_leaves_nothing_behind(tmp_path: Path) -> None:
    """Its text may not fit in the file, or the file may not take the place of another."""
    for name, limit in (("r.json", 0), ("taken/r.json", resource.RLIM_INFINITY)):
        (tmp_path / "taken/r.json").mkdir(parents=True, exist_ok=True)
        script = (
            "import resource, signal, sys; from connector_core import reportfile;"
            "from connector_core.secrets import Guard;"
            "from connector_core.summary import Summary; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
            f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
            f"reportfile.kind_at = lambda _: None; reportfile.write({name!r}, [Summary('c', 't')], Guard())"
        )
        ended = subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert f"TargetError: --report {name}: cannot be written" in ended.stderr
        assert not [*tmp_path.rglob(".report-*")]


def test_a_report_may_go_into_a_pipe(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = in_shell(f"connector-run --plugin acme_survey --config {config} -q --to jsonl:f --report /dev/stdout")
    assert done.returncode == json.loads(done.stdout)["exit_code"] == 3
    assert "/dev" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
def test_a_report_that_cannot_be_written_hides_no_error(run: Command) -> None:
    ended = run("--plugin", "acme_survey", "--config", "none.json", "--report", "/dev/full")
    assert ended.code == 2
    assert ended.err.splitlines()[-1].startswith("connector-run: config: --config none.json: cannot be read")


def test_a_run_that_fails_at_once_is_reported_too(run: Command, acme: Acme, config: Path, tmp_path: Path) -> None:
    config.write_text(json.dumps({"account": {"key": "wrong", "url": acme.url}}))
    ended = run("--plugin", "acme_survey", "--config", config, "--report", "r.json")
    report = json.loads((tmp_path / "r.json").read_text())
    assert ended.code == report["exit_code"] == 1
    assert report["error"]["kind"] == "source"
    assert json.loads(ended.err.splitlines()[0])["level"] == "error"


def test_what_is_kept_is_told_by_where_it_goes(imported: Command) -> None:
    kept = "what was rejected is kept"
    for where, lasting in {("--to", "jsonl:-"): False, ("--dry-run",): False, ("--to", "jsonl:f"): True}.items():
        assert (kept in imported(*where, "--log-format", "console").err) == lasting


def test_check_says_that_a_target_cannot_be_written_to(imported: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    imported()
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write to whatever its mode forbids
    ended = imported("--check")
    assert (ended.code, ended.out.splitlines()[-1]) == (
        1, "FAIL  target: cannot be written to; see to its permissions",
    )  # fmt: skip


def test_check_says_that_a_run_would_be_refused(imported: Command, config: Path) -> None:
    imported()
    config.write_text(json.dumps(json.loads(config.read_text()) | {"privacy": {"contact_data": "keep"}}))
    ended = imported("--check")
    assert ended.code == 1
    assert "FAIL  target: privacy.contact_data: changed since" in ended.out


@pytest.mark.parametrize("spoiled", ["cursor = '{'", "high_water = 'yesterday'", "high_water = '2024-01-01'"])
def test_a_place_that_cannot_be_read_is_named_with_the_way_out(spoiled: str, run: Command, imported: Command) -> None:
    """Nothing is guessed: not read from a wrong place, and not from the beginning without being told."""
    imported()
    with closing(sqlite3.connect("feedback.db")) as db, db:
        db.execute(f"UPDATE connector_partition SET {spoiled} WHERE key = 'p2'")
    ended = imported("--quiet")
    assert ended.code == 1
    command = "connector state reset --connection acme_survey --partition p2"
    assert f"somebody else has written there; forget it with: {command}" in ended.err
    assert run(*command.split()[1:], tool=connector_command).code == 0
    assert imported().code == 0


@pytest.mark.parametrize("action", ["show", "reset"])
def test_the_state_of_a_log_that_was_moved_is_not_denied(action: str, run: Command, imported: Command) -> None:
    imported("--to", "jsonl:a.jsonl")
    Path("a.jsonl").rename("b.jsonl")
    ended = run("state", action, "--connection", "acme_survey", "--to", "jsonl:a.jsonl", tool=connector_command)
    assert ended.code == 1
    assert "a.jsonl: is not there, but a.jsonl.state is the state of a file; put that back" in ended.err


def test_looking_at_state_makes_no_file(run: Command, tmp_path: Path) -> None:
    ended = run("state", "show", "--connection", "c", "--to", "sqlite:///none.db", tool=connector_command)
    assert (ended.code, ended.err) == (
        2, "connector: config: --to sqlite:///none.db: none.db does not exist, so nothing is kept there\n"
    )  # fmt: skip
    assert not (tmp_path / "none.db").exists()


def recorded(imported: Command, tmp_path: Path, *more: str) -> Path:
    """A recording of the account, made by the command."""
    cassette = tmp_path / "deep/er/c.yaml"
    assert imported("--to", "jsonl:-", "--record", cassette, *more).code == 3
    return cassette


def test_a_recorded_run_replays_without_its_server(imported: Command, acme: Acme, tmp_path: Path) -> None:
    cassette = recorded(imported, tmp_path, "--record-unscrubbed")
    live = imported("--to", "jsonl:-").out
    before = len(acme.requests)
    replayed = imported("--to", "jsonl:-", "--replay", cassette)
    assert replayed.out == live
    assert replayed.code == 3
    assert len(acme.requests) == before
    assert "canary@example.com" in cassette.read_text()
    assert KEY not in cassette.read_text()


def test_a_replay_takes_the_configuration_that_was_saved_with_the_recording(
    run: Command, imported: Command, config: Path, tmp_path: Path
) -> None:
    """It holds no secret, and gives the same records as the run's own."""
    cassette = recorded(imported, tmp_path)
    beside = cassette.with_suffix(".config.json")
    own = imported("--to", "jsonl:-", "--replay", cassette)
    saved = json.loads(beside.read_text())
    assert saved == {"account": {"key": "REDACTED", "url": json.loads(config.read_text())["account"]["url"]}}
    arguments = ("--plugin", "acme_survey", "--to", "jsonl:-", "--replay", cassette)
    assert run(*arguments).out == own.out
    beside.unlink()
    missing = run(*arguments)
    assert missing.code == 2
    line = f"--replay {cassette}: {beside} does not stand beside it; give --config FILE"
    assert missing.err.endswith(f"\nconnector-run: config: {line}\n")


def test_what_a_run_recorded_passes_the_audit_unless_it_was_not_scrubbed(
    run: Command, imported: Command, tmp_path: Path
) -> None:
    cassette = recorded(imported, tmp_path)
    passed = run("cassette", "audit", "--max-age", "99999d", cassette, tool=connector_command)
    assert (passed.code, passed.err) == (0, "")
    recorded(imported, tmp_path, "--record-unscrubbed")
    assert run("cassette", "audit", cassette, tool=connector_command).code == 1


def test_a_recording_never_takes_the_place_of_the_runs_own_configuration(
    run: Command, config: Path, acme: Acme, tmp_path: Path
) -> None:
    own = tmp_path / "mine.config.json"
    own.write_text(config.read_text())
    refused = run("--plugin", "acme_survey", "--config", own, "--to", "jsonl:-", "--record", tmp_path / "mine.yaml")
    assert (refused.code, acme.requests) == (2, [])
    assert "the configuration beside" in refused.err
    assert "are the same file" in refused.err
    assert own.read_text() == config.read_text()


def test_a_recorded_run_says_what_was_replaced_and_never_a_value(run: Command, config: Path, tmp_path: Path) -> None:
    where = ("--plugin", "acme_survey", "--config", config, "--to", "jsonl:-", "--record", tmp_path / "c.yaml")
    console = run(*where, "--log-format", "console").err
    assert f"interactions in {tmp_path / 'c.yaml'}\n  stand-ins:\n" in console
    assert "  votes.mail\n" in console
    log = [json.loads(line) for line in run(*where, "--log-format", "json").err.splitlines()]
    event = next(entry for entry in log if entry["event"] == "cassette.recorded")
    assert event["replaced"]["votes.mail"] > 0
    assert (event["left_out"], event["secrets"]) == (0, {})
    assert "canary" not in f"{console}{event}"
    assert "interactions" not in run(*where, "--quiet").err


def test_a_recording_is_scrubbed_unless_told_otherwise(imported: Command, acme: Acme, tmp_path: Path) -> None:
    acme.date = "Mon, 05 Aug 2024 10:00:00 GMT"  # the run's present, so that two recordings ask the same
    text = recorded(imported, tmp_path, "--scrub-key", "a key").read_text()
    again = recorded(imported, tmp_path, "--scrub-key", "a key").read_text()
    assert "canary@example.com" not in text
    assert "Canária" not in text
    assert text.split("interactions:")[1] == again.split("interactions:")[1]


def test_a_replay_starts_where_the_recorded_run_did(imported: Command, acme: Acme, tmp_path: Path) -> None:
    """Its places come from the recording, whatever the target remembers."""
    imported("--to", "sqlite:///f.db")
    acme.vote("p1", "late", "2024-07-20T10:00:00Z", 9)
    cassette = tmp_path / "c.yaml"
    assert "1 new" in imported("--to", "sqlite:///f.db", "--lookback", "9999d", "--record", cassette).err
    assert "high_water" in cassette.read_text()
    replayed = imported("--to", "sqlite:///other.db", "--replay", cassette)
    assert "16 new" in replayed.err
    assert "unchanged 16" in " ".join(imported("--to", "sqlite:///other.db", "--replay", cassette).err.split())


def test_a_recording_with_a_limit_replays(imported: Command, tmp_path: Path) -> None:
    cassette = tmp_path / "c.yaml"
    live = imported("--to", "jsonl:-", "--limit", "4", "--threads", "8", "--record", cassette, "--record-unscrubbed")
    assert live.code == 0
    assert imported("--to", "jsonl:-", "--threads", "8", "--replay", cassette).out == live.out


def test_an_incomplete_run_leaves_an_earlier_recording_as_it_was(imported: Command, acme: Acme, tmp_path: Path) -> None:
    cassette = recorded(imported, tmp_path)
    before = cassette.read_bytes()
    cassette.with_suffix(".config.json").write_text("as it was")
    acme.broken = {"p2"}
    assert imported("--to", "jsonl:-", "--record", cassette).code == 1
    assert cassette.read_bytes() == before
    assert cassette.with_suffix(".config.json").read_text() == "as it was"


def test_a_recording_of_plain_vcrpy_replays_too(imported: Command, tmp_path: Path) -> None:
    cassette = recorded(imported, tmp_path, "--record-unscrubbed", "--until", "2024-08-01")
    text = cassette.read_text()
    plain = tmp_path / "plain.yaml"
    plain.write_text(text[: text.index("connector_core:")] + text[text.index("interactions:") :])
    missing = imported("--to", "jsonl:-", "--replay", plain)
    assert missing.code == 1  # it runs now, and the recording was made of what came before August 2024
    assert "before=" in missing.err


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("plugin: acme_survey", "plugin: other", "was recorded with --plugin other, not acme_survey"),
        ("lookback: 604800", "lookback: soon", "its connector_core section cannot be read"),
        ("lookback: 604800", "lookback: 604800\n    limit: many", "its connector_core section cannot be read"),
        ("cursors: {}", "cursors: {p1: 7}", "its connector_core section cannot be read"),
    ],
)
def test_a_recording_that_does_not_fit_is_one_line(
    imported: Command, tmp_path: Path, old: str, new: str, line: str
) -> None:
    cassette = recorded(imported, tmp_path)
    assert old in cassette.read_text()
    cassette.write_text(cassette.read_text().replace(old, new, 1))
    refused = imported("--to", "jsonl:-", "--replay", cassette)
    assert refused.code == 2
    assert line in refused.err


def test_a_replay_that_asks_for_less_than_was_recorded_fails(imported: Command, tmp_path: Path) -> None:
    cassette = recorded(imported, tmp_path)
    text = cassette.read_text()
    first = text.index("- request:")
    one = text[first:].split("- request:")[1]
    cassette.write_text(text + "".join(f"- request:{one.replace('/polls', f'/never-{n}')}" for n in range(7)))
    refused = imported("--to", "jsonl:-", "--replay", cassette)
    assert refused.code == 1
    assert "recorded but not asked for" in refused.err
    assert "and 2 more" in refused.err


def test_an_empty_installation_says_what_to_do(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector_core.listing.entry_points_of_all_versions", list)
    own, *_, said = run("--list").out.splitlines()
    assert (own.split()[0], said) == ("jsonl", "no plugin is installed; try: pip install trackco-cxm")


def test_a_terminal_gets_a_progress_line_and_a_summary(config: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    arguments = ["--plugin", "acme_survey", "--config", config, "--to", f"sqlite:///{tmp_path}/f.db"]
    command = [str(BIN / "connector-run"), *map(str, arguments)]
    child = subprocess.Popen(command, stderr=theirs, stdout=subprocess.DEVNULL)
    os.close(theirs)
    shown = b""
    while chunk := read_terminal(ours):
        shown += chunk
    os.close(ours)
    assert child.wait(30) == 3
    text = shown.decode()
    assert "\r\x1b[K  17 read, 15 loaded, 0 unchanged" in text
    assert text.index("17 read") < text.index("Done, with rejected answers")


def read_terminal(ours: int) -> bytes:
    """The next piece; a terminal whose other end is closed is an error on Linux."""
    try:
        return os.read(ours, 1024)
    except OSError:
        return b""


def test_a_closed_pipe_ends_in_one_line(config: Path, acme: Acme) -> None:
    for n in range(600):
        acme.vote("p1", f"y{n}", "2024-07-11T10:00:00Z", 9)
    command = process("--plugin", "acme_survey", "--config", config, "--to", "jsonl:-", "--quiet")
    assert command.stdout is not None
    command.stdout.readline()
    command.stdout.close()
    assert command.stderr is not None
    err = command.stderr.read()
    command.stderr.close()
    assert command.wait(30) == 1
    assert err.splitlines() == [
        "connector-run: target: standard output was closed by its reader; the rest was not written"
    ]


def test_help_and_list_import_neither_requests_nor_any_plugin() -> None:
    """Their speed is shown by a benchmark; what would cost it is asserted here."""
    code = (
        "import sys\nfrom connector_core.cli import run_command\n"
        "try: run_command(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    for option in ("--help", "--list"):
        done = subprocess.run([sys.executable, "-c", code, option], capture_output=True, text=True, check=True)
        modules = set(done.stderr.split())
        assert "connector_core.cli" in modules
        assert not modules & {
            "requests",
            "urllib3",
            "cattrs",
            "structlog",
            "vcr",
            "acme_survey",
            "trackco_cxm",
            "trackco_nps",
        }


def test_every_option_is_explained_with_its_default_and_an_example() -> None:
    """A switch is off by default and is its own example; what a run cannot do without has no default."""
    needed = {"--plugin", "--config"}
    for action in run_parser()._actions:
        text, names = action.help or "", set(action.option_strings)
        assert text, names
        if action.nargs != 0:
            assert "e.g. " in text, names
            assert ("default" in text) != bool(names & needed), names


# --- the settings of targets


SHOP = """
from contextlib import contextmanager
from attrs import frozen
from connector_core import Destination, Endpoint, TargetError, hookimpl, setting
from connector_core.loading import Journal, form_of, open_state
@frozen
class Config:
    key: str = setting("What lets us in.", secret=True)
    names: str = setting("What records are called.", default="plain", shapes=True)
@hookimpl
def destination(): return Destination(forms={"shop:PLACE": "a shop"}, config=Config)
@hookimpl
def load(target, connection, state, config, connect):
    http = connect(Endpoint("http://127.0.0.1:9", {"Authorization": config.key}, setting="targets.shop.url"), 2)
    http.close()
    database = open_state(state or "shop.state", "shop")
    return Journal(database, connection, Shelf(database, config), form=form_of(config))
class Shelf:
    seen = None
    def __init__(self, database, config): self.database, self.config = database, config
    @contextmanager
    def delivering(self, deliveries):
        if self.config.names == "odd": raise TargetError(f"it was opened with {self.config.key}")
        with self.database.transaction(): yield
    def delete(self, ids): pass
    def close(self): pass
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A load plugin with settings, installed."""
    site = tmp_path / "site"
    info = site / "shop-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "stranger_shop.py").write_text(SHOP)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[connector_core.v1]\nshop = stranger_shop\n")
    monkeypatch.syspath_prepend(str(site))
    yield
    sys.modules.pop("stranger_shop", None)


def with_targets(config: Path, **shop: str) -> None:
    document = json.loads(config.read_text())
    config.write_text(json.dumps(document | {"targets": {"shop": shop}}))


@pytest.mark.usefixtures("shop")
def test_a_target_with_settings_takes_them_from_the_configuration(imported: Command, config: Path) -> None:
    refused = imported("--to", "shop:x")
    assert (refused.code, "targets.shop.key: is required" in refused.err) == (2, True)
    with_targets(config, key="shop-secret")
    assert imported("--to", "shop:x").code == 3
    again = imported("--to", "shop:x")
    assert (again.code, "Nothing new" in again.err) == (0, True)
    assert "target: can be opened; 2 partitions were read before" in imported("--to", "shop:x", "--check").out


@pytest.mark.usefixtures("shop")
def test_settings_of_a_target_that_shape_records_ask_for_a_full_refresh(imported: Command, config: Path) -> None:
    with_targets(config, key="shop-secret")
    imported("--to", "shop:x")
    with_targets(config, key="another-secret", names="other")
    refused = imported("--to", "shop:x")
    assert (refused.code, "targets.shop.names: changed since the stored records" in refused.err) == (2, True)
    refreshed = imported("--to", "shop:x", "--full-refresh")
    assert (refreshed.code, "0 new, 15 updated" in refreshed.err) == (0, True)


@pytest.mark.usefixtures("shop")
def test_secrets_of_a_target_are_hidden_like_those_of_the_source(imported: Command, config: Path) -> None:
    with_targets(config, key="shop-secret", names="odd")
    ended = imported("--to", "shop://user:word-of-pass@host/x")
    assert ended.code == 1
    assert "it was opened with [secret]" in ended.err
    assert "shop://user:[secret]@host/x" in ended.err
    assert "word-of-pass" not in ended.err


@pytest.mark.usefixtures("shop")
def test_settings_of_a_misspelt_load_plugin_are_not_passed_over(imported: Command, config: Path) -> None:
    document = json.loads(config.read_text())
    config.write_text(json.dumps(document | {"targets": {"shopp": {"key": "k"}}}))
    refused = imported("--to", "shop:x")
    assert (refused.code, "targets.shopp: there is no such load plugin; did you mean shop?" in refused.err) == (2, True)
    with_targets(config, key="shop-secret")
    document = json.loads(config.read_text())
    config.write_text(json.dumps(document | {"targets": document["targets"] | {"elsewhere": {"x": 1}}}))
    ended = imported("--to", "shop:x")
    assert (ended.code, "targets.elsewhere" in ended.err, "its settings are not used" in ended.err) == (3, True, True)
