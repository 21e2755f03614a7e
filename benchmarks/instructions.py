"""Counts instructions of small workloads, and compares with instructions.json: `python benchmarks/instructions.py`.

Instructions do not depend on how busy a machine is: a change of 5 % is seen where seconds vary by a third. Exits 1 when
one changed by so much, in either direction; `--update` writes what was counted. Counted by valgrind's cachegrind.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from measure import environment

HERE = Path(__file__).parent
KEPT = HERE / "instructions.json"
RECORDS = 2_000
CHANGED = 0.05


def counted(name: str) -> int:
    """The instructions of a process with this workload."""
    command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    fixed = environment() | {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
    process = [*command, sys.executable, str(HERE / "workloads.py"), name]
    done = subprocess.run(process, env=fixed, capture_output=True, text=True, check=False)
    found = re.search(r"I\s+refs:\s+([0-9,]+)", done.stderr)
    if done.returncode or not found:
        sys.exit(f"{name} could not be counted:\n{done.stderr[-2000:]}")
    return int(found[1].replace(",", ""))


def per_record(names: list[str]) -> dict[str, int]:
    """Instructions a record of each workload, without what it takes to make ready."""
    base = counted("empty")
    found = {}
    for name in names:
        found[name] = round((counted(name) - base) / RECORDS)
        print(f"  {found[name]:>9,}  {name}", flush=True)
    return found


def compared(found: dict[str, int], kept: dict[str, Any]) -> list[str]:
    """What changed, a line each; nothing where all is as it was."""
    lines = []
    for name, now in found.items():
        before = kept["instructions"].get(name)
        if before is None:
            lines.append(f"{name}: was not counted before; --update keeps it")
        elif abs(now - before) >= CHANGED * before:
            lines.append(f"{name}: {before:,} -> {now:,} instructions a record ({(now - before) / before:+.1%})")
    return lines


def main() -> int:
    """Count, and compare or keep; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="workloads; default all")
    parser.add_argument("--update", action="store_true", help="keep what was counted")
    asked = parser.parse_args()
    if not shutil.which("valgrind"):
        print("valgrind is not installed; apt-get install valgrind, or your system's package of that name")
        return 2
    script = [sys.executable, str(HERE / "workloads.py")]
    there = subprocess.check_output([*script, "--names"], env=environment(), text=True).splitlines()[1:]
    unknown = [name for name in asked.names if name not in there]
    if unknown:
        print(f"there is no workload {', '.join(unknown)}; there are: {'; '.join(there)}")
        return 2
    found = per_record(asked.names or there)
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {"instructions": {}}
    python = f"{platform.python_implementation()} {platform.python_version()}, {os.uname().machine}"
    if asked.update:
        new = {"python": python, "instructions": kept["instructions"] | found}
        KEPT.write_text(json.dumps(new, indent=1) + "\n", encoding="utf-8")
        return 0
    if kept.get("python") != python:
        print(f"counted with {python}, kept with {kept.get('python', 'nothing')}: not comparable; --update keeps it")
        return 2
    changes = compared(found, kept)
    print(*changes, sep="\n")
    return 1 if changes else 0


if __name__ == "__main__":
    sys.exit(main())
