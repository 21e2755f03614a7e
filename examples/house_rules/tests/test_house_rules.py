"""The wrapper around a real source, in a real run, and only where a configuration names it."""

import json
import subprocess
import sysconfig
from datetime import UTC, datetime
from pathlib import Path

import pytest

from quince.simulator import KEY, Account, serving

RUN = str(Path(sysconfig.get_path("scripts")) / "connector-run")
AT = datetime(2025, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrappers", "titles"),
    [([], ["[CSAT] Support", "[CSAT] Support"]), (["house_rules"], ["[CSAT] Support (Ours)"])],
)
def test_the_rules_hold_where_they_are_named(wrappers: list[str], titles: list[str], tmp_path: Path) -> None:
    account = Account()
    account.add("srv_support", 5, AT, person={"id": "p1", "email": "customer@example.com"})
    account.add("srv_support", 5, AT, person={"id": "p2", "email": "colleague@ours.example"})
    account.add("srv_support", None, AT)
    with serving(account):
        connection = {"key": KEY, "base_url": account.url}
        document = {"connection_details": connection, "wrappers": wrappers}
        (tmp_path / "quince.json").write_text(json.dumps(document))
        command = [RUN, "--plugin", "quince", "--config", "quince.json", "--to", "jsonl:-", "--quiet"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert [json.loads(line)["title"] for line in done.stdout.splitlines()] == titles
