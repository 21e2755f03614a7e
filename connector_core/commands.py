"""What `connector-run` was asked to do: list, describe, check or import."""

import argparse
import json

import attrs

from connector_core import plugins
from connector_core.listing import listing
from connector_core.secrets import Guard


def run_main(arguments: argparse.Namespace, parser: argparse.ArgumentParser, guard: Guard) -> int:
    """Do what `connector-run` was asked to; returns the exit code."""
    if arguments.list:
        return _list(as_json=arguments.json)
    if not arguments.plugin:
        parser.error("--plugin NAME is missing; --list shows what is installed")
    if arguments.describe:
        return _describe(arguments.plugin, as_json=arguments.json)
    problem = _misuse(arguments)
    if problem:
        parser.error(problem)
    from connector_core import importing  # noqa: PLC0415 - neither --list nor --describe needs what it needs

    return importing.check(arguments, guard) if arguments.check else importing.import_once(arguments, guard)


def _misuse(a: argparse.Namespace) -> str | None:
    """What is wrong with a combination of arguments, or None."""
    selecting = ("since", "until", "limit", "full_refresh")
    rules = [
        (not a.config, "--config FILE is missing; --describe shows what goes into it"),
        (a.since and a.until and a.since >= a.until, "--since must lie before --until"),
        (
            a.full_refresh and (a.since or a.until or a.limit),
            "--full-refresh reads everything; it goes with neither --since, --until nor --limit",
        ),
        (
            a.prune and not a.full_refresh,
            "--prune goes with --full-refresh only: else it is not known what is gone",
        ),
        (a.record and a.replay, "--record and --replay exclude each other"),
        (
            a.replay and any(getattr(a, name) for name in selecting),
            "--replay takes --since, --until, --limit and --full-refresh from the recording",
        ),
        (
            a.dry_run and (a.to or a.state or a.full_refresh),
            "--dry-run loads nothing: it goes with neither --to, --state nor --full-refresh",
        ),
        (a.record_unscrubbed and not a.record, "--record-unscrubbed goes with --record"),
        (a.scrub_key and not a.record, "--scrub-key goes with --record"),
        (
            a.check and (a.dry_run or a.record or a.replay),
            "--check goes with neither --dry-run, --record nor --replay",
        ),
        (a.json, "--json goes with --list and --describe"),
    ]
    return next((text for wrong, text in rules if wrong), None)


def _list(*, as_json: bool) -> int:
    lines = listing()
    if as_json:
        print(json.dumps([attrs.asdict(line) for line in lines], indent=2))
        return 0
    for line in lines:
        state = f"cannot be used: {line.problem}" if line.problem else ", ".join(line.hooks)
        print(f"{line.name:<16} {line.version:<10} {line.distribution:<18} {state}")
    if not lines:
        print("no plugin is installed; try: pip install trackco-cxm")
    return 0


def _describe(name: str, *, as_json: bool) -> int:
    from connector_core import schema  # noqa: PLC0415 - cattrs is not needed for --list

    source = plugins.load_source(name)
    if as_json:
        print(json.dumps(schema.json_schema(source.description.config, name), indent=2, ensure_ascii=False))
        return 0
    print(f"{name} {source.version}\n")
    for path, kind, default, doc, example in schema.table(source.description.config):
        print(f"{path}  ({kind}{', ' + default if default == 'required' else ''})")
        print(f"    {doc}")
        if default not in ("", "required"):
            print(f"    default: {default}")
        if example:
            print(f"    example: {example}")
    return 0
