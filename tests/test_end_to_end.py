"""Both plugins, the real command and a simulated account of thousands of answers: exactly what its generator says."""

import json
import os
import sqlite3
import subprocess
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from connector_core import longbody, spool
from connector_core.spool import LongList
from tests.fakes import PLAINLY
from tests.simulated import Import
from trackco_simulator import Behaviour, CxmAccount, NpsAccount, generate_cxm, generate_nps, golden_cxm, serve

RUN = str(Path(sysconfig.get_path("scripts")) / "connector-run")
END = datetime(2026, 9, 1, tzinfo=UTC)
ANSWERS = 20_000 if "TORTURE" in os.environ else 5_000
TICKET = {"transaction_id_field": "ticket_id", "transaction_platform": "Zendesk"}
FEW = 2_000
GENERATE: dict[str, Callable[..., CxmAccount | NpsAccount]] = {
    "trackco_cxm": partial(generate_cxm, surveys=6),  # one for each scored type on each of the vendor's scales
    "trackco_nps": generate_nps,
}


@frozen
class Account:
    """A served account and the configuration that reads it."""

    plugin: str
    made: Any
    server: Any
    config: Path

    def expected(self) -> dict[str, Any]:
        """The records as the generator computes them, by id."""
        records: dict[str, Any] = self.made.expected(prefix=f"{self.plugin}:", **TICKET)
        return records

    def run(self, target: str, threads: int, *more: str) -> dict[str, Any]:
        """Import with the real command; returns the report, whose numbers must add up."""
        report = self.config.with_suffix(".report")
        arguments = ["--plugin", self.plugin, "--config", self.config, "--to", target, "--threads", threads, *more]
        command = [RUN, *map(str, arguments), "--report", str(report), "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=PLAINLY)
        assert done.returncode in (0, 3), done.stderr
        said: dict[str, Any] = json.loads(report.read_text())
        for tally in [said["total"], *said["partitions"].values()]:
            parts = ("loaded", "unchanged", "rejected", "duplicate", "outside")
            assert tally["read"] == sum(tally[part] for part in parts) + sum(tally["skipped"].values())
        return said


@pytest.fixture(params=GENERATE)
def account(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Account]:
    """A large account of each API, with answers of every odd kind."""
    with served(request.param, GENERATE[request.param](7, ANSWERS, end=END), tmp_path) as account:
        yield account


@pytest.fixture(params=GENERATE)
def clean(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Account]:
    """A smaller account of each API, all of whose answers are within the contract."""
    with served(request.param, GENERATE[request.param](7, FEW, end=END, dirty=0), tmp_path) as account:
        yield account


@contextmanager
def served(plugin: str, made: Any, folder: Path) -> Iterator[Account]:
    """Serve an account, its server's clock standing at the end of its history."""
    with serve(made, behaviour=Behaviour(date_header=END)) as server:
        config = folder / "config.json"
        url = server.base_url if plugin == "trackco_cxm" else server.nps_base_url
        source = {"organization_id": server.organization_id, "time_zone": "America/Sao_Paulo"}
        document = {
            "connection_details": {"token": server.token, "base_url": url, "track_api": plugin[-3:]},
            "data_source": source if plugin == "trackco_cxm" else {},
            "metadata": TICKET,
        }
        config.write_text(json.dumps(document))
        yield Account(plugin, made, server, config)


@pytest.mark.parametrize("threads", [1, 4])
def test_days_whose_answers_are_longer_than_is_held_come_field_by_field(
    threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two days of one campaign, as one array, read over a socket into a file and from there in runs."""
    kept: list[LongList] = []

    def keeping(pieces: Iterable[bytes], place: str) -> LongList:
        kept.append(spool.kept(pieces, place))
        return kept[-1]

    monkeypatch.setattr(longbody, "kept", keeping)
    made = generate_nps(7, 1_000, campaigns=1, end=END, days=2)
    with served("trackco_nps", made, tmp_path) as account:
        summary = Import("trackco_nps", account.server, f"jsonl:{tmp_path / 'out'}").run(threads)
    assert max(sum(1 for _ in each) for each in kept) > 900
    assert summary.error is None
    assert not summary.failed
    assert records_of_lines(tmp_path / "out") == made.expected(prefix="trackco_nps:")


def records_of_sqlite(path: Path) -> dict[str, Any]:
    """The records of a feedback table, in the form of JSON lines."""
    plain = ["id", "kind", "rating", "title", "text", "posted_at", "author_id", "author_name"]
    plain += ["survey_id", "survey_title"]
    records = {}
    with closing(sqlite3.connect(path)) as db:
        columns = ", ".join([*plain, "transaction_id", "transaction_platform", "additional_fields"])
        for *values, ticket, platform, extra in db.execute(f"SELECT {columns} FROM feedback"):
            record = {name: value for name, value in zip(plain, values, strict=True) if value is not None}
            if ticket is not None:
                record["transaction"] = {"id": ticket, "platform": platform}
            records[record["id"]] = record | {"additional_fields": json.loads(extra)}
    return records


def records_of_lines(path: Path) -> dict[str, Any]:
    """The last version of each record of a JSON-lines log."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {record["id"]: record for record in map(json.loads, lines)}


READ = {"sqlite:///{}": records_of_sqlite, "jsonl:{}": records_of_lines}


WAYS = [(form, threads) for form in READ for threads in (1, 8)]
"""Both targets, strictly one by one and with threads."""


def test_every_importable_answer_is_loaded_field_by_field(account: Account, tmp_path: Path) -> None:
    """And then 500 more answers and 50 edits within the lookback, and exactly those."""
    targets = [(READ[form], tmp_path / f"{number}", form, threads) for number, (form, threads) in enumerate(WAYS)]
    earlier, counts = account.expected(), account.made.expected_counts()
    for read, path, form, threads in targets:
        before = len(account.server.requests)
        first = account.run(form.format(path), threads)
        assert read(path) == earlier
        assert first["total"]["new"] == counts.importable == len(earlier)
        assert first["total"]["skipped"] == counts.skipped
        assert first["total"]["rejected_by"] == counts.rejected
        assert {u["key"] for u in first["unimportable"]} == set(counts.unimportable)

        between = len(account.server.requests)
        quiet = account.run(form.format(path), threads)
        assert (quiet["total"]["loaded"], quiet["total"]["new_rejects"], quiet["exit_code"]) == (0, 0, 0)
        assert len(account.server.requests) - between < (between - before) / 2

    account.made.add(500, at=END + timedelta(hours=1))
    account.made.edit(50, within=timedelta(days=6), now=END)
    later = account.expected()
    changed = {key for key, record in later.items() if record != earlier.get(key)}
    account.server.set(Behaviour(date_header=END + timedelta(hours=2)))
    for read, path, form, threads in targets:
        second = account.run(form.format(path), threads)
        assert second["total"]["loaded"] == len(changed)
        assert second["total"]["updated"] == len(changed & earlier.keys()) == 50
        assert read(path) == later


def test_one_thread_and_eight_write_the_same_bytes(clean: Account, tmp_path: Path) -> None:
    clean.run(f"jsonl:{tmp_path}/one", 1)
    clean.run(f"jsonl:{tmp_path}/eight", 8)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "eight").read_bytes()


def test_an_edit_older_than_the_lookback_needs_a_larger_one(clean: Account, tmp_path: Path) -> None:
    target = f"sqlite:///{tmp_path}/f.db"
    clean.run(target, 4)
    earlier = clean.expected()
    clean.made.edit(20, within=timedelta(days=60), now=END - timedelta(days=30))
    changed = sum(record != earlier[key] for key, record in clean.expected().items())
    assert changed == 20
    assert clean.run(target, 4)["total"]["loaded"] == 0
    assert clean.run(target, 4, "--lookback", "120d")["total"]["updated"] == 20


def test_a_full_refresh_tells_what_is_gone_and_prune_deletes_it(clean: Account, tmp_path: Path) -> None:
    target, path = f"sqlite:///{tmp_path}/f.db", tmp_path / "f.db"
    clean.run(target, 4)
    victims = sorted(clean.expected())[::200]
    wire = [key.split(":")[1] for key in victims]
    clean.made.delete([int(key) for key in wire] if clean.plugin == "trackco_nps" else wire)
    assert clean.run(target, 4, "--full-refresh")["gone"] == victims
    assert records_of_sqlite(path).keys() == clean.expected().keys() | set(victims)
    assert clean.run(target, 4, "--full-refresh", "--prune")["pruned"]
    assert records_of_sqlite(path) == clean.expected()


def test_local_times_that_do_not_exist_or_come_twice_are_loaded_and_counted(tmp_path: Path) -> None:
    """São Paulo changed its clocks for the last times in 2018 and 2019."""
    made = generate_cxm(7, FEW, end=datetime(2019, 4, 1, tzinfo=UTC))
    with served("trackco_cxm", made, tmp_path) as account:
        said = account.run(f"jsonl:{tmp_path}/out", 4)
        assert records_of_lines(tmp_path / "out") == account.expected()
    assert said["total"]["notes"]["time.ambiguous"] == made.expected_counts().ambiguous_times > 0


def test_the_golden_record_comes_out_of_a_simulated_account_to_the_byte(tmp_path: Path) -> None:
    """The example of Birdie's page, section 3 of docs/trackco-apis.md."""
    facts = (Path(__file__).parent.parent / "docs/trackco-apis.md").read_text(encoding="utf-8")
    block = facts[facts.index('{"kind": "csat"') :]
    golden = json.loads(block[: block.index("```")])
    with serve(golden_cxm()) as server:
        config = tmp_path / "config.json"
        connection = {"token": server.token, "base_url": server.base_url}
        source = {"organization_id": server.organization_id, "time_zone": "America/Sao_Paulo"}
        config.write_text(json.dumps({"connection_details": connection, "data_source": source}))
        command = [RUN, "--plugin", "trackco_cxm", "--config", str(config), "--to", "jsonl:-", "--quiet"]
        line = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    record = json.loads(line)
    kept = json.dumps({key: record[key] for key in golden}, ensure_ascii=False, separators=(",", ":"))
    assert kept == json.dumps(golden, ensure_ascii=False, separators=(",", ":"))
