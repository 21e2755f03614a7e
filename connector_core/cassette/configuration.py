"""The configuration that replays a recording: the run's own, without its secrets."""

from collections.abc import Iterator
from typing import Any

from connector_core.cassette.scrub import REDACTED, Scrub
from connector_core.config import Settings, load
from connector_core.errors import ConfigError
from connector_core.model import Json
from connector_core.secrets import is_reference
from connector_core.settings import Rule

_LENGTHS = (16, 20, 24, 32, 36, 40, 48, 64, 128)
"""How long tokens of a fixed length mostly are."""

_UUID = "00000000-0000-4000-8000-000000000000"


def replayable(document: Json, settings: Settings, scrub: Scrub) -> Json:
    """The settings that a document gives, as another document that a replay of the same run accepts.

    Every secret is something else of its form, every reference is resolved, and texts are scrubbed.

    Raises:
        ConfigError: a secret's rule accepts none of our placeholders, or another setting is of no use without what was
            scrubbed.
    """
    made: dict[str, Json] = {}
    for path, rule, value in settings.all():
        *way, name = path.split(".")
        given, place = document, made
        for step in way:
            given, place = given.get(step, {}), place.setdefault(step, {})
        if name in given:
            place[name] = _redacted(path, rule, value) if rule.secret else _plain(value, scrub)
    made = _without_empty(made)
    try:
        load(made, type(settings.plugin))
    except ConfigError as error:
        raise ConfigError(
            f"--record: without its secrets this configuration would replay nothing, since {error};"
            " keep secrets and e-mail addresses out of such settings"
        ) from None
    return made


def is_placeholder(text: str, rule: Rule) -> bool:
    """Whether a text may be what stands in the place of a secret of this rule."""
    return text in _candidates(rule)


def _redacted(path: str, rule: Rule, value: Any) -> Json:
    """Something else of the same form, down to each text of a list or an object."""
    if isinstance(value, dict):
        return {name: _redacted(path, rule, item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [_redacted(path, rule, item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return type(value)(0)
    if not isinstance(value, str):
        return value
    fitting = (text for text in _candidates(rule) if text != value and rule.problem(text) is None)
    found = next(fitting, None)
    if found is None:
        raise ConfigError(
            f"{path}: --record has nothing to put in its place; the plugin's setting needs an `example` that is of its"
            " own form"
        )
    return found


def _candidates(rule: Rule) -> Iterator[str]:
    yield REDACTED
    examples = rule.example if isinstance(rule.example, list) else [rule.example]
    yield from (text for text in examples if isinstance(text, str) and not is_reference(text))
    yield REDACTED.ljust(rule.min_length, "0")
    yield from ("0" * length for length in (max(rule.min_length, 1), *_LENGTHS))
    yield _UUID


def _plain(value: Any, scrub: Scrub) -> Json:
    if isinstance(value, dict):
        return {scrub.text(name): _plain(item, scrub) for name, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item, scrub) for item in value]
    return scrub.text(value) if isinstance(value, str) else value


def _without_empty(document: dict[str, Json]) -> dict[str, Json]:
    """Without the sections of which nothing was given."""
    inner = {name: _without_empty(item) if isinstance(item, dict) else item for name, item in document.items()}
    return {name: item for name, item in inner.items() if item != {}}
