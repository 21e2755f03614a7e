"""The kit for sources is itself tested: one that keeps the contract passes, and for each check there is a broken one.

Each broken plugin is the steady one with one thing changed, and no other check catches it.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from connector_core.hookspecs import GROUP
from connector_core.testing import SOURCE_CHECKS, NotShownError, SourceCase
from connector_core.testing.subject import opened
from tests.fakes import PLAINLY
from tests.testing import steady

HERE = Path(__file__).parent
BASE = """
import attrs
from steady import *
from steady import Account, Config, endpoint, text_of
good = dict(describe=describe, partitions=partitions, extract=extract, map=map, count=count, check=check)
def outcomes(change):
    @hookimpl
    def map(partition, id_prefix):
        mapper = good["map"](partition, id_prefix)
        def changed(raw):
            outcome = mapper(raw)
            return change(raw, outcome) if isinstance(outcome, Feedback) else outcome
        return changed
    return map
def replaced(**more):
    return outcomes(lambda raw, record: attrs.evolve(record, **{n: f(raw, record) for n, f in more.items()}))
def added(**more):
    return replaced(additional_fields=lambda raw, record:
        record.additional_fields | {n: f(raw) for n, f in more.items()})
"""
BROKEN = {
    "describe_is_cheap": """
import requests
""",
    "settings_and_their_schema_agree": """
@frozen
class Limits:
    size: str = setting("A number.", default="many", pattern="[0-9]+")
@frozen
class Config:
    account: Account = section(Account)
    limits: Limits = section(Limits)
@hookimpl
def describe():
    return attrs.evolve(good["describe"](), config=Config)
""",
    "secrets_are_declared": """
@frozen
class Account:
    key: str = setting("API key.")
    url: str = setting("Base URL.")
@frozen
class Config:
    account: Account = section(Account)
@hookimpl
def describe():
    return attrs.evolve(good["describe"](), config=Config)
""",
    "check_says_what_holds": """
@hookimpl
def check(http):
    return []
""",
    "another_process_maps_the_same": """
map = added(shard=lambda raw: hash(raw["id"]))
""",
    "it_stands_alone": """
import acme_survey
""",
    "partition_keys_are_unique": """
@hookimpl
def partitions(http):
    return [*good["partitions"](http), Unimportable("p1", "Another", "is no poll")]
""",
    "partitions_are_stable": """
import time
@hookimpl
def partitions(http):
    return [attrs.evolve(p, definition={"seen": time.time()}) if isinstance(p, Partition) else p
        for p in good["partitions"](http)]
""",
    "partitions_and_cursors_are_values": """
@hookimpl
def partitions(http):
    return [attrs.evolve(p, definition={1, 2}) if isinstance(p, Partition) else p for p in good["partitions"](http)]
""",
    "extract_is_lazy": """
@hookimpl
def extract(partition, window, cursor, http):
    yield from list(good["extract"](partition, window, cursor, http))
""",
    "cursors_are_resume_points": """
@hookimpl
def extract(partition, window, cursor, http):
    for page in good["extract"](partition, window, cursor, http):
        yield attrs.evolve(page, cursor=cursor)
        cursor = page.cursor
""",
    "windows_lose_nothing": """
from datetime import timedelta
@hookimpl
def extract(partition, window, cursor, http):
    tomorrow = window.start and window.start.replace(hour=0) + timedelta(days=1)
    yield from good["extract"](partition, Window(tomorrow, window.end), cursor, http)
""",
    "counts_agree_with_what_is_read": """
@hookimpl
def count(partition, window, http):
    return attrs.evolve(counted := good["count"](partition, window, http), answers=counted.answers + 1)
""",
    "mapper_is_pure": """
import time
map = replaced(title=lambda raw, record: record.title if time.time() else "")
""",
    "mapper_is_deterministic": """
SEEN = []
map = added(again=lambda raw: any(raw is other for other in SEEN) or SEEN.append(raw) is not None)
""",
    "mapper_never_raises": """
map = replaced(text=lambda raw, record: raw["why"].strip())
""",
    "odd_records_are_rejected_with_a_reason": """
@hookimpl
def map(partition, id_prefix):
    mapper = good["map"](partition, id_prefix)
    return lambda raw: mapper(raw) if isinstance(raw, dict) and raw else Skip("odd")
""",
    "ids_are_unique": """
map = replaced(id=lambda raw, record: raw["id"])
""",
    "ids_are_stable": """
from hashlib import blake2b
map = replaced(id=lambda raw, record:
    f"{record.id}-{blake2b(str(raw.get('why')).encode(), digest_size=4).hexdigest()}")
""",
    "posted_at_is_in_utc": """
from datetime import timedelta, timezone
map = replaced(posted_at=lambda raw, record: record.posted_at.astimezone(timezone(timedelta(hours=-3))))
""",
    "ratings_are_within_their_scale": """
@hookimpl
def map(partition, id_prefix):
    mapper = good["map"](partition, id_prefix)
    def lenient(raw):
        outcome = mapper(raw)
        if isinstance(outcome, Reject) and outcome.reason == "rating.invalid" and raw["score"] == 11:
            return attrs.evolve(mapper(raw | {"score": 10}), rating="11")
        return outcome
    return lenient
""",
    "records_are_well_formed": """
map = replaced(text=lambda raw, record: len(record.text or ""))
""",
    "a_run_ends_well": """
@hookimpl
def extract(partition, window, cursor, http):
    for page in good["extract"](partition, window, cursor, http):
        yield attrs.evolve(page, notes=([],))
""",
    "loading_twice_changes_nothing": """
from collections import Counter
LISTED = Counter()
@hookimpl
def partitions(config, http):
    LISTED[id(config)] += 1
    return good["partitions"](http)
@hookimpl
def map(partition, config, id_prefix):
    mapper = good["map"](partition, id_prefix)
    def changed(raw):
        outcome = mapper(raw)
        times = LISTED[id(config)]
        return attrs.evolve(outcome, title=f"{times}") if isinstance(outcome, Feedback) else outcome
    return changed
""",
    "killed_runs_are_resumed": """
import os, pathlib, tempfile
@hookimpl
def extract(partition, window, cursor, http):
    mark = pathlib.Path(tempfile.gettempdir()) / f"steady-{os.getppid()}-{partition.key}"
    left = mark.exists()
    mark.touch()
    try:
        for page in good["extract"](partition, window, cursor, http):
            if not left:
                yield page
            left = False
    finally:
        mark.unlink()
""",
    "errors_of_the_api_end_in_their_class": """
from connector_core import TransientError
@hookimpl
def extract(partition, window, cursor, http):
    try:
        yield from good["extract"](partition, window, cursor, http)
    except TransientError:
        return
""",
    "bodies_of_another_form_are_errors_of_the_source": """
@hookimpl
def extract(partition, window, cursor, http):
    start = format_instant(window.start) if window.start else None
    while True:
        params = {"after": start, "before": format_instant(window.end), "token": cursor}
        answer = http.get(f"polls/{partition.key}/votes", params)
        cursor = answer.take("next", str | None)
        yield Page(answer.body.get("votes") or [], cursor)
        if cursor is None:
            return
""",
    "requests_go_through_the_host": """
@hookimpl
def extract(partition, window, cursor, config, http):
    from urllib.error import HTTPError
    from urllib.request import urlopen
    try:
        urlopen(config.account.url + "/health").close()
    except HTTPError:
        pass
    yield from good["extract"](partition, window, cursor, http)
""",
    "personal_fields_are_declared": """
@hookimpl
def describe():
    return attrs.evolve(good["describe"](), personal={"who": "author", "why": "text", "name": "public"})
""",
    "personal_fields_are_declared__by_the_mapper": """
@hookimpl
def describe():
    return attrs.evolve(good["describe"](), personal={"phone": "contact", "why": "text", "name": "public"})
""",
    "nothing_leaks": """
@hookimpl
def map(partition, id_prefix):
    mapper = good["map"](partition, id_prefix)
    def talkative(raw):
        outcome = mapper(raw)
        told = isinstance(outcome, Reject) and outcome.reason == "rating.invalid"
        return attrs.evolve(outcome, path=f"score of {raw.get('who')}") if told else outcome
    return talkative
""",
    "contact_data_stays_out_of_records": """
map = added(reached_at=lambda raw: raw.get("phone"))
""",
}


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of installed plugins, on the path of this process and of its children."""
    for name, code in {**BROKEN, "none": ""}.items():
        (tmp_path / f"broken_{name}.py").write_text(BASE + code)
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    points = "".join(f"broken_{name} = broken_{name}\n" for name in (*BROKEN, "none"))
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{points}")
    for name in os.environ.keys() - PLAINLY.keys():
        monkeypatch.delenv(name)  # what its children do, those of other tests do too
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{HERE}")
    memory = Path("/dev/shm")  # noqa: S108 - only where a fresh folder is made, under a name that nobody can guess
    quick = Path(tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else tmp_path))
    monkeypatch.setenv("TMPDIR", str(quick))
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    shutil.rmtree(quick)
    for module in [name for name in sys.modules if name == "steady" or name.startswith("broken_")]:
        del sys.modules[module]


def caught(name: str, tried: Collection[str]) -> dict[str, list[str]]:
    """Which of these checks find something wrong with a plugin, and what."""
    found = {}
    for check in (check for check in SOURCE_CHECKS if check.name in tried):
        with opened(SourceCase(plugin=f"broken_{name}", config=steady.config, server=steady.serving)) as subject:
            try:
                problems = check.problems(subject)
            except NotShownError:
                continue
        if problems:
            found[check.name] = problems
    return found


def own(name: str) -> str:
    """The check that a broken plugin is for."""
    return name.partition("__")[0]


def test_there_is_a_broken_plugin_for_each_check() -> None:
    assert {check.name for check in SOURCE_CHECKS} == set(map(own, BROKEN))


@pytest.mark.usefixtures("install")
def test_a_source_that_keeps_its_contract_passes_every_check() -> None:
    for check in SOURCE_CHECKS:
        with opened(SourceCase(plugin="broken_none", config=steady.config, server=steady.serving)) as subject:
            assert check.problems(subject) == [], check.name  # and none has nothing to show


@pytest.mark.usefixtures("install")
@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_caught_by_its_check(name: str) -> None:
    """And by no other: see `test_sharpness.py`."""
    assert caught(name, [own(name)])
