"""`--describe`: the settings of a plugin, for a person or for an editor."""

import json
from collections.abc import Iterable

from connector_core import plugins, schema
from connector_core.errors import ConfigError


def show(plugin: str | None, target: str | None, *, as_json: bool) -> int:
    """Print the settings of a source and of the plugin of a target, as a table or as JSON Schema; the exit code."""
    source = plugins.load_source(plugin) if plugin else None
    loader = plugins.load_loader(target) if target else None
    targets = {loader.name: loader.destination.config} if loader and loader.destination.config else {}
    if as_json:
        if source is None:
            raise ConfigError("--describe --json: name the source too, with --plugin; a configuration is of both")
        print(json.dumps(schema.json_schema(source.description.config, source.name, targets), indent=2))
        return 0
    if source:
        print(f"{source.name} {source.version}\n")
        _show(schema.table(source.description.config))
    if loader:
        print(f"{loader.name}\n")
        for form, meaning in loader.destination.forms.items():
            print(f"--to {form}\n    {meaning}")
        for name, config in targets.items():
            _show(schema.target_table(name, config))
    return 0


def _show(rows: Iterable[tuple[str, str, str, str, str]]) -> None:
    for path, kind, default, doc, example in rows:
        print(f"{path}  ({kind}{', required' if default == 'required' else ''})")
        print(f"    {doc}")
        if default not in ("", "required"):
            print(f"    default: {default}")
        if example:
            print(f"    example: {example}")
