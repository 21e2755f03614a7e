"""Several targets in one command: what is read once goes to all that stand at the same place, and each stands alone."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from connector_core.cli import run_command
from connector_core.errors import StoppedError, TargetError, TransientError
from connector_core.model import Window
from connector_core.plugins import open_sink
from connector_core.sink import Batch, Held, History, Memory, Place, Portion, Refused, Sink, Stored
from connector_core.summary import Summary
from connector_core.tee import Member, Tee
from tests.acme_server import Acme, serving
from tests.fakes import Ledger, hour, imported, refused, row
from tests.test_refusals import Shop

Command = Callable[..., tuple[int, str]]
Vote = tuple[str, str, str, int]
VOTES: Sequence[Vote] = [("p1", f"v{n}", f"2024-07-{1 + n:02}T10:00:00Z", n) for n in range(10)]


@pytest.fixture
def acme() -> Iterator[Acme]:
    account = Acme(date="Wed, 17 Jul 2024 00:00:00 GMT")
    for vote in VOTES:
        account.vote(*vote)
    with serving(account):
        yield account


@pytest.fixture
def run(acme: Acme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run connector-run on the account, in an empty folder: its exit code and what it says."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "acme.json").write_text(json.dumps({"account": {"key": "acme-secret-key", "url": acme.url}}))
    (tmp_path / "acme.json").chmod(0o600)

    def command(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            run_command(["--plugin", "acme_survey", "--config", "acme.json", "--log-format", "console", *arguments])
        return int(left.value.code or 0), capsys.readouterr().err

    return command


TABLE, LOG = ("--to", "sqlite:///f.db"), ("--to", "jsonl:f.jsonl")


def held(path: str) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [key for (key,) in db.execute("SELECT id FROM feedback ORDER BY id")]


def logged(path: str) -> list[str]:
    return sorted(json.loads(line)["id"] for line in Path(path).read_bytes().splitlines())


def test_targets_that_stand_at_the_same_place_share_one_pass(run: Command, acme: Acme) -> None:
    run("--to", "sqlite:///alone.db")
    alone = len(acme.requests)
    code, said = run(*TABLE, *LOG)
    assert code == 0
    assert len(acme.requests) == 2 * alone
    assert held("f.db") == logged("f.jsonl") == held("alone.db")
    assert said.count("10 new") == 2
    assert "-> sqlite:///f.db" in said
    assert "-> jsonl:f.jsonl" in said


def test_a_target_that_comes_later_gets_a_pass_of_its_own_and_then_shares(run: Command, acme: Acme) -> None:
    run(*TABLE)
    acme.vote("p1", "late", "2024-07-16T10:00:00Z", 3)
    passes = acme.requests.count("/polls")
    code, said = run(*TABLE, *LOG)
    assert (code, acme.requests.count("/polls") - passes) == (0, 2)
    assert ("1 new" in said, "11 new" in said) == (True, True)
    assert held("f.db") == logged("f.jsonl")
    assert run(*TABLE, *LOG)[0] == 0
    assert acme.requests.count("/polls") - passes == 3


def test_a_target_that_cannot_be_opened_is_named_and_the_others_go_on(run: Command) -> None:
    Path("f.jsonl").write_text("somebody's\n")
    code, said = run(*TABLE, *LOG, "--report", "report.json")
    assert code == 1
    assert len(held("f.db")) == 10
    assert Path("f.jsonl").read_text() == "somebody's\n"
    last = said.splitlines()[-1]
    assert last.startswith("connector-run: target: f.jsonl: is not empty")
    assert last.endswith("(--to jsonl:f.jsonl)")
    report = json.loads(Path("report.json").read_text())
    assert [(each["target"], each["exit_code"]) for each in report["targets"]] == [
        ("sqlite:///f.db", 0),
        ("jsonl:f.jsonl", 1),
    ]


def test_a_target_whose_memory_cannot_be_read_is_named_and_the_others_go_on(run: Command) -> None:
    run(*TABLE)
    with closing(sqlite3.connect("f.db")) as db, db:
        db.execute("UPDATE connector_partition SET high_water = 'some day'")
    code, said = run(*TABLE, *LOG)
    assert (code, len(logged("f.jsonl"))) == (1, 10)
    assert said.splitlines()[-1].endswith("(--to sqlite:///f.db)")


def test_a_target_that_is_taken_away_is_named_and_what_came_of_the_others_is_told(run: Command, acme: Acme) -> None:
    """It complains when it is written to, and once more when it is closed."""
    acme.on_request = lambda: Path("f.db").unlink(missing_ok=True)
    code, said = run(*TABLE, *LOG, "--report", "report.json")
    assert (code, len(logged("f.jsonl"))) == (1, 10)
    assert "f.db: was taken away or replaced" in said.splitlines()[-1]
    first, second = json.loads(Path("report.json").read_text())["targets"]
    assert (first["exit_code"], first["total"]["loaded"]) == (1, 0)
    assert (second["exit_code"], second["total"]["loaded"], second["error"]) == (0, 10, None)


def test_requests_are_those_of_the_pass_also_for_a_target_that_is_dropped_at_its_beginning(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(*TABLE)

    def full(*_: Any) -> None:
        raise TargetError("no space left")

    monkeypatch.setattr("connector_core.jsonl.Log.begin", lambda _: None)
    monkeypatch.setattr("connector_core.jsonl.Log.delivering", full)
    code, _ = run(*TABLE, *LOG, "--to", "sqlite:///g.db", "--report", "report.json")
    report = json.loads(Path("report.json").read_text())["targets"]
    assert (code, [each["requests"] > 0 for each in report]) == (1, [True, False, True])
    assert report[1]["requests"] == 0


def test_a_target_that_is_not_written_as_it_must_be_stops_all_before_anything_is_read(run: Command, acme: Acme) -> None:
    code, said = run(*TABLE, "--to", "jsonl:")
    assert (code, "write jsonl:path" in said, acme.requests) == (2, True, [])
    code, said = run(*TABLE, *TABLE)
    assert (code, "--to: the same target stands twice" in said) == (2, True)
    code, said = run(*TABLE, *LOG, "--state", "x.state")
    assert (code, "--state and --record go with one --to" in said) == (2, True)


def test_one_target_that_asks_for_a_full_refresh_stops_all_before_anything_is_read(run: Command, acme: Acme) -> None:
    run(*TABLE)
    document = json.loads(Path("acme.json").read_text())
    Path("acme.json").write_text(json.dumps(document | {"privacy": {"contact_data": "keep"}}))
    before = len(acme.requests)
    code, said = run(*LOG, *TABLE)
    assert (code, "run once with --full-refresh" in said, len(acme.requests)) == (2, True, before)


def test_a_full_refresh_prunes_in_each_what_it_holds_itself(run: Command, acme: Acme) -> None:
    run(*TABLE, "--to", "sqlite:///g.db")
    acme.vote("p1", "only-in-f", "2024-07-16T11:00:00Z", 3)
    run(*TABLE)
    votes = acme.polls["p1"]["votes"]
    acme.polls["p1"]["votes"] = [vote for vote in votes if vote["id"] not in ("v3", "only-in-f")]
    code, said = run(*TABLE, "--to", "sqlite:///g.db", "--full-refresh", "--prune")
    assert code == 0
    assert held("f.db") == held("g.db")
    assert "no longer at the source: 2, deleted" in said
    assert "no longer at the source: 1, deleted" in said
    code, said = run(*TABLE, *LOG, "--full-refresh", "--prune")
    assert (code, "nothing can be deleted from JSON lines" in said) == (2, True)


def test_each_target_is_checked_and_reconciled(run: Command, capsys: pytest.CaptureFixture[str]) -> None:
    run(*TABLE, *LOG)
    with pytest.raises(SystemExit):
        run_command(["--plugin", "acme_survey", "--config", "acme.json", *TABLE, *LOG, "--check"])
    assert capsys.readouterr().out.count("target: can be opened; 1 partitions were read before") == 2
    with pytest.raises(SystemExit) as left:
        run_command(["--plugin", "acme_survey", "--config", "acme.json", *TABLE, *LOG, "--reconcile"])
    assert left.value.code == 0
    assert capsys.readouterr().out.count("answers 10 / 10") == 2


def test_rejects_are_retried_in_each(run: Command, acme: Acme) -> None:
    acme.vote("p1", "odd", "2024-07-16T10:00:00Z", 99)
    assert run(*TABLE, *LOG)[0] == 3
    code, said = run(*TABLE, *LOG, "--retry-rejects")
    assert (code, said.count("rejected            1")) == (0, 2)


@pytest.mark.parametrize("wrong", [["--to", "no_such:x"], ["--connection", "other", "--config", "no.json"]])
def test_a_report_of_what_failed_before_any_target_was_opened_holds_no_password(
    run: Command, wrong: Sequence[str]
) -> None:
    code, said = run(*wrong, "--to", "dlt+postgres://loader:hunter2secret@db/x", "--report", "report.json")
    assert (code, "hunter2" in said + Path("report.json").read_text()) == (2, False)
    assert "loader:[secret]@db" in Path("report.json").read_text()


# --- the tee


@define
class Fragile:
    """A sink around another that fails at one of its writes, and whenever it is asked after that."""

    inner: Sink
    fails_at: int
    error: type[Exception] = TargetError
    writes: int = field(default=0, init=False)

    @property
    def batch(self) -> Batch:
        return Batch(rows=50)

    def _look(self) -> None:
        if self.writes >= self.fails_at:
            raise self.error("it broke")

    def history(self) -> History:
        return self.inner.history()

    def remember(self, memory: Memory) -> None:
        self.inner.remember(memory)

    def write(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        self.writes += 1
        self._look()
        return self.inner.write(portions)

    def preview(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        self._look()
        return self.inner.preview(portions)

    def rejects(self, partition: str) -> Sequence[Refused]:
        self._look()
        return self.inner.rejects(partition)

    def held(self, partition: str, window: Window) -> Held:
        return self.inner.held(partition, window)

    def gone(self, partitions: Any, window: Window) -> Sequence[str]:
        return self.inner.gone(partitions, window)

    def prune(self, ids: Any) -> None:
        self.inner.prune(ids)

    def reset(self, partitions: Any) -> int:
        return self.inner.reset(partitions)

    def close(self) -> None:
        self.inner.close()


def member(target: str, *, fails_at: int = 10**6, error: Any = TargetError) -> Member:
    return Member(target, Fragile(open_sink("sqlite:///:memory:", "ledger", None), fails_at, error), {"of": target})


@pytest.fixture
def ledger() -> Ledger:
    """A survey of 200 answers, an hour apart; one cannot be imported."""
    made = Ledger(now=hour(1000), page=50)
    for number in range(200):
        made.say("a", f"a{number}", number, score="nine" if number == 7 else number % 11)
    return made


def taken(ledger: Ledger, *members: Member) -> tuple[Summary, list[Summary]]:
    """A run into a tee, and what it was for each member."""
    tee = Tee(members, Summary("ledger", "tee"))

    def progress(summary: Summary) -> None:
        tee.summary = summary

    tee.summary = imported(ledger, tee, job_values={"progress": progress, "endure": tee.endure})
    return tee.summary, tee.summaries()


@pytest.mark.parametrize("error", [TargetError, TransientError])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_target_that_fails_is_dropped_and_the_others_go_on(ledger: Ledger, place: int, error: Any) -> None:
    """Each has numbers of its own, which add up; what the dropped one has not stored, its next run reads."""
    members = [member(name, fails_at=3 if number == place else 10**6, error=error) for number, name in enumerate("abc")]
    whole, each = taken(ledger, *members)
    assert whole.error is None
    dropped = each.pop(place)
    assert (str(dropped.error), dropped.exit_code, dropped.total.loaded) == ("it broke", 1, 99)
    assert [(own.exit_code, own.total.loaded) for own in each] == [(3, 199), (3, 199)]
    assert all(own.total.adds_up() for own in [dropped, *each])
    again = imported(
        ledger,
        members[place].sink.inner,  # type: ignore[attr-defined]
        job_values={"fingerprint": members[place].fingerprint},
    )
    assert again.total.loaded == 100


@pytest.mark.parametrize("first", [True, False])
def test_a_target_that_refuses_too_much_is_dropped_and_the_others_go_on(ledger: Ledger, first: bool) -> None:  # noqa: FBT001 - a case
    shop = Shop(refuses={f"ledger:a{number}" for number in range(0, 200, 2)})
    refusing, other = Member("shop", shop.sink(), {"of": "shop"}), member("other")
    whole, each = taken(ledger, *([refusing, other] if first else [other, refusing]))
    of = {own.target: own for own in each}
    assert (whole.error, of["other"].exit_code, of["other"].total.loaded) == (None, 3, 199)
    assert "51 of 100 new answers were rejected, now by the target (50 target.invalid)" in str(of["shop"].error)
    assert all(own.total.adds_up() for own in each)
    assert len(shop.rejects()) == 51
    alone = Shop(refuses=shop.refuses)
    whole, _ = taken(ledger, Member("shop", alone.sink(), {}))
    assert "now by the target" in str(whole.error)


def test_when_none_is_left_the_run_fails(ledger: Ledger) -> None:
    whole, each = taken(ledger, member("a", fails_at=3), member("b", fails_at=4))
    assert str(whole.error) == "it broke"
    assert [own.total.loaded for own in each] == [99, 149]


def test_a_bug_of_one_target_is_told_without_its_values_and_the_others_go_on(ledger: Ledger) -> None:
    whole, each = taken(ledger, member("a", fails_at=3, error=ValueError), member("b"))
    assert (whole.error, each[1].total.loaded) == (None, 199)
    assert str(each[0].error).startswith("a bug in connector-core or a plugin, please report it: ValueError at ")
    assert "it broke" not in str(each[0].error)


def test_a_run_that_is_stopped_while_one_is_written_to_counts_that_commit_for_none(ledger: Ledger) -> None:
    whole, each = taken(ledger, member("a"), member("b", fails_at=3, error=StoppedError))
    assert whole.exit_code == 130
    assert [(own.exit_code, own.total.loaded, own.total.adds_up()) for own in each] == [(130, 99, True)] * 2


def test_each_counts_what_is_new_to_itself(ledger: Ledger) -> None:
    members = [member("a"), member("b")]
    members[1].sink.write([Portion("a", [row("ledger:a3", survey="a")], [refused("ledger:a7")])])
    _, (first, second) = taken(ledger, *members)
    assert (first.total.new, first.total.updated, first.partitions["a"].new) == (199, 0, 199)
    assert (second.total.new, second.total.updated, second.partitions["a"].new) == (198, 1, 198)
    assert [own.target for own in (first, second)] == ["a", "b"]


def test_each_keeps_its_own_fingerprint_and_all_the_rest_alike() -> None:
    tee = Tee([member("a"), member("b")], Summary("ledger", "tee"))
    tee.remember(Memory(hour(1), {"of": "the run"}))
    tee.write([Portion("p", [row("ledger:1")], [refused("ledger:2")], place=Place(hour(2)))])
    assert tee.batch == Batch(rows=50)
    fingerprints = [one.sink.history().fingerprint for one in tee.members]
    assert fingerprints == [{"of": "a"}, {"of": "b"}]
    assert tee.history().places == {"p": Place(hour(2))}
    assert [reject.key for reject in tee.rejects("p")] == ["ledger:2"]
    assert tee.held("p", Window(None, hour(9))) == Held({"9": 1}, rejected=1, undated=1)
    assert tee.reset(["p"]) == 1
    assert [one.sink.history().places["p"] for one in tee.members] == [Place(), Place()]
    tee.close()


def test_if_the_first_cannot_answer_the_next_one_does() -> None:
    tee = Tee([member("a", fails_at=0), member("b")], Summary("ledger", "tee"))
    assert tee.rejects("p") == []
    assert [one.error is None for one in tee.members] == [False, True]
    alone = Tee([member("a", fails_at=0)], Summary("ledger", "tee"))
    with pytest.raises(TargetError, match="it broke"):
        alone.preview([])


def test_nothing_is_read_into_the_others_after_the_user_has_ended_the_run(run: Command, acme: Acme) -> None:
    import signal  # noqa: PLC0415

    run(*TABLE)
    acme.vote("p1", "late", "2024-07-16T10:00:00Z", 3)
    asked: list[None] = []

    def once() -> None:
        if not asked:
            asked.append(None)
            os.kill(os.getpid(), signal.SIGTERM)

    acme.on_request = once
    code, said = run(*TABLE, *LOG)
    assert code == 130
    assert said.count("Interrupted, progress kept") == 2
