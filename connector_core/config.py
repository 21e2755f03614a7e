"""From a configuration file to a plugin's settings, with every problem named by its path and reported together."""

import difflib
import json
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs
import cattrs
from attrs import frozen
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError
from cattrs.gen import make_dict_structure_fn, override

from connector_core.errors import ConfigError
from connector_core.model import Json
from connector_core.privacy import Privacy
from connector_core.secrets import resolve, resolve_all
from connector_core.settings import Rule, rule_of, section, setting, settings_of


@frozen
class HostConfig:
    """The sections that every plugin's configuration may have."""

    privacy: Privacy = section(Privacy)
    wrappers: tuple[str, ...] = setting(
        "Map wrappers of third parties to apply, by the name of their plugin.",
        default=(),
        example=["acme_rules"],
        shapes=True,
    )


@frozen
class Settings:
    """A loaded configuration: the plugin's own part and the host's."""

    plugin: Any
    host: HostConfig

    def all(self) -> list[tuple[str, Rule, Any]]:
        """Every setting, with its path and rule."""
        return settings_of(self.plugin) + settings_of(self.host)

    def secrets(self) -> list[str]:
        """The values that must never leave the process."""
        return [value for _, rule, value in self.all() if rule.secret and isinstance(value, str)]

    def fingerprint(self, mapping_version: int) -> Mapping[str, str]:
        """A short digest of each setting that shapes records: enough to see a change, too little to guess a value."""
        shaping = {path: value for path, rule, value in self.all() if rule.shapes}
        shaping["mapping version of the plugin"] = mapping_version
        return {path: blake2b(repr(value).encode(), digest_size=4).hexdigest() for path, value in shaping.items()}


def read_document(place: str) -> Json:
    """Read a configuration file, JSON or TOML by its ending; `-` is standard input, in either.

    Raises:
        ConfigError: it cannot be read, or is neither.
    """
    try:
        text = sys.stdin.read() if place == "-" else Path(place).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ConfigError(f"--config {place}: cannot be read ({type(error).__name__})") from None
    name = "standard input" if place == "-" else place
    toml = place.endswith(".toml") or (place == "-" and not text.lstrip().startswith("{"))
    try:
        document = tomllib.loads(text) if toml else json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{name}: no JSON, line {error.lineno} column {error.colno}: {error.msg}") from None
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        raise ConfigError(
            f"{name}: {str(error) if toml or isinstance(error, ValueError) else 'nested too deeply'}"
        ) from None
    if not isinstance(document, dict):
        raise ConfigError(
            f"{name}: must be an object with sections such as connection_details, not {kind_of(document)}"
        )
    return document


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Build an object, refusing a key that stands twice (JSON readers would silently take the last)."""
    document = dict(pairs)
    if len(document) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} stands twice")
    return document


def load(document: Mapping[str, Json], config_class: type, *, look_up: Callable[[str], str] = resolve) -> Settings:
    """Structure a document strictly into the plugin's settings and the host's.

    Raises:
        ConfigError: one line for each problem: the path of the setting, what is wrong, the nearest valid name.
    """
    resolved, unresolved = resolve_all(document, look_up)
    hosts = {attribute.name for attribute in attrs.fields(HostConfig)}
    plugins = {attribute.name for attribute in attrs.fields(config_class)}
    problems = dict(unresolved)
    problems |= {name: _unknown(name, hosts | plugins) for name in resolved if name not in hosts | plugins}
    loaded: list[Any] = []
    for cls, names in ((config_class, plugins), (HostConfig, hosts)):
        try:
            loaded.append(_converter().structure({k: v for k, v in resolved.items() if k in names}, cls))
        except ClassValidationError as error:
            for path, problem in _problems(error, cls, ""):
                problems.setdefault(path, problem)
    if problems:
        raise ConfigError("\n".join(f"{path}: {problem}" for path, problem in sorted(problems.items())))
    plugin, host = loaded
    return Settings(plugin, host)


def nearest(name: str, names: Sequence[str] | set[str]) -> str:
    """` (did you mean X?)`, or nothing when no name is near."""
    near = difflib.get_close_matches(name, sorted(names), 1)
    return f" (did you mean {near[0]}?)" if near else ""


def _unknown(name: str, names: set[str]) -> str:
    return f"unknown setting{nearest(name, names) or '; there are ' + ', '.join(sorted(names))}"


def kind_of(value: Json) -> str:
    """A JSON type in words; never the value."""
    for types, words in (
        (bool, "true or false"),
        (str, "text"),
        (int | float, "a number"),
        (NoneType, "null"),
        (dict, "an object"),
    ):
        if isinstance(value, types):
            return words
    return "a list" if isinstance(value, list) else "a date or time"


class _WrongError(ValueError):
    """One problem with one value, in words for the user."""


def _converter() -> cattrs.Converter:
    """A converter that never turns one type into another."""
    converter = cattrs.Converter(forbid_extra_keys=True)

    def plain(words: str, test: Callable[[Any], bool]) -> Callable[[Any, Any], Any]:
        def structure(value: Any, _: Any) -> Any:
            if not test(value):
                raise _WrongError(f"must be {words}, not {kind_of(value)}")
            return value

        return structure

    converter.register_structure_hook(str, plain("text", lambda v: isinstance(v, str)))
    converter.register_structure_hook(bool, plain("true or false", lambda v: isinstance(v, bool)))
    converter.register_structure_hook(int, _whole)
    converter.register_structure_hook_func(_is(Literal), _choice)
    converter.register_structure_hook_factory(_is(tuple), lambda t: _listed(converter, t))
    converter.register_structure_hook_factory(attrs.has, lambda t: _class(converter, t))
    converter.register_structure_hook_factory(_is(dict), lambda t: _mapped(converter, t))
    return converter


def _is(generic: Any) -> Callable[[Any], bool]:
    return lambda cls: get_origin(cls) == generic


def _whole(value: Any, _: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise _WrongError(f"must be a whole number, not {'a fraction' if isinstance(value, float) else kind_of(value)}")
    return int(value)


def _choice(value: Any, literal: Any) -> Any:
    choices = get_args(literal)
    if not isinstance(value, str) or value not in choices:
        near = nearest(value, choices) if isinstance(value, str) else f", not {kind_of(value)}"
        raise _WrongError(f"must be {' or '.join(map(repr, choices))}{near}")
    return value


def _listed(converter: cattrs.Converter, cls: Any) -> Callable[[Any, Any], Any]:
    item = get_args(cls)[0]

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, list):
            raise _WrongError(f"must be a list, not {kind_of(value)}")
        return tuple(converter.structure(value, list[item]))  # type: ignore[valid-type]

    return structure


def _mapped(converter: cattrs.Converter, cls: Any) -> Callable[[Any, Any], Any]:
    of = get_args(cls)[1]

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise _WrongError(f"must be an object, not {kind_of(value)}")
        return {key: converter.structure(item, of) for key, item in value.items()}

    return structure


def _class(converter: cattrs.Converter, cls: Any) -> Callable[[Any, Any], Any]:
    """Structure a section; each setting by its type, then by its rule."""

    def ruled(rule: Rule, cls: Any) -> Callable[[Any, Any], Any]:
        def structure(value: Any, _: Any) -> Any:
            loaded = converter.structure(value, cls)
            problem = rule.problem(loaded)
            if problem:
                raise _WrongError(problem)
            return loaded

        return structure

    rules = {a.name: override(struct_hook=ruled(rule, a.type)) for a in attrs.fields(cls) if (rule := rule_of(a))}
    generated = make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True, **rules)  # type: ignore[arg-type]

    def structure(value: Any, to: Any) -> Any:
        if not isinstance(value, dict):
            raise _WrongError(f"must be an object, not {kind_of(value)}")
        return generated(value, to)

    return structure


def _problems(error: BaseException, cls: Any, path: str) -> Iterator[tuple[str, str]]:
    """Walk cattrs' tree of errors to its leaves, keeping the path of each."""
    if isinstance(error, ClassValidationError):
        named, others = error.group_exceptions()
        fields = {a.name: a for a in attrs.fields(cls)}
        for inner, note in named:
            yield from _problems(inner, _section_of(fields[note.name].type), _join(path, note.name))
        for inner in others:
            yield from _problems(inner, cls, path)
    elif isinstance(error, IterableValidationError):
        for inner, at in error.group_exceptions()[0]:
            yield from _problems(inner, cls, f"{path}[{at.index}]")
    elif isinstance(error, ForbiddenExtraKeysError):
        names = {a.name for a in attrs.fields(cls)}
        yield from ((_join(path, name), _unknown(name, names)) for name in sorted(error.extra_fields))
    elif isinstance(error, KeyError):
        yield path, "is required"
    else:
        yield path, str(error)


def _section_of(cls: Any) -> Any:
    if get_origin(cls) in (Union, UnionType):
        return next((c for c in get_args(cls) if c is not NoneType), cls)
    return cls


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
