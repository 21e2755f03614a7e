"""The benchmark: `python benchmarks/run.py [--quick] [--only PART...] [--ours VENV]`.

Each part that is measured is put into results.json at once, so that parts can be measured one by one; `--quick` only
prints. docs/benchmarks.md is made of that file by report.py.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import peers
import races
from machine import machine
from serving import HERE
from tables import race_table, work

RESULTS = HERE / "results.json"


def keep(part: str, found: Any) -> None:
    """Put a part into the results, with when and where it was measured."""
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    results[part] = {"machine": machine(), "found": found}
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def run_races(asked: argparse.Namespace, folder: Path) -> None:
    """Everybody on the same work."""
    chosen = races.quick(races.RACES) if asked.quick else races.RACES
    found = []
    for race in races.run(chosen, 1 if asked.quick else asked.rounds, folder, asked.ours):
        found.append(race)
        print(f"\n{race['title']}: {work(race)}\n\n{race_table(race)}\n", flush=True)
        if not asked.quick:
            keep("races", found)


PARTS = {"races": run_races}


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="less work, one round, nothing kept")
    parser.add_argument("--only", nargs="+", choices=[*PARTS], default=[*PARTS], metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ours", type=Path, default=peers.OURS, help="an environment whose connector-run is measured")
    asked = parser.parse_args()
    asked.ours = asked.ours.absolute()
    if not asked.quick:
        peers.build()
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        for part in ["races"] if asked.quick else asked.only:
            PARTS[part](asked, folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
