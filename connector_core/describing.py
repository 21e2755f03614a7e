"""`--describe`: the settings of a plugin, for a person or for an editor."""

import json
from collections.abc import Iterable, Sequence

from connector_core import plugins, schema
from connector_core.errors import ConfigError


def show(plugin: str | None, targets: Sequence[str], *, as_json: bool) -> int:
    """Print the settings of a source and of the plugins of targets, as tables or as JSON Schema; the exit code."""
    source = plugins.load_source(plugin) if plugin else None
    loaders = {loader.name: loader for loader in map(plugins.load_loader, targets)}
    configs = {name: loader.destination.config for name, loader in loaders.items() if loader.destination.config}
    if as_json:
        if source is None:
            raise ConfigError("--describe --json: name the source too, with --plugin; a configuration is of both")
        print(json.dumps(schema.json_schema(source.description.config, source.name, configs), indent=2))
        return 0
    if source:
        print(f"{source.name} {source.version}\n")
        _show(schema.table(source.description.config))
    for name, loader in loaders.items():
        print(f"{name}\n")
        for form, meaning in loader.destination.forms.items():
            print(f"--to {form}\n    {meaning}")
        if name in configs:
            _show(schema.target_table(name, configs[name]))
    return 0


def _show(rows: Iterable[tuple[str, str, str, str, str]]) -> None:
    for path, kind, default, doc, example in rows:
        print(f"{path}  ({kind}{', required' if default == 'required' else ''})")
        print(f"    {doc}")
        if default not in ("", "required"):
            print(f"    default: {default}")
        if example:
            print(f"    example: {example}")
