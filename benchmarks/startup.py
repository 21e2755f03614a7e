"""How long the command takes to say what it is: `--help` and `--list` beside an empty Python, as whole processes."""

import statistics
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

RUNS = 15
COMMAND = str(Path(sysconfig.get_path("scripts")) / "connector-run")
MEASURED = {
    "python -c pass": ([sys.executable, "-c", "pass"], None),
    "connector-run --help": ([COMMAND, "--help"], 0.25),
    "connector-run --list": ([COMMAND, "--list"], 0.30),
}


def seconds(command: list[str]) -> float:
    """The wall time of one run."""
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begin


def main() -> None:
    """Run everybody in turn, so that a slow moment hits all alike, and print the medians."""
    times: dict[str, list[float]] = {name: [] for name in MEASURED}
    for _ in range(RUNS + 1):
        for name, (command, _) in MEASURED.items():
            times[name].append(seconds(command))
    print(f"Python {sys.version.split()[0]}, medians of {RUNS} runs after a warm-up")
    for name, (_, limit) in MEASURED.items():
        median = statistics.median(times[name][1:])
        print(f"  {name:<22} {median:.3f} s" + (f"   (aim: under {limit:.2f} s)" if limit else ""))


if __name__ == "__main__":
    main()
