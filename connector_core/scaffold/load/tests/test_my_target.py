"""The whole contract of a target: atomic, idempotent, resumes after SIGKILL, refuses what it cannot hold."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connector_core.testing import SinkCase, sink_contract


def records(folder: Path) -> Iterator[dict[str, Any]]:
    """What the target holds."""
    for line in (folder / "feedback.jsonl").read_bytes().splitlines():
        yield json.loads(line)


test_contract = sink_contract(SinkCase(target=lambda folder: f"my_target:{folder}/feedback.jsonl", read=records))
