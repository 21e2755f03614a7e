"""How long each contestant takes to say what it is, as whole processes, and how much is installed for it.

What is asked for is a help or a spec. The scripts of the peers import what a run of theirs imports; so does our
`--describe`, while `--help` and `--list` need less.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from measure import measured
from peers import ENVIRONMENTS, HERE, python_of

_AIMS = {"connector-run --help": 0.25, "connector-run --list": 0.30}


def commands() -> Mapping[str, Sequence[str]]:
    """By title; ours from the environment that holds nothing but what users install."""

    def script(environment: str, name: str) -> list[str]:
        return [str(python_of(environment)), str(HERE / "contestants" / f"{name}.py"), "--help"]

    ours = str(ENVIRONMENTS / "ours/bin/connector-run")
    return {
        "python -c pass": [str(python_of("ours")), "-c", "pass"],
        "floor": script("floor", "floor"),
        "connector-run --help": [ours, "--help"],
        "connector-run --list": [ours, "--list"],
        "connector-run --plugin trackco_cxm --describe": [ours, "--plugin", "trackco_cxm", "--describe"],
        "Singer SDK": script("singer", "singer_docs"),
        "dlt": script("dlt", "dlt_jsonl"),
        "Airbyte CDK": script("airbyte", "airbyte_docs"),
    }


def times(rounds: int) -> list[dict[str, Any]]:
    """The wall times of everybody, in turn; a first round warms up and does not count."""
    rows: list[dict[str, Any]] = [{"title": title, "wall": [], "aim": _AIMS.get(title)} for title in commands()]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds + 1):
            for row, command in zip(rows, commands().values(), strict=True):
                cost = measured(command, Path(folder))
                if number:
                    row["wall"].append(cost.wall)
    return rows


def sizes() -> list[dict[str, Any]]:
    """What each environment holds beside pip: packages, and megabytes on disk without compiled files."""
    found = []
    for environment in ("floor", "ours", "singer", "dlt", "dlt_duckdb", "airbyte"):
        command = [str(python_of(environment)), "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check"]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        packages = [name for name in listed if name.partition("==")[0] not in {"pip", "setuptools", "wheel"}]
        [site] = (ENVIRONMENTS / environment / "lib").glob("python*/site-packages")
        tools = ("pip", "setuptools", "_distutils_hack", "pkg_resources", "wheel")
        files = [
            path
            for path in site.rglob("*")
            if path.is_file()
            and "__pycache__" not in path.parts
            and not path.relative_to(site).parts[0].startswith(tools)
        ]
        size = sum(path.stat().st_size for path in files) / 1e6
        found.append({"title": environment, "packages": len(packages), "mb": round(size, 1)})
    return found


if __name__ == "__main__":
    print(*times(5), *sizes(), sep="\n", file=sys.stdout)
