"""A plugin's settings as JSON Schema and as a table, from the same declaration that the loader reads."""

from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from connector_core.config import HostConfig
from connector_core.model import Json
from connector_core.secrets import REFERENCE
from connector_core.settings import Rule, rule_of

_END = "(?!\n)"
"""After `$`: Python's also matches before a last newline, ECMA's does not; this makes both mean the end."""


def json_schema(config_class: type, name: str) -> Json:
    """The JSON Schema (2020-12) of a plugin's configuration file, as a user writes it.

    A text with a fixed form may always be a reference (`${ENV}`, `file:`, `keyring:`) instead.
    """
    schema = _object(config_class)
    host = _object(HostConfig)
    schema["properties"] |= host["properties"]
    hashed = {"anyOf": [_chosen("contact_data", "hash"), _chosen("author_name", "hash")]}
    key = {"required": ["hash_key"], "properties": {"hash_key": {"type": "string"}}}
    schema["properties"]["privacy"] |= {"if": hashed, "then": key}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{name} configuration",
    } | schema


def _chosen(name: str, value: str) -> Json:
    return {"required": [name], "properties": {name: {"const": value}}}


def _object(cls: type) -> Json:
    fields = attrs.fields(cls)
    required = [a.name for a in fields if a.default is attrs.NOTHING]
    schema: Json = {
        "type": "object",
        "properties": {a.name: _field(a) for a in fields},
        "additionalProperties": False,
    }
    return schema | {"required": required} if required else schema


def _field(attribute: "attrs.Attribute[Any]") -> Json:
    rule = rule_of(attribute)
    if rule is None:
        return _object(_plain(attribute.type))
    schema: Json = _typed(attribute.type, rule) | {"description": rule.doc}
    if rule.example is not None:
        schema["examples"] = [rule.example]
    if not rule.secret and attribute.default not in (attrs.NOTHING, None):
        schema["default"] = list(attribute.default) if isinstance(attribute.default, tuple) else attribute.default
    return schema


def _typed(cls: Any, rule: Rule) -> Json:
    origin = get_origin(cls)
    if origin in (Union, UnionType):
        return {"anyOf": [_typed(_plain(cls), rule), {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _typed(get_args(cls)[0], Rule("")), "minItems": rule.min_length}
    if origin is dict:
        return {"type": "object", "additionalProperties": _typed(get_args(cls)[1], Rule(""))}
    if origin is Literal:
        return {"type": "string", "anyOf": [{"enum": list(get_args(cls))}, _reference()]}
    if cls is not str:
        return {"type": {int: "integer", bool: "boolean"}[cls]}
    forms: Json = {"minLength": rule.min_length} if rule.min_length else {}
    if rule.pattern:
        forms["pattern"] = f"^(?:{rule.pattern})${_END}"
    return {"type": "string", "anyOf": [forms, _reference()]} if forms else {"type": "string"}


def _reference() -> Json:
    return {"pattern": f"^(?:{REFERENCE})${_END}"}


def _plain(cls: Any) -> Any:
    """The type without `None`."""
    return next((c for c in get_args(cls) if c is not NoneType), cls) if get_origin(cls) in (Union, UnionType) else cls


def table(config_class: type) -> list[tuple[str, str, str, str, str]]:
    """One row a setting: its path, type, default (or "required"), meaning, example."""
    return _rows(config_class, "") + _rows(HostConfig, "")


def _rows(cls: type, prefix: str) -> list[tuple[str, str, str, str, str]]:
    rows: list[tuple[str, str, str, str, str]] = []
    for attribute in attrs.fields(cls):
        path, rule = prefix + attribute.name, rule_of(attribute)
        if rule is None:
            rows += _rows(_plain(attribute.type), path + ".")
            continue
        default = "required" if attribute.default is attrs.NOTHING else _shown(attribute.default)
        rows.append((path, _words(attribute.type), default, rule.doc, _shown(rule.example)))
    return rows


def _shown(value: Any) -> str:
    if value is None or value == ():
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _words(cls: Any) -> str:
    cls = _plain(cls)
    origin = get_origin(cls)
    if origin is tuple:
        return f"list of {_words(get_args(cls)[0])}"
    if origin is dict:
        return "object"
    if origin is Literal:
        return " or ".join(get_args(cls))
    return {str: "text", int: "integer", bool: "boolean"}[cls]
