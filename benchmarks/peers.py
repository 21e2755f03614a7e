"""The contestants: who takes part, in which environment, with which command; and the environments, which are pinned.

`python benchmarks/peers.py` builds what is missing of them, in .venv-bench.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import frozen
from serving import HERE

ROOT = HERE.parent
ENVIRONMENTS = ROOT / ".venv-bench"
OURS = ROOT / ".venv"
"""The environment of development, which is always there."""
INSTALLED = ENVIRONMENTS / "ours"
"""Just what users install."""
ORGANIZATION = "6f1c0a52-9d0e-4b57-8a3c-2f7d1e5b9a10"
_PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet")


@frozen
class Contestant:
    """Who takes part.

    Attributes:
        title: in the tables.
        environment: whose Python it runs in; "" is ours.
        script: in `contestants`; for ours, the form of the target.
        form: what it writes, for `verify.py`.
        threads: how many it is told to use; 0 leaves it to itself.
    """

    name: str
    title: str
    environment: str
    script: str
    form: str
    threads: int = 0

    def command(self, base_url: str, folder: Path, page_size: int, ours: Path) -> list[str]:
        """What is run."""
        threads = [f"--threads={self.threads}"] if self.threads else []
        if self.environment:
            script = HERE / "contestants" / f"{self.script}.py"
            python = str(python_of(self.environment))
            return [python, str(script), base_url, str(folder), f"--page-size={page_size}", *threads]
        return [*our_command(base_url, folder, self.script, ours, page_size), *threads]

    @property
    def is_there(self) -> bool:
        """Whether its environment was built."""
        return not self.environment or python_of(self.environment).exists()


def our_command(base_url: str, folder: Path, target: str, ours: Path, page_size: int = 100) -> list[str]:
    """Our own command, with its configuration."""
    config = folder / "config.json"
    config.touch(mode=0o600)
    config.write_text(json.dumps(our_config(base_url, page_size)), encoding="utf-8")
    return [
        str(ours / "bin/connector-run"), "--plugin", "trackco_cxm", "--config", str(config), "--to", target, "--quiet",
    ]  # fmt: skip


def our_config(base_url: str, page_size: int) -> dict[str, Any]:
    """The configuration of our plugin."""
    return {
        "connection_details": {"token": "t", "base_url": base_url},
        "data_source": {"organization_id": ORGANIZATION, "surveys": [], "time_zone": "America/Sao_Paulo"},
        "metadata": {"transaction_id_field": "ticket_id", "transaction_platform": "Zendesk"},
        "wire": {"page_size": page_size},
    }


_JSONL, _SQLITE = "jsonl:out.jsonl", "sqlite:///out.db"
CONTESTANTS = [
    Contestant("floor", "floor: requests + orjson, nothing mapped", "floor", "floor", "raw"),
    Contestant("by_hand", "mapped by hand, nothing checked", "floor", "by_hand", "lines"),
    Contestant("by_hand_4", "mapped by hand, nothing checked, 4 threads", "floor", "by_hand", "lines", 4),
    Contestant("ours_jsonl", "connector-run to JSON lines", "", _JSONL, "lines"),
    Contestant("ours_sqlite", "connector-run to SQLite", "", _SQLITE, "sqlite"),
    Contestant("ours_8", "connector-run to JSON lines, --threads 8", "", _JSONL, "lines", 8),
    Contestant("ours_16", "connector-run to JSON lines, --threads 16", "", _JSONL, "lines", 16),
    Contestant("singer_tuned", "Singer SDK, tuned by hand", "singer", "singer_tuned", "singer"),
    Contestant("singer", "Singer SDK, as its docs show", "singer", "singer_docs", "singer"),
    Contestant("dlt", "dlt to JSON lines", "dlt", "dlt_jsonl", "dlt"),
    Contestant("dlt_8", "dlt to JSON lines, 8 surveys side by side", "dlt", "dlt_jsonl", "dlt", 8),
    Contestant("airbyte", "Airbyte CDK", "airbyte", "airbyte_docs", "airbyte"),
    Contestant("airbyte_8", "Airbyte CDK, 8 surveys side by side", "airbyte", "airbyte_docs", "airbyte", 8),
    Contestant("airbyte_slices", "Airbyte CDK, 8 months side by side", "airbyte", "airbyte_slices", "airbyte", 8),
    Contestant("dlt_arrow", "dlt to DuckDB, Arrow and Parquet", "dlt_duckdb", "dlt_arrow", "duckdb"),
    Contestant("dlt_duckdb", "dlt to DuckDB, row inserts", "dlt_duckdb", "dlt_duckdb", "duckdb"),
]


def python_of(environment: str) -> Path:
    """The Python of an environment."""
    return ENVIRONMENTS / environment / "bin/python"


def build(say: Callable[[str], None] = print) -> None:
    """Build the environments that are missing or whose pins have changed, and one with just what users install."""
    for pins in sorted((HERE / "requirements").glob("*.txt")):
        _build(pins.stem, pins.read_text(encoding="utf-8"), ["--requirement", str(pins)], say)
    projects = [str(ROOT), *(str(ROOT / "plugins" / name) for name in ("trackco_cxm", "trackco_nps"))]
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607 - git from the path
    _build("ours", head.stdout, ["--constraint", str(ROOT / "constraints.txt"), *projects], say)


def _build(name: str, pins: str, wanted: list[str], say: Callable[[str], None]) -> None:
    stamp, digest = ENVIRONMENTS / name / "built", hashlib.sha256(pins.encode()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return
    say(f"building the environment {name} ...")
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(stamp.parent)], check=True)
    subprocess.run([str(python_of(name)), *_PIP, "install", *wanted], check=True)
    stamp.write_text(digest, encoding="utf-8")


if __name__ == "__main__":
    build()
