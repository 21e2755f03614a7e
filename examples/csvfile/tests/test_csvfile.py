"""The target in real runs: what is new is appended, what is there is not sent again, what fails is said."""

import csv
import json
import subprocess
import sysconfig
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from quince.simulator import KEY, Account, serving

RUN = str(Path(sysconfig.get_path("scripts")) / "connector-run")


@pytest.fixture
def account() -> Iterator[Account]:
    with serving(Account()) as served:
        served.add("srv_support", 5, datetime(2025, 5, 1, tzinfo=UTC), comment='Said "fine", twice')
        served.add("srv_support", 1, datetime(2025, 5, 2, tzinfo=UTC))
        yield served


def run(folder: Path, account: Account, *more: str) -> "subprocess.CompletedProcess[str]":
    (folder / "quince.json").write_text(json.dumps({"connection_details": {"key": KEY, "base_url": account.url}}))
    command = [RUN, "--plugin", "quince", "--config", "quince.json", "--quiet", *more]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_what_is_new_or_changed_is_appended_once(account: Account, tmp_path: Path) -> None:
    for _ in range(2):
        assert run(tmp_path, account, "--to", "csvfile:out.csv").returncode == 0
    account.edit(account.responses["srv_support"][1], score=2)
    account.clock = lambda: datetime(2025, 6, 2, tzinfo=UTC)
    assert run(tmp_path, account, "--to", "csvfile:out.csv").returncode == 0
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        lines = [(key, rating, text) for key, _, rating, _, text, _ in csv.reader(file)]
    first, second = "quince:rsp_00000", "quince:rsp_00001"
    assert lines == [(first, "5", 'Said "fine", twice'), (second, "1", ""), (second, "2", "")]


@pytest.mark.parametrize(
    ("more", "code", "line"),
    [
        (["--to", "csvfile:"], 2, "write csvfile:path/of/a/file.csv"),
        (["--to", "csvfile:out.csv", "--full-refresh", "--prune"], 2, "nothing can be deleted from out.csv"),
        (["--to", "csvfile:.", "--state", "x.state"], 1, "target: .: Is a directory"),
    ],
)
def test_what_it_cannot_do_is_one_line(more: list[str], code: int, line: str, account: Account, tmp_path: Path) -> None:
    done = run(tmp_path, account, *more)
    assert (done.returncode, line in done.stderr.splitlines()[-1]) == (code, True), done.stderr
