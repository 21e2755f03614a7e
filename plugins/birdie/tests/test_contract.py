"""The bulk route keeps the contract of load plugins, in a folder of this machine."""

import os
from pathlib import Path
from typing import Any

import pytest

from connector_core.testing import SinkCase, sink_contract
from plugins.birdie.tests.reading import records_of

KILLS = 8 * int(os.environ.get("TORTURE", "1"))


def files_in(root: Path, form: str) -> dict[str, bytes]:
    """The files of a form below a folder, by name."""
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.glob(f"*/*.{form}"))}


def case(form: str) -> SinkCase:
    """A fresh folder for each trial."""

    def read(folder: Path) -> list[dict[str, Any]]:
        return records_of(files_in(folder / "birdie", form), form)

    return SinkCase(lambda folder: f"birdie+{form}:{folder}/birdie", read, log=True, deletes=False, kills=KILLS)


@pytest.fixture(autouse=True)
def quickly(in_memory: None) -> None:
    """The kit asks for thousands of files to be on the disk."""


test_parquet = sink_contract(case("parquet"))
test_csv = sink_contract(case("csv"))
