"""`connector cassette audit`: whether recordings may be committed."""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from connector_core import plugins
from connector_core.cassette.audit import Audit
from connector_core.cassette.configuration import is_placeholder
from connector_core.cassette.detect import is_secret_by_name
from connector_core.cassette.fields import Fields
from connector_core.cassette.reader import load
from connector_core.cassette.recording import Recording
from connector_core.config import load as load_settings
from connector_core.config import read_document
from connector_core.errors import ConfigError
from connector_core.files import beside, kind_at
from connector_core.model import Json
from connector_core.plugins import Source
from connector_core.secrets import is_reference
from connector_core.settings import Rule
from connector_core.summary import plain

_SHOWN = 50
"""Findings of one file that are shown; whoever sees these records again."""


def audit(arguments: argparse.Namespace) -> int:
    """Look through each file; returns 0, 1 where something was found, 2 where a file could not be read."""
    code = 0
    for name in arguments.files:
        try:
            code = max(code, _audit_one(name, arguments))
        except ConfigError as error:
            _say(str(error))
            code = 2
    return code


def _audit_one(name: str, arguments: argparse.Namespace) -> int:
    recording = load(Path(name))
    source = _source(recording, name)
    fields = Fields.of(source.description.personal if source else {})
    how = Audit(fields, arguments.made_up)
    findings = list(how.recording(recording))
    for finding in findings[:_SHOWN]:
        print(plain(f"{name}: {finding.where}: looks like {finding.what}"))
    if len(findings) > _SHOWN:
        print(f"{name}: and {len(findings) - _SHOWN:,} more")
    if kind_at(beside(name)):
        document = read_document(str(beside(name)))
        found = list(how.document(document, _is_secret(document, str(beside(name)), source)))
        for finding in found:
            print(plain(f"{beside(name)}: {finding.where}: looks like {finding.what}"))
        findings += found
    _warn_of_age(recording, name, arguments)
    if not findings:
        print(f"{name}: nothing found in {len(recording.interactions):,} interactions")
    return 1 if findings else 0


def _source(recording: Recording, name: str) -> Source | None:
    """The plugin that the recording is of, for what it declares of its fields."""
    if recording.session is None:
        return None
    try:
        return plugins.load_source(recording.session.plugin)
    except ConfigError as error:
        _say(f"{name}: {error}; its declaration of personal fields is not known, usual names count alone")
        return None


def _is_secret(document: Json, path: str, source: Source | None) -> Callable[[str, str], bool]:
    """Which texts of a configuration are secrets: by its plugin's rules, or by names where those are not known."""
    rules: dict[str, Rule] = {}
    if source:
        try:
            settings = load_settings(document, source.description.config, look_up=str)
            rules = {place: rule for place, rule, _ in settings.all() if rule.secret}
        except ConfigError as error:
            _say(f"{path}: {error}".replace("\n", "; "))

    def is_secret(where: str, text: str) -> bool:
        rule = next((rules[place] for place in rules if f"{where}.".replace("[", ".").startswith(f"{place}.")), None)
        if is_reference(text) or (rule and is_placeholder(text, rule)):
            return False
        return rule is not None or is_secret_by_name(where.rpartition(".")[2], text)

    return is_secret


def _warn_of_age(recording: Recording, name: str, arguments: argparse.Namespace) -> None:
    if recording.session is None:
        _say(f"{name}: plain vcrpy recorded it, so its age is not known")
        return
    age = datetime.now(UTC) - recording.session.clock
    if age > arguments.max_age:
        _say(f"{name}: is {age.days:,} days old, the API may have changed since; record it again")


def _say(text: str) -> None:
    print(plain(f"connector: {text}"), file=sys.stderr)
