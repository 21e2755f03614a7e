"""How many records a second each target takes, through the host's own loop: `python benchmarks/targets.py [TARGET...]`.

Each target is fed in a process of its own by a source that costs next to nothing, so that what is measured is the
target with all its guarantees on. The best of three runs counts; the peak of memory is that of the whole process.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pluggy
from attrs import frozen

from connector_core import Description, Feedback, Mapper, Page, Partition, hookimpl, hookspecs
from connector_core.clock import SYSTEM
from connector_core.config import TARGETS, load_target
from connector_core.endpoint import Endpoint
from connector_core.http import HttpClient
from connector_core.job import Job
from connector_core.jsontext import encode
from connector_core.opening import https
from connector_core.plan import Options
from connector_core.plugins import Source, load_loader
from connector_core.run import run

_PAGE = 100
_BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


@frozen
class Subject:
    """One target to be fed.

    Attributes:
        target: as one writes it after `--to`; `{folder}`, `{birdie}` and `{postgres}` are filled in.
        records: how many it is fed.
        rate_limit: requests a second that a simulated Birdie takes; None takes any.
    """

    target: str
    records: int = 100_000
    rate_limit: int | None = None


SUBJECTS = {
    "sqlite": Subject("sqlite:///{folder}/feedback.db"),
    "jsonl": Subject("jsonl:{folder}/feedback.jsonl"),
    "stdout": Subject("jsonl:-"),
    "birdie": Subject("birdie+http:{birdie}", 1_000, rate_limit=100),
    "birdie, no limit": Subject("birdie+http:{birdie}", 5_000),
    "birdie+webhook, no limit": Subject("birdie+webhook:{birdie}", 20_000),
    "birdie+parquet": Subject("birdie+parquet:{folder}/birdie"),
    "birdie+csv": Subject("birdie+csv:{folder}/birdie"),
    "dlt+duckdb": Subject("dlt+duckdb:///{folder}/feedback.duckdb"),
    "dlt+postgres": Subject("dlt+{postgres}"),
}


@frozen
class Many:
    """A source of so many records, made as they are asked for."""

    records: int

    @hookimpl
    def describe(self) -> Description:
        """Say that it is there."""
        return Description(config=object, endpoint=lambda _: Endpoint("https://nowhere.example"), personal={})

    @hookimpl
    def partitions(self) -> list[Partition]:
        """One."""
        return [Partition("all", "All")]

    @hookimpl
    def extract(self) -> Iterator[Page]:
        """Give pages of numbers."""
        for first in range(0, self.records, _PAGE):
            yield Page(range(first, min(first + _PAGE, self.records)), cursor=first)

    @hookimpl
    def map(self) -> Mapper:
        """Make a record of about a kilobyte of each number."""

        def mapper(number: Any) -> Feedback:
            rating, posted = number % 11, _BEGIN + timedelta(seconds=60 * number)
            return Feedback(
                id=f"many:{number}", kind="nps", rating=str(rating), title="[NPS] Atendimento", posted_at=posted,
                survey_id="all", survey_title="Atendimento", author_id=f"CLI-{number}", author_name="Fulana de Exemplo",
                text=f"Não gostei do prazo, e o suporte respondeu só no {number % 31}º dia. " * 4,
                additional_fields={
                    "Quanto você recomendaria?": rating, "O que pesou na nota?": "Preço e prazo " * 10,
                    "Foi resolvido?": number % 2 == 0, "metadata.produto": "Assinatura", "metadata.cidade": "São Paulo",
                    "interaction.channel": "email", "interaction.response_time": number * 7 % 100_000,
                },
            )  # fmt: skip

        return mapper


def fed(name: str) -> dict[str, Any]:
    """Feed one target in this process: seconds, records a second, and the peak of memory in MB."""
    subject, plugin = SUBJECTS[name], Many(SUBJECTS[name].records)
    manager = pluggy.PluginManager("connector_core")
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, "many")
    source = Source("many", "1", plugin.describe(), manager)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        birdie, settings = _birdie(subject, stack) if "{birdie}" in subject.target else ("", {})
        server = _postgres(stack) if "{postgres}" in subject.target else ""
        loader = load_loader(subject.target)
        config = loader.destination.config and load_target(
            {TARGETS: {loader.name: settings}}, loader.name, loader.destination.config
        )
        begun = time.perf_counter()
        out = stack.enter_context(Path("/dev/null").open("w", encoding="utf-8"))
        with redirect_stdout(out):
            sink = loader.open(
                subject.target.format(folder=folder, birdie=birdie, postgres=server), "many",
                f"{folder}/state" if birdie or server else None, config,
                lambda endpoint, flights: HttpClient(endpoint, SYSTEM, flights, https(flights)),
            )  # fmt: skip
            with closing(sink), closing(HttpClient(Endpoint("https://nowhere.example"))) as http:
                job = Job(
                    source=source, config=None, http=http, sink=sink, connection="many", target=name,
                    fingerprint={}, clock=SYSTEM, write=encode,
                )  # fmt: skip
                summary = run(job, Options(threads=1))
        seconds = time.perf_counter() - begun
    if summary.error or summary.total.new != subject.records:
        sys.exit(f"{name}: {summary.error or summary.total}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "rate": subject.records / seconds, "peak": peak}


def _birdie(subject: Subject, stack: ExitStack) -> tuple[str, dict[str, Any]]:
    """A served simulator, in a process of its own so that it takes no part in what is measured."""
    limit = ["--rate", str(subject.rate_limit or 0)]
    process = subprocess.Popen([sys.executable, "-m", "birdie_simulator", *limit], stdout=subprocess.PIPE, text=True)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    said = json.loads(process.stdout.readline() if process.stdout else "{}")
    rate = {} if subject.rate_limit else {"requests_per_second": 1_000_000}
    return said["base_url"].removeprefix("http:"), {"key": said["key"], **rate}


def _postgres(stack: ExitStack) -> str:
    """A real server, in processes of its own, as the tests start it."""
    sys.path.append(str(Path(__file__).parent.parent))
    from plugins.warehouse.tests.server import postgres  # noqa: PLC0415 - found from the root only

    return stack.enter_context(postgres())


def speeds(names: Sequence[str], rounds: int = 3) -> Iterator[dict[str, Any]]:
    """Of each target the best round, and the highest peak of all rounds."""
    for name in names:
        command = [sys.executable, __file__, "--here", name]
        made = [json.loads(subprocess.check_output(command)) for _ in range(rounds)]
        best = min(made, key=lambda one: one["seconds"])
        yield {"target": name, "records": SUBJECTS[name].records, **best, "peak": max(one["peak"] for one in made)}


def main() -> int:
    """Feed each target three times, and print a table of the best; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(SUBJECTS), metavar="TARGET", help=", ".join(SUBJECTS))
    parser.add_argument("--here", action="store_true", help="feed one, once, in this process; print JSON")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="feed one; print JSON")
    parser.add_argument("--names", action="store_true", help="print the names there are, as JSON", dest="listed")
    arguments = parser.parse_args()
    if arguments.listed:
        print(json.dumps(list(SUBJECTS)))
        return 0
    if arguments.json:
        print(*map(json.dumps, speeds(arguments.names[:1], arguments.rounds)))
        return 0
    if arguments.here:
        print(json.dumps(fed(arguments.names[0])))
        return 0
    print(f"{'target':<26} {'records':>8} {'seconds':>8} {'records/s':>10} {'peak MB':>8}")
    for one in speeds(arguments.names, arguments.rounds):
        numbers = f"{one['records']:>8,} {one['seconds']:>8.2f} {one['rate']:>10,.0f} {one['peak']:>8.0f}"
        print(f"{one['target']:<26} {numbers}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
