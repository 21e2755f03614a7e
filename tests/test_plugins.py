"""Finding and loading plugins: what is broken stays alone with it."""

import json
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from connector_core import Endpoint, Page, Window, hookimpl, plugins
from connector_core.builtin import BUILT_IN
from connector_core.errors import ConfigError
from connector_core.hookspecs import GROUP
from connector_core.listing import Listed, listing
from connector_core.probe import probe

RUN = str(Path(sysconfig.get_path("scripts")) / "connector-run")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed distributions, on the path of this process and of its children."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    yield tmp_path
    for module in [name for name in sys.modules if name.startswith("stranger_")]:
        del sys.modules[module]


def install(site: Path, name: str, code: str, *, group: str = GROUP, distribution: str | None = None) -> None:
    """Write a module and the metadata of a distribution that offers it as a plugin."""
    dist = distribution or f"dist-{name}"
    (site / f"stranger_{name}.py").write_text(code)
    info = site / f"{dist.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = stranger_{name}\n")


GOOD = "from connector_core import hookimpl\n@hookimpl\ndef load(target): return None\n"


def test_list_shows_broken_plugins_with_their_reason_and_good_ones_beside_them(site: Path) -> None:
    install(site, "raises", "raise RuntimeError('missing piece')")
    install(site, "exits", "import sys; sys.exit('bye')")
    install(site, "kills", "import os; os._exit(7)")
    install(site, "talks", "print('hello'); print('[]')\n" + GOOD)
    install(site, "empty", "")
    install(site, "future", GOOD, group="connector_core.v9")
    install(site, "good", GOOD)
    listed = {line.name: line for line in listing()}
    assert listed["raises"].problem == "RuntimeError: missing piece"
    assert listed["exits"].problem == "it calls sys.exit while being imported"
    assert listed["kills"].problem == "it ends the process while being imported"
    assert listed["empty"].problem == "it implements no hook"
    assert listed["future"].problem == f"built for host API connector_core.v9, this host has {GROUP}"
    assert listed["good"] == Listed("good", "1.0", "dist-good", ["load"], None)
    assert listed["talks"].problem is None
    assert listed["acme_survey"].problem is None
    done = subprocess.run([RUN, "--list"], capture_output=True, text=True, check=True, env=os.environ)
    assert "cannot be used: RuntimeError: missing piece" in done.stdout
    assert "dist-good          load" in done.stdout


def test_two_plugins_of_one_name_are_an_error_for_that_name_only(site: Path) -> None:
    install(site, "twin", GOOD, distribution="dist-a")
    install(site, "twin", GOOD, distribution="dist-b")
    problems = [line.problem for line in listing() if line.name == "twin"]
    assert problems == ["another installed plugin has the same name"] * 2
    with pytest.raises(ConfigError, match="two plugins are called twin: of dist-a and of dist-b; uninstall one"):
        plugins.load_plugin("twin")
    assert plugins.load_source("acme_survey").version == "2.3.4"


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("raise RuntimeError('missing piece')", "cannot be imported: RuntimeError: missing piece"),
        (
            "from connector_core import Newer",
            "it needs another connector-core than 0.1.0: cannot import name 'Newer' from 'connector_core'",
        ),
        ("from connector_core.newer import x", "than 0.1.0: No module named 'connector_core.newer'"),
        ("import sys; sys.exit(3)", "it calls sys.exit while being imported"),
        ("from connector_core import hookimpl\n@hookimpl\ndef extrct(): ...", "unknown hook 'extrct'"),
        ("from connector_core import hookimpl\n@hookimpl\ndef load(trget): ...", "trget"),
        (GOOD, "is no source: it does not implement describe, partitions, extract, map"),
    ],
)
def test_a_plugin_that_does_not_fit_is_a_clear_line(site: Path, code: str, line: str) -> None:
    install(site, "odd", code)
    with pytest.raises(ConfigError) as refused:
        plugins.load_source("odd")
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_plugin_for_another_host_says_so(site: Path) -> None:
    install(site, "future", GOOD, group="connector_core.v9")
    with pytest.raises(ConfigError, match=r"built for host API connector_core\.v9, this host has connector_core\.v1"):
        plugins.load_source("future")


def test_a_load_plugin_is_found_by_the_scheme_of_the_target(site: Path) -> None:
    install(
        site, "warehouse", "from connector_core import hookimpl\n@hookimpl\ndef load(target): return ['sink', target]\n"
    )
    sink: Any = plugins.open_sink("warehouse+duckdb:///x", "c", None)
    assert sink == ["sink", "warehouse+duckdb:///x"]


SHOP = """
from attrs import frozen
from connector_core import Destination, hookimpl, setting
@frozen
class Config:
    key: str = setting("What lets us in.", secret=True, example="k-1")
    names: str = setting("What records are called.", default="plain", shapes=True)
@hookimpl
def destination(): return Destination(forms={"shop:PLACE": "a shop"}, config=Config)
@hookimpl
def load(target, config, connect): return [target, config and config.key, connect]
"""


def test_a_load_plugin_says_which_targets_it_takes_and_what_can_be_set(site: Path) -> None:
    install(site, "shop", SHOP)
    (listed,) = [line for line in listing() if line.name == "shop"]
    assert (listed.hooks, listed.forms) == (["destination", "load"], {"shop:PLACE": "a shop"})
    shown = subprocess.run([RUN, "--list"], capture_output=True, text=True, check=True, env=os.environ).stdout
    assert "  --to shop:PLACE " in shown
    assert "  --to jsonl:- " in shown
    told = subprocess.run([RUN, "--describe", "--to", "shop:x"], capture_output=True, text=True, check=True).stdout
    assert "--to shop:PLACE\n    a shop\n" in told
    assert "targets.shop.key  (text, required)\n    What lets us in.\n    example: k-1\n" in told
    both = [RUN, "--describe", "--plugin", "acme_survey", "--to", "shop", "--json"]
    schema = json.loads(subprocess.run(both, capture_output=True, text=True, check=True).stdout)
    assert schema["properties"]["targets"]["properties"]["shop"]["required"] == ["key"]
    alone = subprocess.run([RUN, "--describe", "--to", "shop", "--json"], capture_output=True, text=True, check=False)
    assert (alone.returncode, "name the source too" in alone.stderr) == (2, True)


def test_forms_may_stand_in_any_mapping(site: Path) -> None:
    forms = SHOP.replace('{"shop:PLACE": "a shop"}', 'MappingProxyType({"shop:PLACE": "a shop"})')
    install(site, "shop", f"from types import MappingProxyType\n{forms}")
    (listed,) = [line for line in listing() if line.name == "shop"]
    assert (listed.problem, listed.forms) == (None, {"shop:PLACE": "a shop"})


def test_a_loader_hands_over_settings_and_the_hosts_http(site: Path) -> None:
    """A load plugin that sends nothing takes neither."""
    install(site, "shop", SHOP)
    loader = plugins.load_loader("shop+any:x")
    config: Any = loader.destination.config
    sink: Any = loader.open("shop+any:x", "c", None, config(key="k"))
    assert sink[:2] == ["shop+any:x", "k"]
    http = sink[2](Endpoint("http://127.0.0.1:9"), 2)
    assert http.in_flight == 2
    http.close()


def test_loading_one_source_imports_no_other(site: Path) -> None:
    install(site, "raises", "raise RuntimeError")
    code = (
        "import sys; from connector_core import plugins; plugins.load_source('acme_survey');"
        "print([m for m in sys.modules if m.startswith(('trackco', 'stranger'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_wrapper_sees_the_mapper_and_the_last_one_is_the_outermost() -> None:
    source = plugins.load_source("acme_survey")

    def around(mark: str) -> SimpleNamespace:
        @hookimpl(wrapper=True)
        def map() -> Any:  # noqa: A001
            mapper = yield
            return lambda raw: [mark, mapper(raw)]

        return SimpleNamespace(map=map)

    source.wrap("one", around("one"))
    source.wrap("two", around("two"))
    from connector_core import Partition, Skip  # noqa: PLC0415

    mapper: Any = source.map(Partition("p", "P"), None, "acme_survey:")
    outcome = mapper({"id": 1, "at": "2024-07-01T00:00:00Z"})
    assert outcome[:1] == ["two"]
    assert outcome[1][0] == "one"
    assert isinstance(outcome[1][1], Skip)


def test_the_listing_is_json_for_machines(site: Path) -> None:
    install(site, "good", GOOD)
    done = subprocess.run([RUN, "--list", "--json"], capture_output=True, text=True, check=True, env=os.environ)
    assert {
        "name": "good",
        "version": "1.0",
        "distribution": "dist-good",
        "hooks": ["load"],
        "problem": None,
        "forms": {},
    } in json.loads(done.stdout)


TAKES_NONE = """
from connector_core import Destination, hookimpl
@hookimpl
def destination(): return Destination(forms={"bridges:PLACE": "a bridge"})
@hookimpl
def load(target): return None
"""


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("bridge:x", "did you mean bridges? write sqlite:///PATH, jsonl:PATH"),
        ("sqlit:///x", "--to sqlit:...: did you mean sqlite? write"),
        ("nothing-like-it", "--to nothing-like-it: write sqlite:///PATH"),
        ("bridges+odd:x", "--to bridges...: is none of what the plugin bridges takes: bridges:PLACE"),
    ],
)
def test_a_target_that_nobody_takes_is_answered_with_the_nearest(site: Path, target: str, line: str) -> None:
    install(site, "bridges", TAKES_NONE)
    with pytest.raises(ConfigError) as refused:
        plugins.open_sink(target, "c", None)
    assert line in str(refused.value)


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_hosts_own_targets_say_of_themselves_what_is_listed_without_importing_them(name: str) -> None:
    assert probe(f"connector_core.{name}") == (["destination", "load"], None, BUILT_IN[name])


SOURCE = """
from attrs import frozen
from connector_core import Description, Endpoint, Finding, Page, Partition, hookimpl
@frozen
class Config:
    key: str = "k"
@hookimpl
def describe(): return {describe}
@hookimpl
def check(config, http): return {check}
@hookimpl
def partitions(config, http): return {partitions}
@hookimpl
def extract(partition, window, cursor, config, http): return {extract}
@hookimpl
def map(partition, config, id_prefix): return {map}
@hookimpl
def count(partition, window, config, http): return {count}
"""
_SAID = "Description(config=Config, endpoint=lambda c: Endpoint('https://x'), personal={'mail': 'contact'})"
RIGHT = {
    "describe": _SAID, "check": "[Finding('key', True, 'held')]", "partitions": "[Partition('1', 'One')]",
    "extract": "[Page([])]", "map": "lambda raw: None", "count": "None",
}  # fmt: skip


def all_hooks_of(name: str) -> None:
    """Call every hook, as a run would."""
    source = plugins.load_source(name)
    http, window = cast("Any", None), Window(None, datetime(2024, 1, 1, tzinfo=UTC))
    source.check(None, http)
    for partition in source.partitions(None, http)[0]:
        list(source.extract(partition, window, None, None, http))
        source.map(partition, None, "p:")
        source.count(partition, window, None, http)


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({}, None),
        ({"describe": "None"}, "describe gives NoneType, not Description"),
        ({"describe": _SAID.replace("=Config", "=dict")}, "describe gives a config that is no attrs class"),
        (
            {"describe": _SAID[:-1] + ", selects='update')"},
            "describe gives selects='update', not one of posted, updated",
        ),
        (
            {"describe": _SAID.replace("contact", "phone")},
            "describe gives personal['mail']='phone', not one of contact, author",
        ),
        ({"check": "['all is well']"}, "check gives str, not Finding"),
        ({"partitions": "None"}, "partitions gives NoneType, not Iterable"),
        ({"partitions": "[Partition('1', 'One'), None]"}, "partitions gives NoneType, not Partition or Unimportable"),
        ({"extract": "None"}, "extract gives NoneType, not Iterable"),
        ({"extract": "[[]]"}, "extract gives list, not Page"),
        ({"extract": "[Page([], {1, 2})]"}, "extract gives a page whose cursor is no JSON (set)"),
        ({"extract": "[Page([], float('nan'))]"}, "extract gives a page whose cursor is no JSON (float)"),
        ({"map": "None"}, "map gives NoneType, not Callable"),
        ({"count": "7"}, "count gives int, not Counted or NoneType"),
    ],
)
def test_what_a_hook_gives_is_looked_at(wrong: dict[str, str], line: str | None, site: Path) -> None:
    """A branch without a `return` must not lose a survey, nor a misspelt word change what a run means."""
    install(site, "slip", SOURCE.format(**RIGHT | wrong))
    if line is None:
        all_hooks_of("slip")
        return
    with pytest.raises(ConfigError, match=re.escape(f"plugin slip: {line}")):
        all_hooks_of("slip")


def test_a_single_text_among_notes_is_one_note() -> None:
    """A comma that was forgotten must not switch off what `unproven` protects."""
    assert Page((), notes=cast("Any", "unproven.total")).notes == ("unproven.total",)


@pytest.mark.parametrize(
    ("name", "code", "line"),
    [
        ("slip", SOURCE.format(**RIGHT), "wrappers: slip is the source itself"),
        ("other", SOURCE.format(**RIGHT), "wrappers: other is no wrapper: its only hook must be map, with"),
        ("plain", "from connector_core import hookimpl\n@hookimpl\ndef map(): return None\n", "plain is no wrapper"),
        ("target", GOOD, "target is no wrapper"),
    ],
)
def test_a_wrapper_replaces_no_hook(name: str, code: str, line: str, site: Path) -> None:
    install(site, "slip", SOURCE.format(**RIGHT))
    if name != "slip":
        install(site, name, code)
    with pytest.raises(ConfigError, match=re.escape(line)):
        plugins.load_source("slip").wrap(name, plugins.load_plugin(name))
