"""`make demo`: import the packaged recording with the real command, then look at what it loaded."""

import sqlite3
import subprocess
import sys
import sysconfig
import textwrap
from contextlib import closing
from importlib.resources import as_file, files
from pathlib import Path

TARGET = "sqlite:///demo.db"


def main() -> int:
    """Run the demo in the current folder; returns the exit code."""
    command = str(Path(sysconfig.get_path("scripts")) / "connector-run")
    with as_file(files("trackco_cxm") / "demo") as demo:
        cassette = demo / "cassette.yaml"
        print(
            f"$ connector-run --plugin trackco_cxm \\\n      --replay {_short(cassette)} --to {TARGET}\n",
            flush=True,
        )
        arguments = ["--plugin", "trackco_cxm", "--replay", str(cassette), "--to", TARGET]
        done = subprocess.run([command, *arguments, "--log-format", "console"], check=False)
    if done.returncode not in (0, 3):
        return done.returncode
    _show()
    print(
        textwrap.dedent("""
        That was a recording of a simulated account: no token, no network. Run it again and nothing new is loaded.
        The records are in demo.db, table feedback. What to type next:

          .venv/bin/connector-run --list                             the installed plugins
          .venv/bin/connector-run --plugin trackco_cxm --describe    what goes into a configuration
          .venv/bin/connector-run --plugin trackco_cxm --config trackco.json --check
                                                                     try your own account (README, "Your account")
        """).rstrip()
    )
    return 0


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _show() -> None:
    """Print a few records, with their words."""
    with closing(sqlite3.connect("demo.db")) as db:
        count = db.execute("SELECT count(*) FROM feedback").fetchone()[0]
        rows = db.execute(
            "SELECT posted_at, rating, title, author_name, text FROM feedback WHERE text IS NOT NULL"
            " AND length(text) BETWEEN 15 AND 90 ORDER BY posted_at DESC LIMIT 5"
        ).fetchall()
    print(f"\n{count} records in demo.db; the latest with a comment:\n")
    for posted_at, rating, title, author, text in rows:
        print(f"  {posted_at}  {rating:>2}  {title}  {author or 'anonymous'}: {' '.join(text.split())}")


if __name__ == "__main__":
    sys.exit(main())
