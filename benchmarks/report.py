"""Writes docs/benchmarks.md and its plot from results.json: `python benchmarks/report.py`."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import findings
import tables
from plot import svg
from serving import HERE

PAGE = HERE.parent / "docs/benchmarks.md"

_TEMPLATE = HERE / "page.md"


def versions() -> str:
    """What was pinned of each environment, by name; the rest stands in benchmarks/requirements."""
    told = {"requests", "orjson", "cattrs", "msgspec", "singer-sdk", "dlt", "duckdb", "pyarrow", "airbyte-cdk"}
    rows = []
    for path in sorted((HERE / "requirements").glob("*.txt")):
        pins = [line for line in path.read_text(encoding="utf-8").split() if line.partition("==")[0] in told]
        rows.append(f"| {path.stem} | {', '.join(pin.replace('==', ' ') for pin in pins)} |")
    return "\n".join(rows)


def where(part: Mapping[str, Any]) -> str:
    """On what machine a part was measured, and when."""
    m = part["machine"]
    scale = part.get("scale", 1)
    tried = "" if scale == 1 else f" **Tried out with {scale:g} times the usual work: not to be quoted.**"
    return (
        f"Measured on {m['date']} at {m['commit']}: {m['processor']}, {m['cores']} cores, {m['memory_gb']} GB,"
        f" {m['system']}, Python {m['python']}.{tried}"
    )


def _races(part: Mapping[str, Any]) -> Iterator[str]:
    yield "## Everybody on the same work"
    yield where(part)
    if plotted(part):
        yield "![Seconds of each contestant as a multiple of the floor's](benchmarks.svg)"
    for race in part["found"]:
        yield f"### {race['title']}"
        yield f"{tables.work(race)}; rounds: {race['rounds']}."
        yield tables.race_table(race)
    yield "## Where a peer wins"
    yield "\n".join(findings.wins(part["found"]))


def _startup(part: Mapping[str, Any]) -> Iterator[str]:
    yield "## Start-up and size"
    yield where(part)
    yield tables.startup_table(part["found"]["times"])
    yield "Installed, without pip:"
    yield tables.sizes_table(part["found"]["sizes"])


def _scaling(part: Mapping[str, Any]) -> Iterator[str]:
    yield "## Ours at any size"
    yield where(part)
    yield "`unchanged` and `edited` read everything again (`--full-refresh`): nothing, or every answer, was edited."
    yield "So large an account is written while it is read: at any size, an answer may be waited for some microseconds."
    yield tables.scaling_table(part["found"])


def _stages(part: Mapping[str, Any]) -> Iterator[str]:
    yield "## What each stage and each guarantee costs"
    yield where(part)
    yield "Our own parts, put together without the loop; a line holds earlier ones only where it says so."
    yield tables.stages_table(part["found"]["reading"])
    yield "Committing 10,000 records at a time, with every guarantee and with fewer:"
    yield tables.stages_table(part["found"]["committing"])


def _decoders(part: Mapping[str, Any]) -> Iterator[str]:
    yield "## What decodes a page soonest"
    yield where(part)
    yield "The same pages of 100 answers, as plain Python values or as objects of types that say what a page holds."
    yield tables.stages_table(part["found"])


def _targets(part: Mapping[str, Any]) -> Iterator[str]:
    yield "## What each target takes"
    yield where(part)
    yield "Records of 1 KB from a source that costs almost nothing, through the host's loop: [targets](targets.md)."
    yield tables.targets_table(part["found"])


_SECTIONS = {
    "races": _races,
    "startup": _startup,
    "scaling": _scaling,
    "stages": _stages,
    "decoders": _decoders,
    "targets": _targets,
}


def page(results: Mapping[str, Any]) -> str:
    """The page, as far as there are results."""
    parts = ["## Aims", findings.aims(results)]
    for name, section in _SECTIONS.items():
        parts += section(results[name]) if name in results else ()
    template = _TEMPLATE.read_text(encoding="utf-8")
    return template.format(versions=versions(), results="\n\n".join(parts))


def plotted(part: Mapping[str, Any]) -> list[Any]:
    """The two races that the plot shows; nothing where one of them is missing."""
    races = [race for race in part["found"] if race["name"] in {"page_100", "page_1000"}]
    return races if len(races) > 1 else []


def main() -> None:
    """Write both."""
    results = json.loads((HERE / "results.json").read_text(encoding="utf-8"))
    PAGE.write_text(page(results), encoding="utf-8")
    if "races" in results and (races := plotted(results["races"])):
        PAGE.with_suffix(".svg").write_text(svg(races), encoding="utf-8")


if __name__ == "__main__":
    main()
