"""An API that fails in every way: what is bounded makes no difference, what is not ends the run and loses nothing."""

import json
import sqlite3
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from attrs import frozen

from connector_core import body, longbody
from connector_core.summary import Summary
from tests.simulated import CXM, NPS, READ, Import, document
from trackco_simulator import Behaviour, CxmAccount, Faults, NpsAccount, Server, generate_cxm, generate_nps, serve
from trackco_simulator.faults import HARMLESS, PASSING

RUN = str(Path(sysconfig.get_path("scripts")) / "connector-run")
END = datetime(2026, 9, 1, tzinfo=UTC)
ANSWERS = 300
SEEDS = 12
ATTEMPTS = 6
MANY = 60
"""More requests than a run makes that halves what it asks for until nothing smaller is left."""
GENERATE: dict[str, Callable[..., CxmAccount | NpsAccount]] = {CXM: generate_cxm, NPS: generate_nps}
CALM = Behaviour(date_header=END, max_page_size=25)


def stormy(seed: int = 1, **faults: Any) -> Behaviour:
    """The same server, with faults."""
    return Behaviour(date_header=END, max_page_size=25, faults=Faults(**({"seed": seed} | faults)))


@frozen
class Site:
    """A served account, and what a run of it gives that nothing disturbs.

    Attributes:
        requests: how many such a run makes.
        targets: what it leaves, by the form of the target.
    """

    plugin: str
    server: Server
    requests: int
    targets: dict[str, Any]

    def importing(self, target: Path, form: str, **clock: Any) -> Import:
        """An import into a target of that form."""
        return Import(self.plugin, self.server, form.format(target), **clock)


def content(form: str, path: Path) -> Any:
    """All that a target holds: records in order, rejects, and the places to go on from."""
    journal = path if form.startswith("sqlite") else path.with_name(f"{path.name}.state")
    with closing(sqlite3.connect(journal)) as db:
        rejects = db.execute("SELECT key, reason FROM connector_reject ORDER BY key").fetchall()
        places = db.execute("SELECT key, high_water, cursor FROM connector_partition ORDER BY key").fetchall()
    return READ[form](path), rejects, places


@pytest.fixture(scope="module", params=GENERATE)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Each API, with an account of a few hundred answers."""
    account = GENERATE[request.param](7, ANSWERS, end=END)
    with serve(account, behaviour=CALM) as server:
        targets = {}
        for form in READ:
            path = tmp_path_factory.mktemp("calm") / "target"
            before = len(server.requests)
            calm = Import(request.param, server, form.format(path)).run()
            assert calm.exit_code == 3
            targets[form] = content(form, path)
            records = {record["id"]: record for record in targets[form][0]}
            assert records == account.expected(prefix=f"{request.param}:")
        yield Site(request.param, server, len(server.requests) - before, targets)


def forms(seed: int) -> tuple[int, str]:
    """One thread and eight, a table and a log, in turn."""
    return (1, 8)[seed % 2], list(READ)[seed // 2 % 2]


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_bounded_number_of_faults_makes_no_difference(site: Site, seed: int, tmp_path: Path) -> None:
    threads, form = forms(seed)
    site.server.set(stormy(seed, rate=0.6))
    summary = site.importing(tmp_path / "target", form).run(threads)
    assert site.server.hits
    assert (summary.error, summary.failed, summary.exit_code) == (None, {}, 3)
    assert content(form, tmp_path / "target") == site.targets[form]


@pytest.mark.parametrize("kind", PASSING)
def test_each_fault_passes_by_itself(site: Site, kind: str, tmp_path: Path) -> None:
    """Every request is hit, four times in a row."""
    threads, form = forms(len(kind))
    site.server.set(stormy(kinds=(kind,), rate=1.0))
    summary = site.importing(tmp_path / "target", form).run(threads)
    assert {hit.kind for hit in site.server.hits} == {kind}
    assert summary.requests >= 5 * site.requests
    assert content(form, tmp_path / "target") == site.targets[form]


@pytest.mark.parametrize("kind", HARMLESS)
def test_a_right_body_that_is_oddly_sent_is_read_at_once(site: Site, kind: str, tmp_path: Path) -> None:
    site.server.set(stormy(kinds=(kind,), rate=1.0, in_a_row=None))
    summary = site.importing(tmp_path / "target", "jsonl:{}").run()
    assert summary.requests == len(site.server.hits) == site.requests
    assert content("jsonl:{}", tmp_path / "target") == site.targets["jsonl:{}"]


@pytest.mark.parametrize("threads", [1, 8])
def test_a_server_that_is_down_for_a_while_makes_no_difference(site: Site, threads: int, tmp_path: Path) -> None:
    """It goes down in the middle of the run; connections are refused until somebody has waited twice.

    Of many threads, those that have a connection may end the run before that.
    """
    waits, one_by_one = [], Lock()

    def waited(seconds: float) -> None:
        with one_by_one:  # waits take no time: without this, others would be refused once too often meanwhile
            if not site.server.is_open:
                waits.append(seconds)
                if len(waits) == 2:
                    site.server.open()

    site.server.set(stormy(kinds=("refused",), rate=1.0, most=1, after=site.requests // 2, outage=600))
    summary = site.importing(tmp_path / "target", "jsonl:{}", waited=waited).run(threads)
    site.server.open()
    assert len(site.server.hits) == 1
    assert len(waits) == 2 or (threads > 1 and waits)
    assert summary.exit_code == 3
    assert content("jsonl:{}", tmp_path / "target") == site.targets["jsonl:{}"]


def finished_later(site: Site, form: str, path: Path) -> None:
    """What a run that ended early left behind is completed by the next one, and nothing of it comes again."""
    site.server.set(CALM)
    before = len(READ[form](path))
    summary = site.importing(path, form).run()
    assert summary.error is None
    assert summary.failed == {}
    assert summary.total.new + before == len(site.targets[form][0])
    assert summary.total.updated == 0
    assert content(form, path) == site.targets[form]


def ended(site: Site, faults: dict[str, Any], path: Path, **clock: Any) -> Summary:
    """A run with one thread that is well for half of its requests, and then is not."""
    form = "sqlite:///{}"
    site.server.set(stormy(rate=1.0, after=site.requests // 2, **faults))
    summary = site.importing(path, form, **clock).run()
    records, _, _ = content(form, path)
    assert summary.exit_code == 1
    assert records == site.targets[form][0][: len(records)]
    assert 0 < len(records) < len(site.targets[form][0])
    return summary


FINAL: dict[str, dict[str, str]] = {
    CXM: {
        "401": "Track.co does not accept the token",
        "redirect_elsewhere": "sends us on to another host",
    },
    NPS: {
        "401": "Track.co does not accept the token",
        "405": "rate limit of 1000 requests in 5 minutes is used up",
        "redirect_elsewhere": "sends us on to another host",
    },
}


def test_what_is_final_ends_the_run_and_keeps_its_progress(site: Site, tmp_path: Path) -> None:
    for kind, said in FINAL[site.plugin].items():
        summary = ended(site, {"kinds": (kind,), "most": 1}, tmp_path / kind)
        assert summary.error is not None
        assert summary.error.kind == ("transient" if kind == "405" else "source")  # a window passes by itself
        assert said in str(summary.error)
        assert "\n" not in str(summary.error)
        assert site.server.leaked == []
        assert len(site.server.hits) == 1
        finished_later(site, "sqlite:///{}", tmp_path / kind)


OUTAGES = {
    "refused": ("transient", "cannot be reached"),
    "reset": ("transient", "cannot be reached"),
    "reset_mid_body": ("transient", "cannot be reached"),
    "corrupt_gzip": ("transient", "cannot be reached"),
    **{kind: ("transient", f"still answers HTTP {kind}") for kind in ("429", "500", "502", "503", "504")},
    "429_date": ("transient", "still answers HTTP 429"),
    "429_seconds": ("transient", "still answers HTTP 429"),
    "html_200": ("source", "answered text/html that is no JSON"),
    "truncated_json": ("source", "answered application/json that is no JSON"),
}


@pytest.mark.parametrize("kind", OUTAGES)
def test_what_does_not_pass_ends_the_run_and_keeps_its_progress(site: Site, kind: str, tmp_path: Path) -> None:
    """After a bounded number of requests, with one line that says what to do."""
    of, said = OUTAGES[kind]
    summary = ended(site, {"kinds": (kind,), "in_a_row": None, "outage": 600}, tmp_path / "target")
    errors = [summary.error] if summary.error else [*summary.failed.values()]
    assert summary.requests <= site.requests // 2 + ATTEMPTS * len(site.targets["sqlite:///{}"][2])
    for error in errors:
        assert error.kind == of
        assert said in str(error)
        assert "\n" not in str(error)
    site.server.open()
    finished_later(site, "sqlite:///{}", tmp_path / "target")


@pytest.mark.parametrize(
    ("kind", "of", "said"),
    [
        ("endless_body", "source", "answers with more than 1 MiB at once; ask for less"),
        ("gzip_bomb", "source", "answers with more than 1 MiB at once; ask for less"),
        ("endless_drip", "transient", "cannot be reached: no whole answer came in time"),
    ],
)
def test_a_body_without_end_ends_at_a_bound(  # noqa: PLR0913, PLR0917 - one for each column
    site: Site, kind: str, of: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of size, or of time: here a second passes whenever somebody looks."""
    monkeypatch.setattr(body, "MAX_BODY", 2**20)
    monkeypatch.setattr(longbody, "MAX_LIST", 2**20)
    ticks = map(float, count())
    faults = {"kinds": (kind,), "in_a_row": None}
    summary = ended(site, faults, tmp_path / "target", monotonic=lambda: next(ticks))
    errors = [summary.error] if summary.error else [*summary.failed.values()]
    assert summary.requests <= MANY
    for error in errors:
        assert error.kind == of
        assert said in str(error)
        assert "\n" not in str(error)
    finished_later(site, "sqlite:///{}", tmp_path / "target")


def commanded(site: Site, folder: Path) -> subprocess.CompletedProcess[str]:
    """The real command, which says nothing but its errors."""
    config = folder / "config.json"
    config.write_text(json.dumps(document(site.plugin, site.server)))
    config.chmod(0o600)
    target = f"sqlite:///{folder / 'target'}"
    command = [RUN, "--plugin", site.plugin, "--config", str(config), "--to", target, "--quiet", "--threads", "1"]
    return subprocess.run([*command, "--log-format", "console"], capture_output=True, text=True, check=False)


def test_the_command_says_one_line_and_goes_on_later(site: Site, tmp_path: Path) -> None:
    site.server.set(stormy(kinds=("401",), rate=1.0, after=site.requests // 2))
    done = commanded(site, tmp_path)
    [line] = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (1, "")
    assert FINAL[site.plugin]["401"] in line
    assert site.server.token not in line
    assert 0 < len(READ["sqlite:///{}"](tmp_path / "target")) < len(site.targets["sqlite:///{}"][0])
    site.server.set(stormy(kinds=HARMLESS, rate=1.0))
    done = commanded(site, tmp_path)
    assert (done.returncode, done.stderr, done.stdout) == (3, "", "")
    assert content("sqlite:///{}", tmp_path / "target") == site.targets["sqlite:///{}"]


HABITS: dict[str, dict[str, dict[str, Any]]] = {
    CXM: {
        "bare_arrays": {"bare_arrays": True},
        "no_meta": {"no_meta": True},
        "a small cap": {"max_page_size": 7},
        "limit ignored": {"ignore_limit": True},
        "dates ignored": {"ignore_dates": True, "max_page_size": 25},
        "newest first": {"order": "newest", "max_page_size": 7},
        "shuffled": {"order": "shuffled", "max_page_size": 7},
        "ids on two pages": {"repeat_across_pages": True, "max_page_size": 7},
        "inserts": {"insert_while_reading": 9, "order": "newest", "max_page_size": 7},
        "edits": {"edit_while_reading": 9, "max_page_size": 7},
        "page ignored, all on it": {"ignore_page": True},
    },
    NPS: {
        "dates ignored": {"ignore_dates": True},
        "newest first": {"order": "newest"},
        "shuffled": {"order": "shuffled"},
        "restless": {"order": "restless"},
    },
}
"""What a server may do and yet all is read at once."""

DOUBTS: dict[str, dict[str, dict[str, Any]]] = {
    CXM: {
        "page ignored": {"ignore_page": True, "max_page_size": 7},
        "too many counted": {"lying_total": 3, "max_page_size": 7},
        "too few counted": {"lying_total": -3, "max_page_size": 7},
        "restless": {"order": "restless", "max_page_size": 7},
        "restless, uncounted": {"order": "restless", "max_page_size": 7, "no_meta": True},
    },
    NPS: {"a cap": {"limit_cap": 10}, "limit ignored": {"ignore_limit": True}},
}
"""What may keep a run from reading all, or from knowing that it did."""


def habitual(plugin: str, seed: int) -> CxmAccount | NpsAccount:
    """A small account of its own, since it grows and changes."""
    return GENERATE[plugin](seed, 150, end=END, dirty=0)


def loaded(form: str, path: Path) -> dict[str, Any]:
    """The last version of each record."""
    return {record["id"]: record for record in READ[form](path)}


@pytest.mark.parametrize(
    ("plugin", "habit"), [(plugin, habit) for plugin, habits in HABITS.items() for habit in habits]
)
def test_a_habit_of_the_server_makes_no_difference(plugin: str, habit: str, tmp_path: Path) -> None:
    """Nor do faults on top of it. What is edited while it is read may come with the next run."""
    account, form = habitual(plugin, len(habit)), "jsonl:{}"
    faults = Faults(seed=len(habit), rate=0.3, most=40)
    before = account.expected(prefix=f"{plugin}:")
    with serve(account, behaviour=Behaviour(date_header=END, faults=faults, **HABITS[plugin][habit])) as server:
        reading = Import(plugin, server, form.format(tmp_path / "target"))
        first = reading.run(1 + 7 * (len(habit) % 2))
        assert (first.error, first.failed) == (None, {})
        assert before.keys() <= loaded(form, tmp_path / "target").keys()
        server.set(CALM)
        second = reading.run(full_refresh=True)
    assert (second.error, second.failed, second.gone) == (None, {}, [])
    assert loaded(form, tmp_path / "target") == account.expected(prefix=f"{plugin}:")
    if habit not in ("inserts", "edits"):
        assert second.total.loaded == 0


@pytest.mark.parametrize(
    ("plugin", "habit"), [(plugin, habit) for plugin, habits in DOUBTS.items() for habit in habits]
)
def test_a_run_does_not_claim_what_it_cannot_prove(plugin: str, habit: str, tmp_path: Path) -> None:
    """Either all came, or the run says that this is unproven; and a later run finds what did not."""
    account, form = habitual(plugin, len(habit)), "sqlite:///{}"
    expected = account.expected(prefix=f"{plugin}:")
    with serve(account, behaviour=Behaviour(date_header=END, **DOUBTS[plugin][habit])) as server:
        reading = Import(plugin, server, form.format(tmp_path / "target"))
        first = reading.run()
        got = loaded(form, tmp_path / "target")
        doubted = [str(first.error), *map(str, first.failed.values()), *first.total.notes]
        assert all(expected[key] == record for key, record in got.items())
        assert got == expected or any("unproven" in doubt for doubt in doubted)
        assert first.exit_code == (1 if first.failed or first.error else 0)
        server.set(CALM)
        second = reading.run(full_refresh=True)
    assert (second.error, second.failed) == (None, {})
    assert loaded(form, tmp_path / "target") == expected
