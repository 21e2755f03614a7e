"""The configuration that is saved beside a recording: it replays the same run, and holds no secret."""

import re
from typing import Any

import pytest
from attrs import frozen

from connector_core.cassette import Scrub
from connector_core.cassette.configuration import is_placeholder, replayable
from connector_core.config import load
from connector_core.errors import ConfigError
from connector_core.model import Json
from connector_core.settings import Rule, section, setting


@frozen
class Access:
    token: str = setting("A token.", secret=True, min_length=1)
    spare: tuple[str, ...] = setting("More of them.", secret=True, default=())
    named: dict[str, str] = setting("By name.", secret=True, default={})
    none: str | None = setting("None at all.", secret=True, default=None)


@frozen
class Config:
    access: Access = section(Access)
    base_url: str = setting("Where.", default="https://api.acme.example")
    polls: tuple[str, ...] = setting("Which.", default=())
    labels: dict[str, str] = setting("Labels.", default={})
    days: int = setting("Days.", default=7)


def saved(document: Json, config: type = Config) -> Any:
    settings = load(document, config)
    return replayable(document, settings, Scrub(settings.secrets(), {}, b"key"))


def test_secrets_are_replaced_and_the_rest_stays_as_it_was_given() -> None:
    access = {"token": "t0ken-1", "spare": ["t0ken-2", "t0ken-3"], "named": {"a": "t0ken-4"}, "none": None}
    document = {"access": access, "polls": ["p1"], "days": 3, "privacy": {"hash_key": "k" * 16}}
    assert saved(document) == {
        "access": {"token": "REDACTED", "spare": ["REDACTED"] * 2, "named": {"a": "REDACTED"}, "none": None},
        "polls": ["p1"],
        "days": 3,
        "privacy": {"hash_key": "REDACTED00000000"},
    }


def test_a_number_that_is_secret_becomes_zero() -> None:
    @frozen
    class Numbers:
        pin: int = setting("What is typed.", secret=True)
        keys: dict[str, int] = setting("More.", secret=True, default={})

    assert saved({"pin": 48291734, "keys": {"a": 99887766}}, Numbers) == {"pin": 0, "keys": {"a": 0}}


def test_references_are_resolved_since_nothing_stands_behind_them_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_URL", "https://other.example")
    monkeypatch.setenv("ACME_TOKEN", "t0ken-1")
    document = {"access": {"token": "${ACME_TOKEN}"}, "base_url": "${ACME_URL}"}
    assert saved(document) == {"access": {"token": "REDACTED"}, "base_url": "https://other.example"}


def test_a_literal_of_a_secret_and_an_address_leave_every_other_setting() -> None:
    labels = {"path": "/x/t0ken-1/y", "owner": "fulana@example.org"}
    made = saved({"access": {"token": "t0ken-1"}, "labels": labels})["labels"]
    assert made["path"] == "/x/REDACTED/y"
    assert re.fullmatch(r"person-[0-9a-f]{10}@example\.com", made["owner"])


@pytest.mark.parametrize(
    ("rule", "placeholder"),
    [
        ({}, "REDACTED"),
        ({"min_length": 20}, "REDACTED000000000000"),
        ({"pattern": "[0-9a-f]{32}"}, "0" * 32),
        ({"pattern": "[0-9a-f-]{36}"}, "0" * 36),
        ({"pattern": r"sk-[0-9]+", "example": "sk-123"}, "sk-123"),
        ({"pattern": r"sk-[0-9]+", "example": ["${TOKEN}", "sk-124"]}, "sk-124"),
        ({"pattern": r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-.*"}, "00000000-0000-4000-8000-000000000000"),
    ],
)
def test_a_placeholder_is_one_that_the_rule_itself_accepts(rule: dict[str, Any], placeholder: str) -> None:
    @frozen
    class Strict:
        key: str = setting("A key.", secret=True, **rule)

    real = {"[0-9a-f]{32}": "a" * 32, "[0-9a-f-]{36}": "b" * 36, r"sk-[0-9]+": "sk-999"}
    given = real.get(rule.get("pattern", ""), "12345678-1234-1234-1234-123456789abc")
    made = saved({"key": given}, Strict)
    assert made == {"key": placeholder}
    assert is_placeholder(placeholder, Rule("", **rule))
    assert not is_placeholder(given, Rule("", **rule))


@pytest.mark.parametrize("example", [None, "sk-999", "${TOKEN}"])
def test_a_rule_that_accepts_no_placeholder_is_named_and_not_the_value(example: str | None) -> None:
    """The example may happen to be the secret itself."""

    @frozen
    class Strict:
        key: str = setting("A key.", secret=True, pattern=r"sk-[0-9]+", example=example)

    with pytest.raises(
        ConfigError, match=r"key: --record has nothing to put in its place; .* needs an `example`"
    ) as no:
        saved({"key": "sk-999"}, Strict)
    assert "sk-999" not in str(no.value)


def test_a_setting_that_is_of_no_use_without_the_secret_in_it_is_named() -> None:
    @frozen
    class Strict:
        key: str = setting("A key.", secret=True)
        path: str = setting("A path.", pattern="/[a-z0-9-]+")

    with pytest.raises(ConfigError, match=r"--record: .* would replay nothing, since path: must be of the form"):
        saved({"key": "t0ken-1", "path": "/t0ken-1"}, Strict)
