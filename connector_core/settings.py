"""How a plugin declares its configuration: attrs classes whose fields say what they mean.

One declaration serves the loader, the JSON Schema, the table of `--describe` and the secret registry:

    @frozen
    class Connection:
        token: str = setting("API token.", secret=True, min_length=1)

    @frozen
    class Config:
        connection_details: Connection = section(Connection)
"""

import re
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any, Literal, cast, get_args, get_origin

import attrs
from attrs import field, frozen

_REQUIRED: Any = attrs.NOTHING


@frozen
class Rule:
    """What a setting means beyond its type.

    Attributes:
        doc: one sentence for the table.
        example: a value that shows the form.
        secret: never shown, logged, recorded or stored.
        shapes: whether another value makes other records of the same answers (part of the fingerprint).
        pattern: what the text must match, from its first to its last character; in the dialect that Python and
            JSON Schema share. Of a list, what each text in it must match.
        form: what `pattern` asks for, in words: "a UUID".
        minimum: the least number; of a list, the least that may stand in it.
        min_length: of a text, in characters, or of a list (1: it must not be empty).
        unique: whether no entry of a list may stand in it twice.
        wrong: what is said of a value that `pattern`, `minimum` or `unique` refuses, instead of the host's words.
        required_if: settings of the same section, with the value that makes this one required.
        check: what JSON Schema cannot say, and only that: returns what is wrong, without the value, or None.
    """

    doc: str
    example: Any = None
    secret: bool = False
    shapes: bool = False
    pattern: str | None = None
    form: str | None = None
    minimum: int | None = None
    min_length: int = 0
    unique: bool = False
    wrong: str | None = None
    required_if: Mapping[str, str] = field(factory=dict)
    check: Callable[[Any], str | None] | None = None

    def problem(self, value: Any) -> str | None:
        """What is wrong with a value of the right type, or None."""
        if isinstance(value, str | tuple) and len(value) < self.min_length:
            counted = "characters" if isinstance(value, str) else "entries"
            return "must not be empty" if self.min_length == 1 else f"must hold at least {self.min_length} {counted}"
        if not self._fits(value):
            wanted = self.form or (f"of the form {self.pattern}" if self.pattern else f"{self.minimum} or more")
            return self.wrong or (f"each entry must be {wanted}" if isinstance(value, tuple) else f"must be {wanted}")
        if self.unique and isinstance(value, tuple) and len(set(value)) < len(value):
            return self.wrong or "must hold nothing twice"
        return self.check(value) if self.check and value is not None else None

    def _fits(self, value: Any) -> bool:
        """Whether a value, and each entry of a list, is of the pattern and not below the minimum."""
        if isinstance(value, tuple):
            return all(map(self._fits, value))
        if isinstance(value, str):
            return self.pattern is None or re.fullmatch(self.pattern, value) is not None
        number = isinstance(value, int) and not isinstance(value, bool)
        return not number or self.minimum is None or value >= self.minimum

    def asked_for(self, values: Mapping[str, Any]) -> str | None:
        """Which of the other settings of the section makes this one required, in words; None when none does."""
        asking = (name for name, value in self.required_if.items() if values.get(name) == value)
        return next((f"where {name} is {values[name]}" for name in asking), None)


def setting(
    doc: str,
    *,
    default: Any = _REQUIRED,
    example: Any = None,
    secret: bool = False,
    shapes: bool = False,
    pattern: str | None = None,
    form: str | None = None,
    minimum: int | None = None,
    min_length: int = 0,
    unique: bool = False,
    wrong: str | None = None,
    required_if: Mapping[str, str] | None = None,
    check: Callable[[Any], str | None] | None = None,
) -> Any:
    """Declare a setting; without `default` it is required. The other arguments are those of `Rule`.

    Its type is `str`, `int`, `bool`, a `Literal` of texts, `tuple[X, ...]`, `dict[str, X]`, or one of them `| None`.
    """
    rule = Rule(
        doc, example, secret, shapes, pattern, form, minimum, min_length, unique, wrong, required_if or {}, check
    )
    return attrs.field(default=default, metadata={Rule: rule}, kw_only=True, repr=not secret)


def section(cls: type) -> Any:
    """Declare a section, an attrs class of settings; it may be left out when nothing in it is required."""
    needed = any(a.default is attrs.NOTHING for a in attrs.fields(cls))
    return attrs.field(default=attrs.NOTHING if needed else attrs.Factory(cls), kw_only=True)


def fields_of(cls: Any) -> tuple["attrs.Attribute[Any]", ...]:
    """The settings and sections that a class declares, their types resolved."""
    return tuple(attrs.fields(attrs.resolve_types(cls)))


def rule_of(attribute: "attrs.Attribute[Any]") -> Rule | None:
    """The rule of a setting, or None for a section."""
    return cast("Rule | None", attribute.metadata.get(Rule))


def settings_of(config: Any, prefix: str = "") -> list[tuple[str, Rule, Any]]:
    """Every setting of a loaded configuration: its path (`data_source.time_zone`), rule and value."""
    found: list[tuple[str, Rule, Any]] = []
    for attribute in attrs.fields(type(config)):
        path, value = prefix + attribute.name, getattr(config, attribute.name)
        rule = rule_of(attribute)
        if rule is None:
            found += settings_of(value, path + ".")
        else:
            found.append((path, rule, value))
    return found


@frozen
class Shape:
    """The type of a setting, taken apart.

    Attributes:
        kind: `str`, `int`, `bool`, `tuple` or `dict`.
        of: what each entry of a `tuple`, or each value of a `dict`, is.
        choices: the texts that a `Literal` allows; empty for any other type.
        optional: whether it may be null.
    """

    kind: type
    of: "Shape | None" = None
    choices: tuple[str, ...] = ()
    optional: bool = False


def shape_of(declared: Any) -> Shape:
    """Take the type of a setting apart.

    Raises:
        TypeError: no setting can be of this type; a mistake of the plugin's author.
    """
    origin, arguments = get_origin(declared), get_args(declared)
    if declared in (str, int, bool):
        return Shape(declared)
    if origin is Literal:
        return Shape(str, choices=arguments)
    if origin in (tuple, dict):
        return Shape(origin, of=shape_of(arguments[0 if origin is tuple else 1]))
    plain = [argument for argument in arguments if argument is not NoneType]
    if len(plain) == 1 < len(arguments):
        return attrs.evolve(shape_of(plain[0]), optional=True)
    raise TypeError(f"no setting can be of type {declared}")
