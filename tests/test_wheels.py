"""What users install: wheels alone, in an environment of their own, with the source tree out of the way."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from trackco_simulator import generate_cxm, generate_nps, serve

ROOT = Path(__file__).parent.parent
DEPENDENCIES = Path(sys.prefix) / "wheels"
"""What our packages need, put there by `make` so that no test needs a network."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of a fresh environment, made with the README's own command."""
    built, fresh = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("fresh")
    for project in (ROOT, ROOT / "plugins/trackco_cxm", ROOT / "plugins/trackco_nps"):
        build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(built), str(project)]
        subprocess.run(build, check=True, capture_output=True)
    venv.create(fresh, with_pip=True)
    line = next(line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("pip install"))
    install = [str(fresh / "bin/python"), "-m", *line.split(), "--no-index", "--find-links", str(built)]
    subprocess.run([*install, "--find-links", str(DEPENDENCIES)], check=True, capture_output=True)
    return fresh / "bin"


def run(installed: Path, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COVERAGE"))}
    command = [str(installed / "connector-run"), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_installation_is_light(installed: Path) -> None:
    """Core and both plugins with all they need: fewer than 15 packages beside pip itself."""
    site = next(installed.parent.glob("lib/python*/site-packages"))
    packages = {path.name.split("-")[0] for path in site.glob("*.dist-info")} - {"pip", "setuptools"}
    assert {"connector_core", "trackco_cxm", "trackco_nps"} <= packages
    assert len(packages) < 15


def test_the_plugins_are_found_and_described(installed: Path, tmp_path: Path) -> None:
    listed = run(installed, tmp_path, "--list")
    names = [line.split()[0] for line in listed.stdout.splitlines() if not line.startswith(" ")]
    assert names == ["jsonl", "sqlite", "trackco_cxm", "trackco_nps"]
    assert "cannot be used" not in listed.stdout
    assert "data_source.organization_id" in run(installed, tmp_path, "--plugin", "trackco_cxm", "--describe").stdout


def test_both_plugins_import_a_served_account(installed: Path, tmp_path: Path) -> None:
    cxm, nps = generate_cxm(3, 50), generate_nps(3, 50)
    with serve([cxm, nps]) as server:
        source = {"organization_id": server.organization_id, "time_zone": "America/Sao_Paulo"}
        for plugin, url, data, made in (
            ("trackco_cxm", server.base_url, source, cxm),
            ("trackco_nps", server.nps_base_url, {}, nps),
        ):
            document = {"connection_details": {"token": server.token, "base_url": url}, "data_source": data}
            (tmp_path / "config.json").write_text(json.dumps(document))
            done = run(installed, tmp_path, "--plugin", plugin, "--config", "config.json", "--to", "jsonl:-")
            assert done.returncode in (0, 3), done.stderr
            assert {json.loads(line)["id"] for line in done.stdout.splitlines()} == set(
                made.expected(prefix=f"{plugin}:")
            )


def test_recording_needs_the_extra_and_says_so(installed: Path, tmp_path: Path) -> None:
    site = next(installed.parent.glob("lib/python*/site-packages"))
    demo = site / "trackco_cxm/demo"
    arguments = (
        "--plugin",
        "trackco_cxm",
        "--replay",
        str(demo / "cassette.yaml"),
    )
    refused = run(installed, tmp_path, *arguments)
    assert refused.returncode == 2
    assert refused.stderr.endswith(
        "connector-run: config: --record and --replay need more: pip install 'connector-core[cassette]'\n"
    )
    extra = [str(installed / "python"), "-m", "pip", "install", "--no-index", "--find-links", str(DEPENDENCIES)]
    subprocess.run([*extra, "vcrpy", "pyyaml"], check=True, capture_output=True)
    done = run(installed, tmp_path, *arguments, "--to", "jsonl:-")
    assert done.returncode == 3
    assert len(done.stdout.splitlines()) > 50
