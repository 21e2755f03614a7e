"""What a plugin's hooks gave, if it is what they promise: a slip of its author must not cost answers without a word."""

import json
from collections.abc import Iterable
from typing import Any, get_args

import attrs

from connector_core.errors import ConfigError
from connector_core.model import Description, Page, Personal, Selects


def wanted(value: Any, kind: Any, plugin: str, hook: str) -> Any:
    """What a hook gave, where it is of this type, or of one of these.

    Raises:
        ConfigError: it is of another type.
    """
    if not isinstance(value, kind):
        names = " or ".join(each.__name__ for each in get_args(kind) or (kind,))
        raise _wrong(plugin, f"{hook} gives {type(value).__name__}, not {names}")
    return value


def each_wanted(values: Any, kind: Any, plugin: str, hook: str) -> list[Any]:
    """The same of each that a hook gave."""
    return [wanted(value, kind, plugin, hook) for value in wanted(values, Iterable, plugin, hook)]


def page(value: Any, plugin: str) -> Page:
    """One step of reading, with a place that can be kept.

    Raises:
        ConfigError: it is none, or its cursor is no JSON.
    """
    given: Page = wanted(value, Page, plugin, "extract")
    try:
        _ = given.cursor is None or json.dumps(given.cursor, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise _wrong(plugin, f"extract gives a page whose cursor is no JSON ({type(given.cursor).__name__})") from None
    return given


def described(value: Any, plugin: str) -> Description:
    """What a source says of itself.

    Raises:
        ConfigError: it is none, or a word in it is none that has a meaning.
    """
    description: Description = wanted(value, Description, plugin, "describe")
    if not attrs.has(description.config):
        raise _wrong(plugin, "describe gives a config that is no attrs class")
    if description.selects not in get_args(Selects):
        raise _wrong(
            plugin, f"describe gives selects={description.selects!r}, not one of {', '.join(get_args(Selects))}"
        )
    for name, kind in description.personal.items():
        if kind not in get_args(Personal):
            raise _wrong(
                plugin, f"describe gives personal[{name!r}]={kind!r}, not one of {', '.join(get_args(Personal))}"
            )
    return description


def _wrong(plugin: str, what: str) -> ConfigError:
    return ConfigError(f"plugin {plugin}: {what}; see docs/writing-a-plugin.md")
