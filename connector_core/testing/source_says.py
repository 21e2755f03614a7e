"""The checks of what a source says of itself: its description, its settings, its findings."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping

import jsonschema

from connector_core import schema
from connector_core.config import load
from connector_core.errors import ConfigError, ConnectorError
from connector_core.model import Finding, Json
from connector_core.settings import settings_of
from connector_core.testing import child, elsewhere, mutations, probe
from connector_core.testing.contract import NotShownError, check
from connector_core.testing.subject import Subject
from connector_core.testing.transports import Tampering, made

_SECRETIVE = re.compile(
    r"(.*_)?(token|secret|password|passwd|credentials?|api_?key|access_key|private_key)|key", re.IGNORECASE
)
_CREDENTIAL_HEADERS = re.compile(r"auth|token|key|secret|cookie|session", re.IGNORECASE)
_SHORTEST = 4
_SUBSTITUTES: tuple[Json, ...] = (None, True, -1, 1.5, "", "x", "\u0000", [], ["x", "x"], {})
"""What is put in the place of each setting."""


@check(
    mend="Import what is heavy inside of the functions that use it (the client of the host under `if TYPE_CHECKING:`),"
    " and let `describe` return a `Description` and do nothing else."
)
def describe_is_cheap(subject: Subject) -> Iterator[str]:
    """Saying what the source is loads heavy libraries, or touches files, processes or the network.

    `--list`, `--help` and `--describe` would be slow, or fail, for everybody who has the plugin installed.
    """
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-P", probe.__file__, subject.case.plugin], capture_output=True, text=True, check=False
    )
    if done.returncode:
        yield f"a process that only loads it ends with {done.returncode}"
        return
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    yield from found


@check(
    mend="Say every rule by the arguments of `setting` (pattern, minimum, required_if ...), and by `check` only what"
    " JSON Schema cannot say; no validator and no __attrs_post_init__."
)
def settings_and_their_schema_agree(subject: Subject) -> Iterator[str]:
    """The loader and the JSON Schema of the settings differ.

    An editor would accept what the command refuses, or the other way round. Or a default, or an example, is
    refused by its own rule.
    """
    described = subject.source.description.config
    validator = jsonschema.Draft202012Validator(schema.json_schema(described, subject.case.plugin))
    checked = {path for path, rule, _ in subject.settings.all() if rule.check}
    for what, document in _documents(subject):
        problems = _problems(document, described)
        fits = validator.is_valid(document)
        if problems and fits and not all(line.partition(":")[0] in checked for line in problems):
            yield f"{what}: the loader refuses what the schema allows"
        elif not problems and not fits:
            yield f"{what}: the schema refuses what the loader takes"
    for path, rule, value in subject.settings.all():
        default = value if not rule.secret else None
        for name, given in (("default", default), ("example", rule.example)):
            shown = tuple(given) if isinstance(given, list) else given
            if shown is not None and rule.problem(shown):
                yield f"{path}: its {name} {rule.problem(shown)}"


def _documents(subject: Subject) -> Iterator[tuple[str, Json]]:
    """The configuration of the case, and the same with each setting missing, misspelt, or of another type."""
    yield "the configuration of the case", dict(subject.document)
    for path, rule, value in settings_of(subject.config):
        place = tuple(path.split("."))
        plain = json.loads(json.dumps(value))
        whole = _with(subject.document, place, plain)
        yield f"{path} missing", mutations.without(whole, place)
        yield f"{path} misspelt", _with(mutations.without(whole, place), (*place[:-1], f"{place[-1]}s"), plain)
        if rule.example is not None:
            yield f"{path} as in its example", _with(whole, place, rule.example)
        for substitute in _SUBSTITUTES:
            yield f"{path} = {substitute!a}", _with(whole, place, substitute)


def _with(document: Mapping[str, Json], place: tuple[str, ...], value: Json) -> dict[str, Json]:
    """The same document with one setting set, in a section that may not be there yet."""
    name, rest = place[0], place[1:]
    inner = _with(document.get(name) or {}, rest, value) if rest else value
    return {**document, name: inner}


def _problems(document: Json, described: type) -> list[str]:
    try:
        load(document, described, look_up=lambda text: text)
    except ConfigError as refused:
        return str(refused).splitlines()
    return []


@check(mend="Declare it with `setting(..., secret=True)`.")
def secrets_are_declared(subject: Subject) -> Iterator[str]:
    """A setting that holds a secret is not declared as one. It would stand in logs, errors and recordings."""
    endpoint = subject.source.description.endpoint(subject.config)
    shown = [text for name, text in endpoint.headers.items() if _CREDENTIAL_HEADERS.search(name)]
    for path, rule, value in subject.settings.all():
        if rule.secret:
            continue
        if _SECRETIVE.fullmatch(path.rpartition(".")[2]):
            yield f"{path}: is named like a secret"
        elif isinstance(value, str) and len(value) >= _SHORTEST and any(value in text for text in shown):
            yield f"{path}: is sent as a credential"


@check(
    mend="Let `check` make a few cheap requests and give a Finding, with a name of its own, for each thing verified."
    " An error of `http` may pass; it becomes a finding by itself."
)
def check_says_what_holds(subject: Subject) -> Iterator[str]:
    """`--check` finds nothing to say, says the same thing twice, or says that all is well when the API refuses.

    Whoever sets up an import would learn of a mistake from a night's run.
    """
    if subject.recording is not None:
        raise NotShownError("what `check` asks is not recorded by a run; a case with a server shows this")
    with subject.client() as http:
        findings = subject.source.check(subject.config, http)
    names = [finding.name for finding in findings]
    if not findings:
        yield "there is no finding"
    yield from (f"two findings are called {name}" for name in dict.fromkeys(names) if names.count(name) > 1)
    yield from (f"{finding.name}: has no text" for finding in findings if not finding.text.strip())
    yield from (f"{finding.name}: does not hold, by the API of the case" for finding in findings if finding.ok is False)
    refused = _findings_when_refused(subject)
    if refused and not any(finding.ok is False for finding in refused):
        yield "with every request refused (401), all findings hold"


def _findings_when_refused(subject: Subject) -> list[Finding]:
    """What `check` finds when the API says no; empty where it raises what the host makes a finding of."""
    with subject.client(lambda inner: Tampering(inner, lambda _, answer: made(answer, status=401, body=b"{}"))) as http:
        try:
            return subject.source.check(subject.config, http)
        except ConnectorError:
            return []


@check(
    mend="Use nothing of the process: no local time zone (`datetime.fromtimestamp(x)` without a zone), no locale, no"
    " `hash()`, no order of a set."
)
def another_process_maps_the_same(subject: Subject) -> Iterator[str]:
    """In a process with another time zone, locale and hash seed, other records come of the same answers.

    A run on another machine would load everything again, differently.
    """
    here = child.mapped(subject)
    there = elsewhere.ask("mapped", subject, TZ="Asia/Kathmandu", LC_ALL="C", PYTHONHASHSEED="7", PYTHONUTF8="0")
    if len(here) != len(there):
        yield there[0] if len(there) == 1 else f"{len(here)} answers are read here, {len(there)} there"
    elif here != there:
        differ = sum(a != b for a, b in zip(here, there, strict=True))
        yield f"{differ} of {len(here)} answers become something else"


@check(mend="Import no other plugin; what two plugins share belongs into a library of its own, or stands twice.")
def it_stands_alone(subject: Subject) -> Iterator[str]:
    """Without the other installed plugins, this one does not work. Whoever installs it alone could not use it."""
    found = elsewhere.ask("alone", subject, PYTHONHASHSEED="0")
    failed = len(found) == 1 and not re.fullmatch("[0-9a-f]{16}", found[0])
    if failed or len(found) != len(child.mapped(subject)):
        yield found[0] if failed else "fewer answers come than with them"


CHECKS = (
    describe_is_cheap,
    settings_and_their_schema_agree,
    secrets_are_declared,
    check_says_what_holds,
    another_process_maps_the_same,
    it_stands_alone,
)
