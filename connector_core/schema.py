"""A plugin's settings as JSON Schema and as a table, from the same declaration that the loader reads."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from connector_core.config import TARGETS, HostConfig
from connector_core.model import Json
from connector_core.secrets import REFERENCE
from connector_core.settings import Rule, Shape, fields_of, rule_of, shape_of

_END = "$(?!\n)"
"""Python's `$` also matches before a last newline, ECMA's does not; this means the end in both."""

_REFERENCE = {"pattern": f"^(?:{REFERENCE}){_END}"}


def json_schema(config_class: type, name: str, targets: Mapping[str, type] | None = None) -> Json:
    """The JSON Schema (2020-12) of a plugin's configuration file, as a user writes it.

    A text with a fixed form may always be a reference (`${ENV}`, `file:`, `keyring:`) instead. Of load plugins, the
    settings of those that are given are known.
    """
    schema = _object([*fields_of(config_class), *fields_of(HostConfig)])
    known = {each: _object(fields_of(cls)) for each, cls in (targets or {}).items()}
    schema["properties"][TARGETS] = {
        "type": "object",
        "description": "The settings of load plugins, by their names.",
        "properties": known,
        "additionalProperties": {"type": "object"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{name} configuration",
        **schema,
    }


def _object(attributes: Sequence["attrs.Attribute[Any]"]) -> Json:
    schema: Json = {
        "type": "object",
        "properties": {a.name: _property(a) for a in attributes},
        "additionalProperties": False,
    }
    required = [a.name for a in attributes if a.default is attrs.NOTHING]
    conditions = [_condition(a.name, rule) for a in attributes if (rule := rule_of(a)) and rule.required_if]
    return schema | ({"required": required} if required else {}) | ({"allOf": conditions} if conditions else {})


def _condition(name: str, rule: Rule) -> Json:
    """What makes a setting required that otherwise is not."""
    asked = [
        {"required": [other], "properties": {other: {"const": value}}} for other, value in rule.required_if.items()
    ]
    return {"if": {"anyOf": asked}, "then": {"required": [name], "properties": {name: {"not": {"type": "null"}}}}}


def _property(attribute: "attrs.Attribute[Any]") -> Json:
    rule = rule_of(attribute)
    if rule is None:
        return _object(fields_of(attribute.type))
    schema: Json = _typed(shape_of(attribute.type), rule) | {"description": rule.doc}
    if rule.example is not None:
        schema["examples"] = [rule.example]
    if not rule.secret and attribute.default not in (attrs.NOTHING, None):
        schema["default"] = list(attribute.default) if isinstance(attribute.default, tuple) else attribute.default
    return schema


def _typed(shape: Shape, rule: Rule) -> Json:
    if shape.optional:
        return {"anyOf": [_typed(attrs.evolve(shape, optional=False), rule), {"type": "null"}]}
    if shape.kind is tuple and shape.of:
        least: Json = {"minItems": rule.min_length} if rule.min_length else {}
        once: Json = {"uniqueItems": True} if rule.unique else {}
        items = _typed(shape.of, Rule("", pattern=rule.pattern, minimum=rule.minimum))
        return {"type": "array", "items": items, **least, **once}
    if shape.of:
        return {"type": "object", "additionalProperties": _typed(shape.of, Rule(""))}
    if shape.kind is bool:
        return {"type": "boolean"}
    if shape.kind is int:
        return {"type": "integer"} | ({} if rule.minimum is None else {"minimum": rule.minimum})
    forms: Json = {"enum": list(shape.choices)} if shape.choices else {}
    if rule.min_length:
        forms["minLength"] = rule.min_length
    if rule.pattern:
        forms["pattern"] = f"^(?:{rule.pattern}){_END}"
    return {"type": "string", "anyOf": [forms, _REFERENCE]} if forms else {"type": "string"}


def table(config_class: type) -> list[tuple[str, str, str, str, str]]:
    """One row a setting: its path, type, default (or "required"), meaning, example."""
    return _rows(config_class, "") + _rows(HostConfig, "")


def target_table(name: str, config_class: type) -> list[tuple[str, str, str, str, str]]:
    """The same of a load plugin's settings."""
    return _rows(config_class, f"{TARGETS}.{name}.")


def _rows(cls: Any, prefix: str) -> list[tuple[str, str, str, str, str]]:
    rows: list[tuple[str, str, str, str, str]] = []
    for attribute in fields_of(cls):
        path, rule = prefix + attribute.name, rule_of(attribute)
        if rule is None:
            rows += _rows(attribute.type, path + ".")
        else:
            default = "required" if attribute.default is attrs.NOTHING else _shown(attribute.default)
            rows.append((path, _words(shape_of(attribute.type)), default, rule.doc, _shown(rule.example)))
    return rows


def _shown(value: Any) -> str:
    """A value as a person reads it in a table; nothing where there is none."""
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value) if value != {} else ""


def _words(shape: Shape) -> str:
    if shape.kind is tuple and shape.of:
        return f"list of {_words(shape.of)}"
    if shape.choices:
        return " or ".join(shape.choices)
    return {str: "text", int: "integer", bool: "true or false", dict: "object"}[shape.kind]
