"""`make demo-birdie`: import the packaged recording into a simulated Birdie with the real command, and look at it."""

import json
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
from importlib.resources import as_file, files
from pathlib import Path

import birdie_simulator

COMMAND = str(Path(sysconfig.get_path("scripts")) / "connector-run")


def main() -> int:
    """Run the demo; returns the exit code. On a terminal, Birdie's page is served until Enter."""
    with (
        birdie_simulator.serve() as birdie,
        tempfile.TemporaryDirectory() as folder,
        as_file(files("trackco_cxm") / "demo") as demo,
    ):
        document = json.loads((demo / "cassette.config.json").read_text(encoding="utf-8"))
        config = Path(folder) / "config.json"
        config.write_text(json.dumps(document | {"targets": {"birdie": {"key": birdie.key}}}), encoding="utf-8")
        config.chmod(0o600)
        target = f"birdie+http:{birdie.base_url.removeprefix('http:')}"
        print(f"A simulated Birdie is served at {birdie.base_url}\n")
        arguments = ["--plugin", "trackco_cxm", "--replay", str(demo / "cassette.yaml"), "--config", str(config)]
        arguments += ["--to", target, "--state", f"{folder}/birdie.state", "--log-format", "console"]
        print(
            "$ connector-run --plugin trackco_cxm --replay cassette.yaml --config config.json --to birdie+http://...\n"
        )
        for told in ("", "\nThe same again, and nothing is sent, since Birdie has it all:\n"):
            print(told, end="\n" if told else "", flush=True)
            done = subprocess.run([COMMAND, *arguments], check=False)
            if done.returncode not in (0, 3):
                return done.returncode
        _show(birdie)
        if sys.stdin.isatty():
            input(f"\nOpen {birdie.base_url} in a browser to see them; Enter ends the demo. ")
    return 0


def _show(birdie: birdie_simulator.Server) -> None:
    """Say what Birdie has, and show the last record as it came."""
    kinds = [body["kind"]["name"] for body in birdie.records.values()]
    told = ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))
    print(
        f"\n{birdie.counts.created} records arrived ({told}), each by one PUT;"
        f" {birdie.counts.repeated} were sent twice. The latest answer:\n"
    )
    last = max(birdie.records.values(), key=lambda body: str(body["kind"]["fields"]["posted_at"]))
    print(textwrap.indent(json.dumps(last, indent=2, ensure_ascii=False), "  "))


if __name__ == "__main__":
    sys.exit(main())
