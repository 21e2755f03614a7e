"""Documents that cannot go stale: what is generated is up to date, what is shown is taken from what runs."""

import os
import re
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import connector_core
from connector_core import loading, testing
from connector_core.arguments import run_parser
from connector_core.hookspecs import GROUP, HOOKS
from connector_core.testing import SOURCE_CHECKS
from quince import simulator
from trackco_simulator import Behaviour, CxmAccount, NpsAccount, generate_cxm, generate_nps, serve

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BIN = sysconfig.get_path("scripts")


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def files(text: str) -> dict[str, str]:
    """The blocks that a document says are files."""
    found = re.findall(r"^<!-- file: (\S+) -->\n```\w+\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return dict(found)


def commands(text: str) -> list[str]:
    """Every command of the shell blocks, without its comment."""
    lines = [line for block in blocks(text, "sh") for line in block.splitlines()]
    return [line.split("  #")[0].strip() for line in lines]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder with the README's files, and an environment in which both APIs' real hosts are simulated."""
    folder = tmp_path_factory.mktemp("desk")
    for name, content in files(README).items():
        (folder / name).write_text(content, encoding="utf-8")
    end = datetime(2026, 9, 1, tzinfo=UTC)
    accounts: list[CxmAccount | NpsAccount] = [generate_cxm(7, 100, end=end), generate_nps(7, 100, end=end)]
    organization = re.findall(r'"organization_id": "(\S+?)"', README)[0]
    quiet = Behaviour(date_header=datetime.now(UTC))
    with serve(accounts, token="t" * 32, organization_id=organization, tls=True, behaviour=quiet) as server:
        secrets = {"TRACKCO_TOKEN": "t" * 32, "TRACKCO_NPS_TOKEN": "t" * 32}
        path = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
        yield folder, os.environ | server.environment | secrets | path


def test_every_connector_command_of_the_readme_works_one_after_the_other(desk: tuple[Path, dict[str, str]]) -> None:
    folder, environment = desk
    run = [line for line in commands(README) if line.startswith("connector")]
    assert len(run) > 5
    for command in run:
        shell = ["sh", "-c", command]
        done = subprocess.run(shell, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 3), (command, done.stdout, done.stderr)
        assert done.stdout or done.stderr


def test_the_other_commands_of_the_readme_are_targets_of_make_and_the_installation_of_our_wheels() -> None:
    """`make test` runs this; the wheels have a test of their own."""
    others = [line for line in commands(README) if not line.startswith("connector")]
    assert others == [
        "make demo",
        "make demo-birdie",
        "make test",
        "pip install connector-core trackco-cxm trackco-nps",
    ]
    for target in ("demo", "demo-birdie", "test"):
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, check=True)


def test_the_demo_prints_what_the_readme_shows(tmp_path: Path) -> None:
    shown = re.findall(r"<!-- demo -->\n```text\n(.*?)```", README, flags=re.DOTALL)[0]
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools/demo.py")], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=True,
    )  # fmt: skip
    assert len(shown.splitlines()) > 10
    assert shown in done.stdout


def test_the_demo_of_birdie_prints_what_the_page_about_targets_shows(tmp_path: Path) -> None:
    """The records arrive in a simulator, and nothing is sent again by the second run."""
    page = (ROOT / "docs/targets.md").read_text(encoding="utf-8")
    shown = re.findall(r"<!-- demo -->\n```text\n(.*?)```", page, flags=re.DOTALL)[0]
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools/demo_birdie.py")], cwd=tmp_path, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True,
    )  # fmt: skip
    assert len(shown.splitlines()) > 10
    assert shown in done.stdout
    assert "Nothing new: the target holds all of it already." in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_contract_is_shown_as_it_is_written_and_as_it_fails() -> None:
    template = (ROOT / "connector_core/scaffold/source/tests/test_my_source.py").read_text(encoding="utf-8")
    [shown] = blocks(README, "python")
    assert shown in template
    [check] = [check for check in SOURCE_CHECKS if check.name in README]
    problem = "partition s1, resumed after page 2 of 4: the page itself comes again"
    for line in check.report([problem]).splitlines():
        assert f"{line}\n" in README


def test_the_scheduled_commands_are_valid() -> None:
    lines = [
        line
        for block in blocks(README, "text")
        for line in block.splitlines()
        if "connector-run" in line and "*" in line
    ]
    entry = re.findall(r"ENTRYPOINT \[(.*)\]", README)
    assert len(lines) == len(entry) == 1
    for line in (lines[0], entry[0].replace('"', "").replace(",", "")):
        arguments = shlex.split(line[line.index("connector-run") :])[1:]
        assert run_parser().parse_args(arguments).plugin == "trackco_cxm"


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.name
)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_every_guarantee_names_a_test_that_is_there() -> None:
    """`tests/test_x.py::test_y`, or a whole file where all of it speaks of the promise."""
    page = (ROOT / "docs/guarantees.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", page)
    assert len(named) > 30
    for file, test in named:
        text = (ROOT / file).read_text(encoding="utf-8")
        assert not test or f"def {test}(" in text, (file, test)


def test_the_generated_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools/generate_docs.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_reference_holds_every_public_name_and_hook() -> None:
    page = (ROOT / "docs/reference.md").read_text(encoding="utf-8")
    names = {*connector_core.__all__, *loading.__all__, *testing.__all__, *HOOKS}
    assert names == set(re.findall(r"^### `(\w+)`$", page, flags=re.MULTILINE))
    sections = re.split(r"^### ", page, flags=re.MULTILINE)[1:]
    assert [section for section in sections if len(section.splitlines()) < 3] == []
    assert str(ROOT) not in page


def test_the_promise_of_compatibility_quotes_what_the_host_says() -> None:
    """`tests/test_plugins.py` meets these lines."""
    promise = (ROOT / "tools/compatibility.md").read_text(encoding="utf-8")
    met = (ROOT / "tests/test_plugins.py").read_text(encoding="utf-8")
    for words in (
        "built for host API",
        "it needs another connector-core than 0.1.0",
        "unknown hook",
        "is no source: it does not implement",
    ):
        assert words in promise
        assert words in met
    assert GROUP in promise


GUIDE = (ROOT / "docs/writing-a-plugin.md").read_text(encoding="utf-8")
EXCERPTS = re.findall(
    r"^<!-- ((?:examples|connector_core/scaffold)/\S+) -->\n```\w+\n(.*?)^```", GUIDE, flags=re.MULTILINE | re.DOTALL
)


def test_all_code_of_the_guide_is_taken_from_the_examples_that_are_tested() -> None:
    assert len(EXCERPTS) == len(blocks(GUIDE, "python")) + len(blocks(GUIDE, "toml")) > 15
    for file, excerpt in EXCERPTS:
        assert excerpt in (ROOT / file).read_text(encoding="utf-8"), (file, excerpt)


def test_whoever_has_only_the_guide_has_every_file_of_the_examples_in_full() -> None:
    """The excerpts of a file, one after the other, are the file; only blank lines do not count."""

    def written(text: str) -> list[str]:
        return [line for line in text.splitlines() if line.strip()]

    needed = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "examples").rglob("*")
        if path.suffix in (".py", ".toml") and ("tests" not in path.parts or path.name == "test_contract.py")
    } | {
        "connector_core/scaffold/wrapper/src/my_rules/__init__.py",
        "connector_core/scaffold/load/src/my_target/__init__.py",
        "connector_core/scaffold/load/tests/test_my_target.py",
    }  # of which `connector new` makes the rest
    assert {file for file, _ in EXCERPTS} == needed
    for file in needed:
        shown = "".join(excerpt for each, excerpt in EXCERPTS if each == file)
        assert written(shown) == written((ROOT / file).read_text(encoding="utf-8")), file


def test_every_command_of_the_guide_works_one_after_the_other(tmp_path: Path) -> None:
    """With its configuration, but for the port at which the simulator happens to be served."""
    (configuration,) = blocks(GUIDE, "json")
    run = [line for line in commands(GUIDE) if line.startswith("connector")]
    assert len(run) > 5
    with simulator.serving() as account:
        (tmp_path / "quince.json").write_text(configuration.replace("http://127.0.0.1:8750/v1", account.url))
        for command in run:
            shell = ["sh", "-c", f'PATH="{BIN}:$PATH" {command}']
            done = subprocess.run(shell, cwd=tmp_path, capture_output=True, text=True, check=False)
            # the account's clock stands in the past, and --check says so
            expected = (1, done.stdout.count("FAIL"), "FAIL  clock") if "--check" in command else (0, 0, "")
            assert (done.returncode, done.stdout.count("FAIL")) == expected[:2], (command, done.stdout, done.stderr)
            assert expected[2] in done.stdout
            assert done.stdout or done.stderr


def test_every_setting_is_documented_with_its_effect_in_the_reference() -> None:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    facts = (ROOT / "docs/trackco-apis.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `(\w+)` \| `(\w+)` \|", facts[facts.index("## 4.") : facts.index("## 5.")], flags=re.MULTILINE
    )
    assert len(rows) >= 9
    for section, field in rows:
        assert f"`{section}.{field}`" in page
