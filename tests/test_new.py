"""`connector new`: what it copies, under which names, and what it refuses. What it makes works: `test_scaffold.py`."""

from pathlib import Path

import my_rules
import my_source
import my_target
import pytest
from my_source import simulator

from connector_core.config import load
from connector_core.errors import ConfigError
from connector_core.scaffold import KINDS, create
from connector_core.tending import connector_command
from tests.fakes import feedback


def test_it_lists_what_it_made_and_says_what_comes_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        connector_command(["new", "acme-voice", "--in", str(tmp_path)])
    said = capsys.readouterr()
    assert ended.value.code == 0
    assert {Path(line) for line in said.out.splitlines()} == {p for p in tmp_path.rglob("*") if p.is_file()}
    assert f"cd {tmp_path}/acme-voice" in said.err


def test_a_template_is_a_plugin_itself_and_its_types_are_checked_with_ours() -> None:
    assert load(simulator.config("http://127.0.0.1:9/v1"), my_source.describe().config).secrets() == [simulator.TOKEN]
    assert my_rules.is_staff(feedback("1", additional_fields={"customer.email": "we@ours.example"}))
    assert my_target.load("elsewhere:x", "c", None) is None


@pytest.mark.parametrize("name", ["jsonl", "sqlite"])
def test_a_plugin_is_not_called_as_the_hosts_own_targets_are(name: str, tmp_path: Path) -> None:
    """It could never be reached."""
    with pytest.raises(ConfigError, match="is a target of the host's own"):
        create("load", name, tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_the_templates_name_is_left(tmp_path: Path, kind: str) -> None:
    for path in create(kind, "acme-voice", tmp_path):
        text = path.read_text(encoding="utf-8").lower() + str(path.relative_to(tmp_path)).lower()
        for separator in "_- ":
            assert KINDS[kind].replace("_", separator) not in text, path


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Acme", "is no name of a plugin"),
        ("acme voice", "is no name of a plugin"),
        ("../acme", "is no name of a plugin"),
        ("", "is no name of a plugin"),
        ("json", "a module called json is there already"),
        ("trackco-cxm", "a module called trackco_cxm is there already"),
        ("class", "a module called class is there already"),
        ("taken", "is there already; choose another name, or another folder"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_before_anything_is_written(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(ConfigError, match=why):
        create("source", name, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere: cannot be written to .* give another with --in"):
        create("source", "acme-voice", tmp_path / "nowhere")
