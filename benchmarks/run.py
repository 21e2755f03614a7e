"""The benchmark: `python benchmarks/run.py [--quick] [--only PART...] [--ours VENV]`.

Each part that is measured is put into results.json at once, so that parts can be measured one by one; `--quick` only
prints. docs/benchmarks.md is made of that file by report.py.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import peers
import races
import scaling
import startup
import tables
from machine import machine
from serving import HERE

RESULTS = HERE / "results.json"


def keep(part: str, found: Any, scale: float = 1.0) -> None:
    """Put a part into the results, with when and where it was measured."""
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    results[part] = {"machine": machine(), "scale": scale, "found": found}
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def run_races(asked: argparse.Namespace, folder: Path) -> None:
    """Everybody on the same work."""
    chosen = races.quick(races.RACES) if asked.quick else races.scaled(races.RACES, asked.scale)
    absent = sorted({c.title for race in chosen for c in peers.CONTESTANTS if c.name in race.field and not c.is_there})
    if absent:
        print(f"Not there: {'; '.join(absent)}. `python benchmarks/peers.py` builds what they need.", flush=True)
    found = []
    for race in races.run(chosen, 1 if asked.quick else asked.rounds, folder, asked.ours):
        found.append(race)
        print(f"\n{race['title']}: {tables.work(race)}\n\n{tables.race_table(race)}\n", flush=True)
        if not asked.quick:
            keep("races", found, asked.scale)


def run_startup(asked: argparse.Namespace, _: Path) -> None:
    """Help and spec, and what is installed."""
    found = {"times": startup.times(asked.rounds * 5), "sizes": startup.sizes()}
    print(f"\n{tables.startup_table(found['times'])}\n\n{tables.sizes_table(found['sizes'])}\n", flush=True)
    keep("startup", found)


def run_stages(_: argparse.Namespace, __: Path) -> None:
    """Each stage, each guarantee: in a process of its own, whose memory is nobody else's."""
    command = [sys.executable, str(HERE / "guarantees.py"), "--json"]
    found = json.loads(subprocess.check_output(command))
    print(*(f"\n{tables.stages_table(rows)}\n" for rows in found.values()), flush=True)
    keep("stages", found)


def run_decoders(_: argparse.Namespace, __: Path) -> None:
    """What decodes a page soonest."""
    found = json.loads(subprocess.check_output([peers.python_of("decoders"), HERE / "decoders.py"]))
    print(f"\n{tables.stages_table(found)}\n", flush=True)
    keep("decoders", found)


def run_targets(asked: argparse.Namespace, _: Path) -> None:
    """What each load plugin takes."""
    script = [sys.executable, str(HERE / "targets.py")]
    names = json.loads(subprocess.check_output([*script, "--names"]))
    found = []
    for name in names:
        found.append(json.loads(subprocess.check_output([*script, "--json", f"--rounds={asked.rounds}", name])))
        keep("targets", found)
    print(f"\n{tables.targets_table(found)}\n", flush=True)


def run_scaling(asked: argparse.Namespace, folder: Path) -> None:
    """Ours at any size."""
    found = []
    for row in scaling.runs(folder / "run", asked.ours, asked.scale):
        found.append(row)
        keep("scaling", found, asked.scale)
    print(f"\n{tables.scaling_table(found)}\n", flush=True)


PARTS = {
    "races": run_races,
    "startup": run_startup,
    "stages": run_stages,
    "decoders": run_decoders,
    "targets": run_targets,
    "scaling": run_scaling,
}


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="less work, one round, nothing kept")
    parser.add_argument("--only", nargs="+", choices=[*PARTS], default=[*PARTS], metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ours", type=Path, help="an environment whose connector-run is measured")
    parser.add_argument("--scale", type=float, default=1.0, help="of the work of races and scaling; 0.1 tries it out")
    asked = parser.parse_args()
    asked.ours = (asked.ours or (peers.OURS if asked.quick else peers.INSTALLED)).absolute()
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
