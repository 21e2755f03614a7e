"""`--describe`: the settings of a plugin, for a person or for an editor."""

import json

from connector_core import plugins, schema


def show(name: str, *, as_json: bool) -> int:
    """Print the settings of a plugin as a table, or as JSON Schema; returns the exit code."""
    source = plugins.load_source(name)
    if as_json:
        print(json.dumps(schema.json_schema(source.description.config, name), indent=2, ensure_ascii=False))
        return 0
    print(f"{name} {source.version}\n")
    for path, kind, default, doc, example in schema.table(source.description.config):
        print(f"{path}  ({kind}{', required' if default == 'required' else ''})")
        print(f"    {doc}")
        if default not in ("", "required"):
            print(f"    default: {default}")
        if example:
            print(f"    example: {example}")
    return 0
