"""From a document to settings, strictly: no type becomes another, and every problem is noted by its path."""

import difflib
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

import attrs
from attrs import define, field

from connector_core.model import Json
from connector_core.settings import Rule, Shape, fields_of, rule_of, shape_of

_WANTED = {str: "text", int: "a whole number", bool: "true or false", tuple: "a list", dict: "an object"}
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@define
class Structurer:
    """Reads sections and settings by their declarations.

    Attributes:
        look_up: from a text to what it names, or to itself; raises ValueError for what is not there.
        problems: what is wrong, by the path of the setting; while there is any, what was read is of no use.
    """

    look_up: Callable[[str], str]
    problems: dict[str, str] = field(factory=dict)

    def section(self, given: Json, attributes: Iterable["attrs.Attribute[Any]"], path: str = "") -> dict[str, Any]:
        """The values of a section by name; what is not given, and has a default, is left out."""
        if not isinstance(given, dict):
            self._wrong(path or "the configuration", f"must be an object, not {kind_of(given)}")
            return {}
        declared = {attribute.name: attribute for attribute in attributes}
        for name in given.keys() - declared.keys():
            known = nearest(name, declared) or f"; there are {', '.join(sorted(declared))}"
            self._wrong(_below(path, name), f"unknown setting{known}")
        values: dict[str, Any] = {}
        for name, attribute in declared.items():
            rule, at = rule_of(attribute), _below(path, name)
            if rule is None:
                values[name] = self._nested(given.get(name, {}), attribute.type, at)
            elif name in given:
                values[name] = self._setting(given[name], shape_of(attribute.type), rule, at)
            elif attribute.default is attrs.NOTHING:
                self._wrong(at, "is required")
        for name, attribute in declared.items():
            asked = rule.asked_for(values) if (rule := rule_of(attribute)) else None
            if asked and values.get(name) is None:
                self._wrong(_below(path, name), f"is required {asked}")
        return values

    def _nested(self, given: Json, cls: Any, path: str) -> Any:
        """A section of a section. One that is left out is read as empty, so that what is missing in it is named."""
        values = self.section(given, fields_of(cls), path)
        return None if self.problems else cls(**values)

    def _setting(self, given: Json, shape: Shape, rule: Rule, path: str) -> Any:
        """A value by its type, then by its rule."""
        before = len(self.problems)
        value = self._value(given, shape, path)
        problem = rule.problem(value) if len(self.problems) == before else None
        if problem:
            self._wrong(path, problem)
        return value

    def _value(self, given: Json, shape: Shape, path: str) -> Any:
        if given is None and shape.optional:
            return None
        if not _fits(given, shape.kind):
            self._wrong(path, f"must be {_choices(shape) or _WANTED[shape.kind]}, not {kind_of(given)}")
            return None
        if shape.kind is str:
            return self._text(given, shape, path)
        if shape.of and shape.kind is tuple:
            return tuple(self._value(item, shape.of, f"{path}[{index}]") for index, item in enumerate(given))
        if shape.of:
            return {key: self._value(item, shape.of, _below(path, key)) for key, item in given.items()}
        return shape.kind(given)

    def _text(self, given: str, shape: Shape, path: str) -> str:
        """A text, or what it names."""
        try:
            text = self.look_up(given)
        except ValueError as error:
            self._wrong(path, str(error))
            return ""
        if _LONE_SURROGATE.search(text):
            self._wrong(path, "must be text, and holds bytes that are none")
        if shape.choices and text not in shape.choices:
            self._wrong(path, f"must be {_choices(shape)}{nearest(text, shape.choices)}")
        return text

    def _wrong(self, path: str, problem: str) -> None:
        self.problems.setdefault(path, problem)


def _fits(given: Json, kind: type) -> bool:
    """Whether a value is of a kind, as JSON Schema sees it: 1.0 is a whole number, true is none."""
    if kind is int:
        return not isinstance(given, bool) and (
            isinstance(given, int) or (isinstance(given, float) and given.is_integer())
        )
    return isinstance(given, list if kind is tuple else kind)


def _choices(shape: Shape) -> str:
    return " or ".join(map(repr, shape.choices))


def _below(path: str, name: str) -> str:
    """The path of something in a section; a name that would spoil the line is quoted and cut."""
    shown = name if _BARE_KEY.fullmatch(name) else json.dumps(name[:60])
    return f"{path}.{shown}" if path else shown


def nearest(name: str, names: Iterable[str]) -> str:
    """` (did you mean X?)`, or nothing when no name is near; case does not count."""
    spelled = {known.casefold(): known for known in sorted(names)}
    near = difflib.get_close_matches(name.casefold(), spelled, 1)
    return f" (did you mean {spelled[near[0]]}?)" if near else ""


def kind_of(value: Json) -> str:
    """The type of a JSON or TOML value in words; never the value."""
    if value is None:
        return "null"
    if isinstance(value, float) and not value.is_integer():
        return "a fraction"
    words = {bool: "true or false", str: "text", int: "a number", float: "a number", dict: "an object", list: "a list"}
    return words.get(type(value), "a date or time")
