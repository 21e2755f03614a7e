"""The public names, from their docstrings, as Markdown: what `docs/reference.md` is made of.

griffe reads signatures and docstrings from the source, so that nothing of the machine gets into the page.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import griffe

HERE = Path(__file__).parent
ABOUT = (
    "What a plugin may use of the host, and nothing else: the names of `connector_core` for every plugin, those of"
    " `connector_core.loading` for load plugins, and the hooks. How they are used:"
    " [writing-a-plugin.md](writing-a-plugin.md)."
)
TITLES = {
    "connector_core": "For every plugin",
    "connector_core.loading": "For load plugins",
    "connector_core.testing": "For tests",
}
_WIDTH = 110
_MEANT = {"connector_core.setting": "connector_core.settings.Rule"}
"""A function whose arguments are explained by the attributes of a class."""


def reference(note: str) -> str:
    """The whole page."""
    package = griffe.load("connector_core", search_paths=[HERE.parent], docstring_parser="google")
    if not isinstance(package, griffe.Module):
        raise TypeError
    promise = (HERE / "compatibility.md").read_text(encoding="utf-8").strip()
    parts = ["# Reference", note, ABOUT, promise, *_hooks(package)]
    for path, title in TITLES.items():
        module = package[path.removeprefix("connector_core").lstrip(".")] if path != "connector_core" else package
        parts += [f"## {title}: `{path}`", _text(module)]
        for name in sorted(module.exports or (), key=lambda each: str(each).casefold()):
            parts += _named(str(name), _real(module[str(name)]), package)
    return "\n\n".join(part for part in parts if part) + "\n"


def _hooks(package: griffe.Module) -> Iterator[str]:
    module = package["hookspecs"]
    yield "## Hooks"
    yield _text(module)
    for function in module.functions.values():
        yield f"### `{function.name}`"
        yield _code(_signature(function.name, _parameters(function), function.returns))
        yield from _sections(function)


def _real(found: griffe.Object | griffe.Alias) -> griffe.Object:
    return found.final_target if isinstance(found, griffe.Alias) else found


def _named(name: str, found: griffe.Object, package: griffe.Module) -> Iterator[str]:
    yield f"### `{name}`"
    if isinstance(found, griffe.Class):
        yield from _class(name, found)
    elif isinstance(found, griffe.Function):
        yield _code(_signature(name, _parameters(found), found.returns))
        yield from _sections(found)
        if meant := _MEANT.get(f"{package.path}.{name}"):
            yield from _table(package[meant.removeprefix("connector_core.")])
    elif isinstance(found, griffe.Attribute):
        yield _code(f"{name} = {found.value}")
        yield from _sections(found)


def _class(name: str, found: griffe.Class) -> Iterator[str]:
    protocol, own = "Protocol" in [str(base) for base in found.bases], found.members.get("__init__")
    if isinstance(own, griffe.Function):
        yield _code(_signature(name, _parameters(own), None))
    elif "attrs.frozen" in _decorators(found) or "attrs.define" in _decorators(found):
        fields = [
            each for each in found.attributes.values() if "init=False" not in str(each.value) and not _hidden(each)
        ]
        yield _code(_signature(name, list(_fields(fields)), None))
    if (base := str(next(iter(found.bases), ""))).endswith("Error"):
        yield f"A `{base}`."
    if protocol:
        yield "A protocol: what implements it need not inherit from it."
    yield from _sections(found, but="attributes")
    yield from _table(found)
    for method in found.functions.values():
        if not method.name.startswith("_") and method.docstring:
            shown = _parameters(method)
            yield f"#### `{name}.{method.name}`"
            yield _code(_signature(method.name, shown, method.returns))
            yield from _sections(method)


def _decorators(found: griffe.Class) -> list[str]:
    return [decorator.callable_path for decorator in found.decorators]


def _hidden(attribute: griffe.Attribute) -> bool:
    return attribute.name.startswith("_") or "property" in attribute.labels or "ClassVar" in str(attribute.annotation)


def _fields(fields: list[griffe.Attribute]) -> Iterator[str]:
    """What the constructor of an attrs class takes, as it is declared."""
    keywords = False
    for each in sorted(fields, key=lambda each: "kw_only=True" in str(each.value)):
        value = str(each.value) if each.value is not None else None
        if value and "kw_only=True" in value and not keywords:
            keywords = True
            yield "*"
        if value and value.startswith("field("):
            given = re.search(r"(default|factory)=(\w[\w.]*)", value)
            value = None if given is None else {"dict": "{}", "list": "[]"}.get(given[2], "...")
            value = given[2] if given and given[1] == "default" and given[2] in ("None", "True", "False") else value
        yield f"{each.name}: {each.annotation}" + (f" = {value}" if value is not None else "")


def _parameters(function: griffe.Function) -> list[str]:
    shown, keywords = [], False
    for each in function.parameters:
        if each.name == "self":
            continue
        if each.kind is griffe.ParameterKind.keyword_only and not keywords:
            keywords = True
            shown.append("*")
        default = "..." if str(each.default).startswith("_") else each.default
        mark = {griffe.ParameterKind.var_positional: "*", griffe.ParameterKind.var_keyword: "**"}.get(
            each.kind or griffe.ParameterKind.positional_only, ""
        )
        shown.append(
            f"{mark}{each.name}"
            + (f": {each.annotation}" if each.annotation else "")
            + (f" = {default}" if default is not None else "")
        )
    return shown


def _signature(name: str, parameters: list[str], returns: object) -> str:
    end = f" -> {returns}" if returns is not None else ""
    line = f"{name}({', '.join(parameters)}){end}"
    return line if len(line) <= _WIDTH else f"{name}(\n" + "".join(f"    {each},\n" for each in parameters) + f"){end}"


def _code(text: str) -> str:
    return "```text\n" + text.replace("'", '"') + "\n```"


def _text(found: griffe.Object | griffe.Alias) -> str:
    return found.docstring.value if found.docstring else ""


def _sections(found: griffe.Object, but: str = "") -> Iterator[str]:
    """The docstring, section by section."""
    for section in found.docstring.parsed if found.docstring else ():
        kind = section.kind.value
        if kind == but:
            continue
        if kind == "text":
            yield section.value
        elif kind == "parameters":
            yield "\n".join(f"* `{each.name}`: {_line(each.description)}" for each in section.value)
        elif kind == "raises":
            yield "Raises:\n\n" + "\n".join(
                f"* `{each.annotation}`: {_line(each.description)}" for each in section.value
            )
        elif kind == "returns":
            yield "Returns: " + " ".join(_line(each.description) for each in section.value)


def _table(found: griffe.Object) -> Iterator[str]:
    """The attributes of a class, with the types that its fields have."""
    for section in found.docstring.parsed if found.docstring else ():
        if section.kind.value == "attributes":
            rows = []
            for each in section.value:
                member = found.members.get(each.name)
                kind = getattr(member, "annotation", None)
                shown = f"`{kind}`".replace("|", "\\|").replace("'", '"') if kind is not None else ""
                rows.append(f"| `{each.name}` | {shown} | {_line(each.description).replace('|', chr(92) + '|')} |")
            yield "\n".join(["| attribute | type | meaning |", "| --- | --- | --- |", *rows])


def _line(text: str) -> str:
    return " ".join(text.split())
