"""`connector new`: what it makes works at once, as a stranger would try it, in an environment of its own."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.fakes import PLAINLY

ROOT = Path(__file__).parent.parent
DEPENDENCIES = Path(sys.prefix) / "wheels"
"""What a plugin and its tests need, put there by `make` so that no test needs a network."""
OFFLINE = ["--no-index", "--find-links", str(DEPENDENCIES), "--disable-pip-version-check", "--quiet"]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of a fresh environment in which the host's own wheel is installed."""
    built, fresh = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("fresh")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(built), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    venv.create(fresh, with_pip=True)
    [wheel] = built.glob("*.whl")
    install = [str(fresh / "bin/python"), "-m", "pip", "install", *OFFLINE]
    subprocess.run([*install, f"{wheel}[testing]", "hatchling", "editables"], check=True, capture_output=True)
    return fresh / "bin"


def run(bench: Path, folder: Path, *command: str) -> str:
    """What a command prints, which must end well."""
    environment = {name: value for name, value in PLAINLY.items() if not name.startswith("PYTHON")}
    environment["PATH"] = f"{bench}{os.pathsep}{environment['PATH']}"
    done = subprocess.run([str(bench / command[0]), *command[1:]], cwd=folder, env=environment,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def made(bench: Path, folder: Path, name: str, kind: str) -> Path:
    """A new plugin of this name and kind, installed."""
    listed = run(bench, folder, "connector", "new", name, "--kind", kind)
    place = folder / name
    assert {folder / line for line in listed.splitlines()} == {path for path in place.rglob("*") if path.is_file()}
    run(bench, place, "python", "-m", "pip", "install", *OFFLINE, "--no-build-isolation", "-e", ".[test]")
    return place


def test_whatever_is_made_is_installed_and_passes_its_contract_and_a_new_source_runs(
    bench: Path, tmp_path: Path
) -> None:
    """One test, since the environment is dear."""
    place = made(bench, tmp_path, "acme-voice", "source")
    outcome = run(bench, place, "pytest", "-q", "-p", "no:cacheprovider")
    assert "failed" not in outcome
    assert "skipped" in outcome  # what a recording cannot show; the simulator shows it
    lines = run(bench, place, "connector-run", "--plugin", "acme_voice", "--replay", "tests/cassettes/first.yaml",
                "--to", "jsonl:-").splitlines()  # fmt: skip
    assert len(lines) > 20
    assert all(json.loads(line)["id"].startswith("acme_voice:") for line in lines)
    run(bench, place, "connector", "cassette", "audit", "tests/cassettes/first.yaml")
    for name, kind in (("acme-shelf", "load"), ("acme-rules", "wrapper")):
        place = made(bench, tmp_path, name, kind)
        assert "failed" not in run(bench, place, "pytest", "-q", "-p", "no:cacheprovider")
    listed = run(bench, tmp_path, "connector-run", "--list")
    names = [line.split()[0] for line in listed.splitlines() if not line.startswith(" ")]
    assert names == ["jsonl", "sqlite", "acme_rules", "acme_shelf", "acme_voice"]
    assert "--to acme_shelf:PATH" in listed
    assert "cannot be used" not in listed
