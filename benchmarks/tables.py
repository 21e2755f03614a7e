"""Results as tables: pure functions from what was measured to Markdown."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

Result = Mapping[str, Any]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, columns aligned for whoever reads it as text; the first is words, the others are numbers."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first, *others = (
            cell.ljust(w) if n == 0 else cell.rjust(w) for n, (cell, w) in enumerate(zip(cells, widths, strict=True))
        )
        return f"| {' | '.join([first, *others])} |"

    rule = [("-" * w if n == 0 else "-" * (w - 1) + ":") for n, w in enumerate(widths)]
    return "\n".join([line(head), f"| {' | '.join(rule)} |", *map(line, rows)])


def seconds(values: Sequence[float]) -> str:
    """The median, and from where to where the values go."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def median_of(race: Result, name: str) -> float | None:
    """The median seconds of a contestant, or None if it took no part."""
    found = [row for row in race["rows"] if row["name"] == name]
    return statistics.median(found[0]["wall"]) if found else None


def race_table(race: Result) -> str:
    """One race: the fastest first; the ratio is to the floor."""
    floor = median_of(race, "floor")
    rows = sorted(race["rows"], key=lambda row: statistics.median(row["wall"]))
    return table(
        ["contestant", "seconds", "ratio to floor", "CPU s", "peak MB", "requests", "in flight"],
        [
            [
                row["title"], seconds(row["wall"]),
                f"{statistics.median(row['wall']) / floor:.2f}" if floor else "",
                f"{statistics.median(row['cpu']):.2f}", f"{max(row['peak']):,.0f}",
                f"{row['requests']:,}", str(row["most_in_flight"]),
            ]
            for row in rows
        ],
    )  # fmt: skip


def work(race: Result) -> str:
    """What a race is about, in a line."""
    surveys = f"{race['surveys']} surveys" if race["surveys"] > 1 else "one survey"
    return f"{race['answers']:,} answers in {surveys}, {race['page_size']:,} a page, {race['latency']} ms a request"


def startup_table(rows: Sequence[Result]) -> str:
    """Help and spec."""
    cells = [
        [row["title"], f"{statistics.median(row['wall']):.3f}", f"{min(row['wall']):.3f}-{max(row['wall']):.3f}",
         f"under {row['aim']:.2f}" if row["aim"] else ""]
        for row in rows
    ]  # fmt: skip
    return table(["command", "seconds, median", "from - to", "aim"], cells)


def sizes_table(rows: Sequence[Result]) -> str:
    """What is installed."""
    cells = [[row["title"], str(row["packages"]), f"{row['mb']:.1f}"] for row in rows]
    return table(["environment", "packages", "MB"], cells)


def stages_table(rows: Sequence[Result]) -> str:
    """What each stage costs."""
    return table(["stage", "microseconds a record"], [[row["stage"], f"{row['us']:.1f}"] for row in rows])


def targets_table(rows: Sequence[Result]) -> str:
    """What each target takes."""
    cells = [
        [
            f"`{row['target']}`",
            f"{row['records']:,}",
            f"{row['seconds']:.2f}",
            f"{row['rate']:,.0f}",
            f"{row['peak']:.0f}",
        ]
        for row in rows
    ]
    return table(["target", "records", "seconds", "records a second", "peak MB"], cells)


def scaling_table(rows: Sequence[Result]) -> str:
    """Ours at any size; a run that failed says why."""
    cells = []
    for row in rows:
        numbers = ["", "", "", "failed"]
        if "failed" not in row:
            each = row["wall"] * 1e6 / row["answers"]
            numbers = [f"{row['wall']:.2f}", f"{each:.1f}", f"{row['cpu']:.2f}", f"{row['peak']:.0f}"]
        cells.append([f"{row['target']}: {row['what']}", f"{row['answers']:,}", *numbers])
    return table(["run", "answers", "seconds", "us an answer", "CPU s", "peak MB"], cells)
