"""What one may write after `--to`, and what is told of it."""

import pytest

from connector_core import ConfigError
from connector_warehouse.address import parse

SECRET = "sesame-4711"


@pytest.mark.parametrize(
    ("target", "kind", "shown", "state"),
    [
        ("dlt+duckdb:///feedback.duckdb", "duckdb", "feedback.duckdb", "feedback.duckdb.state"),
        ("dlt+duckdb:////data/f.db", "duckdb", "/data/f.db", "/data/f.db.state"),
        ("dlt:my_warehouse", "my_warehouse", "dlt:my_warehouse", "dlt-my_warehouse.state"),
        ("dlt+postgres://me@db.example/f", "postgres", "postgres://db.example/f", "dlt-db.example-f.state"),
        (
            "dlt+postgresql://db.example:5433/f",
            "postgres",
            "postgres://db.example:5433/f",
            "dlt-db.example-5433-f.state",
        ),
        ("dlt+postgres://me@localhost/f?host=/run/pg", "postgres", "postgres:///run/pg/f", "dlt-run-pg-f.state"),
        ("dlt+snowflake://me@account/db", "snowflake", "snowflake://account/db", "dlt-account-db.state"),
    ],
)
def test_a_target_is_taken_apart(target: str, kind: str, shown: str, state: str) -> None:
    address = parse(target)
    assert (address.kind, address.shown, address.state) == (kind, shown, state)


@pytest.mark.parametrize(
    "target",
    ["dlt", "dlt:", "dlt:a b", "dlt://x", "dlt+duckdb", "dlt+duckdb:x", "dlt+duckdb:///", "dlt+duckdb://x", "dlt+:x",
     "dlt+postgres:", "dlt+postgres://", "dlt+postgres:db", "dlt+postgres://h:port/db", "dlt+post gres://h/db"],
)  # fmt: skip
def test_what_is_of_no_form_is_refused_with_the_forms(target: str) -> None:
    with pytest.raises(ConfigError, match=r"dlt[+]duckdb:///PATH") as refused:
        parse(target)
    assert len(str(refused.value).splitlines()) == 1


def test_a_password_is_kept_from_messages_state_and_representations() -> None:
    address = parse(f"dlt+postgres://me:{SECRET}@db.example/f?password={SECRET}")
    assert SECRET in (address.url or "")
    assert SECRET not in address.shown + address.state + repr(address)
    assert "me" not in address.shown.partition("://")[2]
    with pytest.raises(ConfigError) as refused:
        parse(f"dlt+postgres:me:{SECRET}@db.example/f")
    assert SECRET not in str(refused.value)
