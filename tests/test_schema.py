"""The published schema and the loader say the same; the table says what a person needs."""

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from typing import Any, Literal

import attrs
import jsonschema
import pytest
from acme_survey import Config as AcmeConfig
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core import ConfigError, section, setting
from connector_core.config import load
from connector_core.schema import json_schema, table
from connector_core.secrets import REFERENCE
from connector_core.settings import Rule, settings_of
from trackco_cxm.config import Config as CxmConfig
from trackco_nps.config import Config as NpsConfig

NIL = "00000000-0000-0000-0000-000000000000"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
CHECKED, UNRESOLVED = "is one that only a check refuses", "names nothing"


def unlucky(value: Any) -> str | None:
    """A rule that JSON Schema cannot say."""
    return CHECKED if value == 13 else None


@frozen
class Inner:
    """A section of a section."""

    flag: bool = setting("A flag.")
    colour: Literal["red", "green"] | None = setting("A colour, or none.", default=None)


@frozen
class Access:
    """Texts of every kind."""

    token: str = setting("A token.", secret=True, min_length=1)
    organization_id: str = setting("An id.", pattern=UUID, form="a UUID", example=NIL)
    either: str = setting("One of two forms.", default="a", pattern="a|b+")
    mode: Literal["off", "on", "auto"] = setting("A mode.", default="off")
    only: Literal["one"] = setting("One choice.", default="one")
    key: str | None = setting(
        "Needed at times.", default=None, min_length=4, required_if={"mode": "on", "either": "b"}, secret=True
    )
    inner: Inner = section(Inner)


@frozen
class Amounts:
    """Everything else, none of it required."""

    count: int = setting("A number.", default=3)
    least: int = setting("A number of 2 or more.", default=2, minimum=2)
    lucky: int = setting("A number that is not 13.", default=10, check=unlucky)
    limit: int | None = setting("A number, or none.", default=None)
    codes: tuple[int, ...] = setting("Numbers.", default=(), example=[1, 2])
    sizes: tuple[int, ...] = setting("Numbers above 0, each once.", default=(), minimum=1, unique=True)
    names: tuple[str, ...] = setting("At least two.", default=("a", "b"), min_length=2)
    words: tuple[str, ...] | None = setting("Words, each once.", default=("a",), pattern="[a-z]+", unique=True)
    modes: tuple[Literal["x", "y"], ...] = setting("Choices.", default=())
    table: tuple[tuple[int, ...], ...] = setting("Numbers in rows.", default=(), minimum=1, unique=True)
    labels: dict[str, str] = setting("Texts by name.", default={}, example={"a": "b"})
    lists: dict[str, tuple[bool, ...]] | None = setting("Lists by name, or none.", default=None)


@frozen
class Config:
    """One setting of every type and rule that can be declared."""

    access: Access = section(Access)
    amounts: Amounts = section(Amounts)
    verbose: bool = setting("A setting outside of any section.", default=True, example=False)


VALID: dict[str, Any] = {
    "access": {"token": "t", "organization_id": NIL, "inner": {"flag": True}},
}
DOCUMENTS: dict[type, Any] = {
    Config: VALID
    | {"amounts": {"codes": [1], "modes": ["x"], "table": [[1]], "labels": {"a": "b"}, "lists": {"a": [True]}}},
    AcmeConfig: {"account": {"key": "k"}},
    CxmConfig: {
        "connection_details": {"token": "t"},
        "data_source": {"organization_id": "00000000-0000-4000-8000-000000000001", "surveys": ["AbCdEfGhIjKl"]},
    },
    NpsConfig: {"connection_details": {"token": "t"}, "data_source": {"campaigns": [123]}},
}
"""A valid document for each configuration class."""

REPLACEMENTS: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 1.0, 1.5, 1e300, 10**30, "", "x", "a", "b\n", "on", "hash", "k" * 16, "${X}", "file:x",
    [], [None], ["a"], ["a", "b"], [1], [1.0], [1.5], [True], [[1]], [["x"]], {}, {"a": "b"}, {"a": 1}, {"a": [True]},
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from([1.0, -0.0, 1e300, "", "\n", "on", "hash", "b", "${HOME}", "file:x", "keyring:a/b", "keyring:a"])
)
ANYTHING = st.recursive(
    SCALARS, lambda s: st.lists(s, max_size=3) | st.dictionaries(st.text(), s, max_size=3), max_leaves=6
)


def written(schema: Any, *, references: bool = False) -> st.SearchStrategy[Any]:
    """Values that a schema of ours allows, its conditions (`allOf`) aside, with or without references."""
    if "anyOf" in schema:
        common = {name: rule for name, rule in schema.items() if name != "anyOf"}
        forms = [form for form in schema["anyOf"] if references or REFERENCE not in form.get("pattern", "")]
        return st.one_of([written(common | form, references=references) for form in forms])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "pattern" in schema:
        return st.from_regex(schema["pattern"])
    if "properties" in schema:
        parts = {name: written(part, references=references) for name, part in schema["properties"].items()}
        required = {name: parts.pop(name) for name in schema.get("required", ())}
        return st.fixed_dictionaries(required, optional=parts)
    least, lowest = schema.get("minItems", 0), schema.get("minimum")
    kinds: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "object": lambda: st.dictionaries(st.text(), written(schema["additionalProperties"]), max_size=3),
        "array": lambda: st.lists(
            written(schema["items"]),
            min_size=least,
            max_size=least + 2,
            unique_by=repr if "uniqueItems" in schema else None,
        ),
        "string": lambda: st.text(min_size=schema.get("minLength", 0)),
        "integer": lambda: st.integers(lowest) | st.integers(-(10**6) if lowest is None else lowest, 10**6).map(float),
        "boolean": st.booleans,
        "null": st.none,
    }
    return kinds[schema["type"]]()


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in a document with each of its keys."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])


@st.composite
def spoiled(draw: st.DrawFn, documents: st.SearchStrategy[Any]) -> Any:
    """Documents with something dropped, added, renamed or put in the place of something else."""
    document = deepcopy(draw(documents))
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(document))
        if not found:
            break
        container, key = draw(st.sampled_from(found))
        value = container[key]
        other: Any = draw(
            st.sampled_from([None, [value], {"a": value}, f"{value}", f"{value}\n", not value]) | ANYTHING
        )
        match draw(st.sampled_from(["drop", "replace", "replace", "add", "double"])):
            case "drop":
                del container[key]
            case "replace":
                container[key] = other
            case "add" if isinstance(container, dict):
                container[draw(st.text() | st.just(f"{key}s"))] = other
            case _ if isinstance(container, list):
                container.append(value)
    return document


def nothing_named(text: str) -> str:
    """A look-up that finds no reference."""
    if re.fullmatch(REFERENCE, text):
        raise ValueError(UNRESOLVED)
    return text


def problems(document: Any, config: type) -> list[str]:
    """What the loader says, one line each."""
    try:
        load(document, config, look_up=nothing_named)
    except ConfigError as error:
        return str(error).splitlines()
    return []


@cache
def schema_of(config: type) -> Any:
    """The published schema of a configuration."""
    return json_schema(config, "x")


@cache
def rules_of(config: type) -> dict[str, Rule]:
    """The rule of each setting, by its path."""
    return {path: rule for path, rule, _ in load(DOCUMENTS[config], config).all()}


def only_ours(line: str, document: Any, config: type) -> bool:
    """Whether a problem is one that JSON Schema cannot say: a reference to nothing, or what a `check` refuses."""
    path, problem = line.split(": ", 1)
    rule = rules_of(config).get(path)
    if problem == UNRESOLVED or rule is None or rule.check is None:
        return problem == UNRESOLVED
    part, value = schema_of(config), document
    for name in path.split("."):
        part, value = part["properties"][name], value[name]
    fits = jsonschema.Draft202012Validator(part).is_valid(value)
    return fits and problem == rule.check(tuple(value) if isinstance(value, list) else value)


def agree(document: Any, config: type) -> None:
    """The loader sees a problem if and only if the schema does, unless JSON Schema cannot say it."""
    validator = jsonschema.Draft202012Validator(schema_of(config))
    found = problems(document, config)
    if any(not only_ours(line, document, config) for line in found):
        assert not validator.is_valid(document), found
    elif not found:
        assert validator.is_valid(document), [error.message for error in validator.iter_errors(document)]


@pytest.mark.parametrize("config", DOCUMENTS, ids=lambda config: config.__module__)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_the_schema_and_the_loader_agree_on_what_is_generated_from_the_schema(
    config: type, data: st.DataObject
) -> None:
    """Documents as the schema allows them, the same with something spoiled, and anything at all."""
    documents = written(schema_of(config))
    named = written(schema_of(config), references=True)
    agree(data.draw(documents | spoiled(documents) | spoiled(named) | ANYTHING), config)


@pytest.mark.parametrize("config", DOCUMENTS, ids=lambda config: config.__module__)
def test_the_schema_and_the_loader_agree_on_every_value_in_every_place(config: type) -> None:
    """Each part of a document in which every setting is given: left out, or replaced by what should not be there."""
    loaded = load(DOCUMENTS[config], config)
    complete = json.loads(json.dumps(attrs.asdict(loaded.plugin) | attrs.asdict(loaded.host)))
    assert problems(complete, config) == []
    for place in range(len(list(places(complete)))):
        for other in REPLACEMENTS:
            document = deepcopy(complete)
            container, key = list(places(document))[place]
            container[key] = other
            agree(document, config)
        document = deepcopy(complete)
        container, key = list(places(document))[place]
        if isinstance(container, dict):
            container[f"{key}s"] = container.pop(key)
            agree(document, config)
            del container[f"{key}s"]
            agree(document, config)


@pytest.mark.parametrize(
    ("config", "section", "name", "value"),
    [
        (CxmConfig, "wire", "page_size", 0),
        (CxmConfig, "wire", "first_page", -1),
        (CxmConfig, "wire", "interactions_path", "/v1/interactions"),
        (CxmConfig, "data_source", "surveys", ["AbC", " "]),
        (NpsConfig, "data_source", "campaigns", [1, 0]),
        (Config, "amounts", "sizes", [1, 1]),
        (Config, "amounts", "words", ["a", "a"]),
        (Config, "amounts", "words", ["a", "B"]),
        (Config, "amounts", "table", [[1], [0]]),
    ],
)
def test_what_the_loader_refuses_the_schema_refuses(config: type, section: str, name: str, value: Any) -> None:
    """No check is needed for a number, a list or a form."""
    document = deepcopy(DOCUMENTS[config])
    document[section] = document.get(section, {}) | {name: value}
    [line] = problems(document, config)
    assert line.startswith(f"{section}.{name}: ")
    assert not jsonschema.Draft202012Validator(schema_of(config)).is_valid(document)


def test_what_is_wrong_with_a_number_a_list_or_a_form_is_said_in_words() -> None:
    wrong = {"least": 1, "sizes": [0], "words": ["a", "a"], "table": [[1], [1]]}
    assert problems(VALID | {"amounts": wrong}, Config) == [
        "amounts.least: must be 2 or more",
        "amounts.sizes: each entry must be 1 or more",
        "amounts.table: must hold nothing twice",
        "amounts.words: must hold nothing twice",
    ]
    assert problems(VALID | {"amounts": {"words": ["A"]}}, Config) == [
        "amounts.words: each entry must be of the form [a-z]+"
    ]


@pytest.mark.parametrize("config", [CxmConfig, NpsConfig], ids=lambda config: config.__module__)
def test_a_plugin_checks_nothing_but_zones_by_code(config: type) -> None:
    """Everything else is a rule that the schema says too."""
    plugin = load(DOCUMENTS[config], config).plugin
    assert {path for path, rule, _ in settings_of(plugin) if rule.check} == {"data_source.time_zone"}


@pytest.mark.parametrize("how", ["contact_data", "author_name"])
@pytest.mark.parametrize(
    "key", [{}, {"hash_key": None}, {"hash_key": "k" * 15}, {"hash_key": "k" * 16}, {"hash_key": "file:k"}]
)
@pytest.mark.parametrize("fate", ["hash", "drop", "keep", "has"])
def test_the_schema_asks_for_a_key_where_something_is_hashed(how: str, key: dict[str, Any], fate: str) -> None:
    agree(VALID | {"privacy": {how: fate} | key}, Config)


def test_a_condition_of_the_schema_is_one_of_the_loader() -> None:
    """A setting that another one makes required."""
    needy = {"access": VALID["access"] | {"mode": "on"}}
    assert problems(needy, Config) == ["access.key: is required where mode is on"]
    agree(needy, Config)
    agree({"access": VALID["access"] | {"mode": "on", "key": None}}, Config)
    agree({"access": VALID["access"] | {"mode": "on", "key": "abcd"}}, Config)


def test_patterns_hold_from_the_first_to_the_last_character() -> None:
    """`$` means the end, and neither a last newline nor an alternative slips through."""
    for text in ("a", "bb", "a\n", "\na", "ab", "xa", "bbx", "", "${X}\n", "x${X}", "file:\n", "keyring:a/\n"):
        agree({"access": VALID["access"] | {"either": text}}, Config)


def test_every_text_may_be_a_reference() -> None:
    reference = "${NAME}"
    schema = jsonschema.Draft202012Validator(schema_of(Config))
    for name in ("token", "organization_id", "either", "mode", "only", "key"):
        assert schema.is_valid({"access": VALID["access"] | {name: reference}}), name
    assert schema.is_valid(
        VALID | {"amounts": {"names": [reference] * 2, "modes": [reference], "labels": {"a": reference}}}
    )
    assert not schema.is_valid(VALID | {"amounts": {"count": reference}})


@pytest.mark.parametrize("config", DOCUMENTS, ids=lambda config: config.__module__)
def test_the_schema_is_one(config: type) -> None:
    """It is valid, it is JSON, and its examples and defaults are values that it allows itself."""
    schema = schema_of(config)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema
    for part in [value[key] for value, key in places(schema) if isinstance(value[key], dict)]:
        for shown in [*part.get("examples", ()), *([part["default"]] if "default" in part else ())]:
            assert jsonschema.Draft202012Validator(part).is_valid(shown), part


def test_the_schema_says_what_the_settings_mean() -> None:
    properties = schema_of(Config)["properties"]
    assert properties["verbose"] == {
        "type": "boolean", "description": "A setting outside of any section.", "default": True, "examples": [False]
    }  # fmt: skip
    assert properties["access"]["required"] == ["token", "organization_id", "inner"]
    assert properties["access"]["additionalProperties"] is False
    assert "required" not in properties["amounts"]
    assert schema_of(Config)["required"] == ["access"]
    assert schema_of(Config)["title"] == "x configuration"
    assert {"privacy", "wrappers"} <= properties.keys()


def test_the_default_of_a_secret_is_not_published() -> None:
    @frozen
    class Odd:
        password: str = setting("A password.", default="changeme", secret=True)

    assert "changeme" not in json.dumps(json_schema(Odd, "odd"))


def test_the_table_has_a_row_for_each_setting() -> None:
    rows = {path: row for path, *row in table(Config)}
    assert rows["access.token"] == ["text", "required", "A token.", ""]
    assert rows["access.mode"] == ["off or on or auto", "off", "A mode.", ""]
    assert rows["access.inner.flag"] == ["true or false", "required", "A flag.", ""]
    assert rows["amounts.count"] == ["integer", "3", "A number.", ""]
    assert rows["amounts.codes"] == ["list of integer", "", "Numbers.", "1, 2"]
    assert rows["amounts.names"] == ["list of text", "a, b", "At least two.", ""]
    assert rows["amounts.modes"][0] == "list of x or y"
    assert rows["amounts.labels"] == ["object", "", "Texts by name.", '{"a": "b"}']
    assert rows["verbose"] == ["true or false", "true", "A setting outside of any section.", "false"]
    assert rows["privacy.contact_data"][:2] == ["drop or hash or keep", "drop"]
    assert list(rows)[-1] == "wrappers"
