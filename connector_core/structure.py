"""From a document to settings: cattrs, taught to turn no type into another, and to say what is wrong, where."""

import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from types import GenericAlias
from typing import Any, Literal, get_args, get_origin

import attrs
import cattrs
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError
from cattrs.gen import make_dict_structure_fn, override

from connector_core.model import Json
from connector_core.settings import Rule, fields_of, rule_of

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

Hook = Callable[[Any, Any], Any]


class _WrongError(ValueError):
    """One problem with one value, in words for the user; `name` is the setting of a section that it is about."""

    def __init__(self, problem: str, name: str | None = None) -> None:
        super().__init__(problem)
        self.name = name


@lru_cache(4)  # compiling the classes costs milliseconds; the tests load thousands of documents
def strict_converter(look_up: Callable[[str], str]) -> cattrs.Converter:
    """A converter for classes of settings; `look_up` goes from a text to what it names, or to itself."""
    converter = cattrs.Converter(forbid_extra_keys=True)

    def text(given: Any, _: Any) -> str:
        found = look_up(_checked(given, "text", isinstance(given, str)))
        if _LONE_SURROGATE.search(found):
            raise _WrongError("must be text, and holds bytes that are none")
        return found

    def choice(given: Any, literal: Any) -> str:
        choices = get_args(literal)
        words = " or ".join(map(repr, choices))
        found = text(_checked(given, words, isinstance(given, str)), str)
        if found not in choices:
            raise _WrongError(f"must be {words}{nearest(found, choices)}")
        return found

    def listed(given: Any, declared: Any) -> tuple[Any, ...]:
        items: Any = GenericAlias(list, get_args(declared)[:1])
        return tuple(converter.structure(_checked(given, "a list", isinstance(given, list)), items))

    def mapped(given: Any, declared: Any) -> Any:
        plain: Any = GenericAlias(Mapping, get_args(declared))
        return converter.structure(_checked(given, "an object", isinstance(given, dict)), plain)

    converter.register_structure_hook(str, text)
    converter.register_structure_hook(int, lambda given, _: int(_checked(given, "a whole number", _is_whole(given))))
    converter.register_structure_hook(bool, lambda given, _: _checked(given, "true or false", isinstance(given, bool)))
    converter.register_structure_hook_func(_is(Literal), choice)
    converter.register_structure_hook_func(_is(tuple), listed)
    converter.register_structure_hook_func(_is(dict), mapped)
    converter.register_structure_hook_factory(attrs.has, lambda cls: _section(converter, cls))
    return converter


def problems_of(error: BaseException, cls: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Walk cattrs' tree of errors to its leaves: the path of each problem, and the problem."""
    if isinstance(error, ClassValidationError):
        declared = {attribute.name: attribute.type for attribute in fields_of(cls)}
        named, others = error.group_exceptions()
        for inner, note in named:
            yield from problems_of(inner, declared[note.name], below(path, note.name))
        for inner in others:
            yield from problems_of(inner, cls, path)
    elif isinstance(error, IterableValidationError):
        for inner, item in error.group_exceptions()[0]:
            at = f"{path}[{item.index}]" if isinstance(item.index, int) else below(path, str(item.index))
            yield from problems_of(inner, None, at)
    elif isinstance(error, ForbiddenExtraKeysError):
        names = [attribute.name for attribute in fields_of(cls)]
        yield from ((below(path, name), unknown(name, names)) for name in error.extra_fields)
    elif isinstance(error, KeyError):
        yield path, "is required"
    else:
        name = getattr(error, "name", None)
        yield below(path, name) if name else path, str(error)


def _section(converter: cattrs.Converter, cls: Any) -> Hook:
    """Structure a section: each setting by its type, then by its rule; one that is left out is read as empty."""
    attributes = fields_of(cls)
    rules = {a.name: rule for a in attributes if (rule := rule_of(a))}
    hooks: Any = {
        a.name: override(struct_hook=_ruled(converter, rules[a.name], a.type)) for a in attributes if a.name in rules
    }
    generated = make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True, **hooks)
    sections: dict[str, Json] = {a.name: {} for a in attributes if a.name not in rules}

    def structure(given: Any, _: Any) -> Any:
        loaded = generated(sections | _checked(given, "an object", isinstance(given, dict)), cls)
        values = attrs.asdict(loaded, recurse=False)
        for name, rule in rules.items():
            asked = rule.asked_for(values)
            if asked and values[name] is None:
                raise _WrongError(f"is required {asked}", name)
        return loaded

    return structure


def _ruled(converter: cattrs.Converter, rule: Rule, declared: Any) -> Hook:
    def structure(given: Any, _: Any) -> Any:
        value = converter.structure(given, declared)
        problem = rule.problem(value)
        if problem:
            raise _WrongError(problem if value != "" or not given else f"{problem}; what {given} names is empty")
        return value

    return structure


def _is(generic: Any) -> Callable[[Any], bool]:
    return lambda declared: get_origin(declared) is generic


def _is_whole(given: Any) -> bool:
    """Whether JSON Schema would call it an integer: 1.0 is one, true is none."""
    return not isinstance(given, bool) and (isinstance(given, int) or (isinstance(given, float) and given.is_integer()))


def _checked(given: Any, wanted: str, fits: bool) -> Any:  # noqa: FBT001 - the test, made where the type is known
    if not fits:
        raise _WrongError(f"must be {wanted}, not {kind_of(given)}")
    return given


def below(path: str, name: str) -> str:
    """The path of something in a section; a name that would spoil the line is quoted and cut."""
    shown = name if _BARE_KEY.fullmatch(name) else json.dumps(name[:60])
    return f"{path}.{shown}" if path else shown


def unknown(name: str, names: Iterable[str]) -> str:
    """What is said of a setting that is not declared."""
    known = ", ".join(sorted(names))
    return f"unknown setting{nearest(name, names) or '; there are ' + known}"


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
