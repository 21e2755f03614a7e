"""From a configuration file to a plugin's settings, with every problem named by its path and reported together."""

import json
import os
import stat
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b, scrypt
from pathlib import Path
from typing import Any

import structlog
from attrs import frozen
from cattrs.errors import ClassValidationError

from connector_core.errors import ConfigError
from connector_core.model import Json
from connector_core.privacy import Privacy
from connector_core.secrets import is_reference, resolve
from connector_core.settings import Rule, fields_of, section, setting, settings_of
from connector_core.structure import below, kind_of, problems_of, strict_converter, unknown

log = structlog.get_logger("connector_core.config")

TARGETS = "targets"
"""The section that holds the settings of load plugins, by their names; each is read when its target is opened."""


@frozen
class HostConfig:
    """The sections that every plugin's configuration may have."""

    privacy: Privacy = section(Privacy)
    wrappers: tuple[str, ...] = setting(
        "Map wrappers of third parties to apply, by the name of their plugin.",
        default=(),
        example=["acme_rules"],
        shapes=True,
        unique=True,
        wrong="must name each wrapper once",
    )


Declared = Sequence[tuple[str, Rule, Any]]
"""Settings with their paths, rules and values."""


@frozen
class Settings:
    """A loaded configuration: the plugin's own part and the host's."""

    plugin: Any
    host: HostConfig

    def all(self) -> Declared:
        """Every setting, with its path and rule."""
        return settings_of(self.plugin) + settings_of(self.host)

    def secrets(self) -> list[str]:
        """The values that must never leave the process."""
        return secrets_of(self.all())

    def fingerprint(self, mapping_version: int) -> Mapping[str, str]:
        """What shapes records: see `shaping`."""
        return shaping(self.all()) | {"mapping version of the plugin": _digest(mapping_version)}


def secrets_of(declared: Declared) -> list[str]:
    """The values that must never leave the process."""
    return [text for _, rule, value in declared if rule.secret for text in _texts(value)]


def shaping(declared: Declared) -> dict[str, str]:
    """A short digest of each setting that shapes records: enough to see a change, too little to guess a value."""
    return {path: _digest(value, slowly=rule.secret) for path, rule, value in declared if rule.shapes}


def warn_if_readable(place: str, document: Json, declared: Declared) -> None:
    """Tell the user of a configuration file that others can read, and that holds a secret itself."""
    paths = [path for path, rule, _ in declared if rule.secret]
    secrets = [path for path in paths if not all(map(is_reference, _texts(_value_at(document, path))))]
    if secrets and place != "-" and _others_may_read(Path(place)):
        advice = f"others can read this file: chmod 600 {place}, or name the secret: ${{ENV}}, file:PATH, keyring:X/Y"
        log.warning("config.readable", path=place, holds=secrets, advice=advice)


def _others_may_read(path: Path) -> bool:
    """Whether it is a file, and its group or everybody may read it; where modes mean that."""
    mode = path.stat().st_mode
    return os.name == "posix" and stat.S_ISREG(mode) and bool(mode & (stat.S_IRGRP | stat.S_IROTH))


def _value_at(document: Json, path: str) -> Json:
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _texts(value: Any) -> list[str]:
    """Every text and number of a setting, as text, whatever its type."""
    if isinstance(value, str | int | float):
        return [str(value)]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else ()
    return [text for item in items for text in _texts(item)]


def _digest(value: Any, *, slowly: bool = False) -> str:
    """Four bytes; of a secret, made dear enough that trying out words does not pay."""
    text = json.dumps(value, sort_keys=True).encode()
    made = scrypt(text, salt=b"connector-core", n=2**14, r=8, p=1, dklen=4) if slowly and value else None
    return (made or blake2b(text, digest_size=4).digest()).hex()


def read_document(place: str) -> Json:
    """Read a configuration file, TOML if its name ends so, else JSON; `-` is standard input, in either.

    Raises:
        ConfigError: it cannot be read, or is neither.
    """
    name = "standard input" if place == "-" else f"--config {place}"
    try:
        body = sys.stdin.buffer.read() if place == "-" else Path(place).read_bytes()
        text = body.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise ConfigError(f"{name}: cannot be read ({type(error).__name__})") from None
    toml = not text.lstrip().startswith("{") if place == "-" else place.lower().endswith(".toml")
    try:
        return tomllib.loads(text) if toml else json.loads(text, object_pairs_hook=_once)
    except ValueError as error:
        problem = str(error)
    except RecursionError:
        problem = "it is nested too deeply"
    raise ConfigError(f"{name}: cannot be read as {'TOML' if toml else 'JSON'}: {problem}")


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Build an object, refusing a key that stands twice (JSON readers would silently take the last)."""
    document: dict[str, Json] = {}
    for key, value in pairs:
        if key in document:
            raise ValueError(f"the key {json.dumps(key[:60])} stands twice")
        document[key] = value
    return document


def load(document: Json, config_class: type, *, look_up: Callable[[str], str] = resolve) -> Settings:
    """Structure a document strictly into the plugin's settings and the host's.

    Raises:
        ConfigError: one line for each problem: the path of the setting, what is wrong, the nearest valid name.
    """
    if not isinstance(document, dict):
        raise ConfigError(f"the configuration: must be an object, not {kind_of(document)}")
    converter = strict_converter(look_up)
    loaded: list[Any] = []
    names = {cls: [attribute.name for attribute in fields_of(cls)] for cls in (config_class, HostConfig)}
    declared = [TARGETS, *(name for some in names.values() for name in some)]
    problems = {below("", name): unknown(name, declared) for name in document if name not in declared}
    sections = _sections(document.get(TARGETS, {}))
    problems |= {
        path: f"must be an object, not {kind_of(v)}" for path, v in sections.items() if not isinstance(v, dict)
    }
    for cls, some in names.items():
        try:
            loaded.append(converter.structure({name: document[name] for name in some if name in document}, cls))
        except ClassValidationError as error:
            problems |= problems_of(error, cls)
    _complain(problems)
    plugin, host = loaded
    return Settings(plugin, host)


def load_target(document: Json, name: str, config_class: type, *, look_up: Callable[[str], str] = resolve) -> Any:
    """Structure what a document, which `load` has accepted, holds for a load plugin of this name, as strictly.

    Raises:
        ConfigError: as for `load`.
    """
    given = (document or {}).get(TARGETS, {}).get(name, {})
    try:
        return strict_converter(look_up).structure(given, config_class)
    except ClassValidationError as error:
        _complain(dict(problems_of(error, config_class, f"{TARGETS}.{name}")))


def _sections(targets: Json) -> dict[str, Json]:
    """What must be an object: the settings of load plugins, and those of each."""
    each = targets if isinstance(targets, dict) else {}
    return {TARGETS: targets} | {below(TARGETS, name): given for name, given in each.items()}


def _complain(problems: Mapping[str, str]) -> None:
    if problems:
        raise ConfigError("\n".join(f"{path}: {problem}" for path, problem in sorted(problems.items())))
