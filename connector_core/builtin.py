"""The host's own targets by name, and how each is written, so that they can be listed without a database."""

BUILT_IN = {
    "jsonl": {"jsonl:PATH": "a log of JSON lines, exactly once", "jsonl:-": "standard output, at least once"},
    "sqlite": {"sqlite:///PATH": "a table in a SQLite file, exactly once"},
}
"""Modules of this package, registered through the same hook as a stranger's; what each may be given after `--to`."""
