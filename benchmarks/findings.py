"""What follows from the results: which aims are met, and where a peer wins. Pure functions, plain sentences."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tables import Result, median_of, table

_OURS = ("ours_jsonl", "ours_sqlite", "ours_8", "ours_16")
_DEFAULTS = ("singer", "dlt", "airbyte", "dlt_duckdb")
"""Frameworks as their own documentation shows them."""


def wins(races: Sequence[Result]) -> list[str]:
    """Who is faster than our fastest, in each race; the floor maps nothing and is no peer."""
    found = []
    for race in races:
        rows = {row["name"]: row for row in race["rows"] if row["name"] != "floor"}
        ours = {name: statistics.median(rows[name]["wall"]) for name in _OURS if name in rows}
        if not ours:
            continue
        best = min(ours.values())
        faster = sorted(
            (statistics.median(row["wall"]), row["title"]) for row in rows.values() if row["name"] not in ours
        )
        told = [f"{title} ({seconds:.2f} s)" for seconds, title in faster if seconds < best]
        said = f"faster than our fastest ({best:.2f} s): {', '.join(told)}" if told else "nobody is faster than ours"
        light = min(max(row["peak"]) for name, row in rows.items() if name in ours)
        lighter = [row["title"] for name, row in rows.items() if name not in ours and max(row["peak"]) < light]
        memory = f"; with less memory than ours ({light:.0f} MB): {', '.join(lighter)}" if lighter else ""
        found.append(f"* **{race['title']}**: {said}{memory}.")
    return found


def aims(results: Mapping[str, Any]) -> str:
    """The aims of the project as a table, each with what was measured; what was not measured is left out."""
    parts = {name: part["found"] for name, part in results.items()}
    rows = [*_race_aims(parts.get("races", ())), *_scaling_aims(parts.get("scaling", ())), *_light_aims(parts)]
    cells = [[what, aim, value, "met" if met else "**missed**"] for what, aim, value, met in rows]
    return table(["what", "aim", "measured", ""], cells) if cells else "Nothing was measured yet."


Aim = tuple[str, str, str, bool]


def _most(what: str, value: float | None, most: float, form: str = "{:.2f}") -> Iterator[Aim]:
    if value is not None:
        yield what, f"at most {form.format(most)}", form.format(value), value <= most


def _least(what: str, value: float | None, least: float) -> Iterator[Aim]:
    if value is not None:
        yield what, f"at least {least:.0f} times", f"{value:.1f} times", value >= least


def _ratio(race: Result, name: str, of: float | None) -> float | None:
    own = median_of(race, name)
    return own / of if own is not None and of else None


def _race_aims(races: Sequence[Result]) -> Iterator[Aim]:
    by_name = {race["name"]: race for race in races}
    for name, most in (("page_100", 0.9), ("page_1000", 1.0)):
        if name in by_name:
            race, floor = by_name[name], median_of(by_name[name], "floor")
            yield from _most(
                f"{race['title']}, JSON lines: ratio to the floor", _ratio(race, "ours_jsonl", floor), most
            )
            yield from _most(f"{race['title']}, SQLite: ratio to the floor", _ratio(race, "ours_sqlite", floor), 1.4)
    for name, own, least in (("latency_1", "ours_8", 6), ("latency_16", "ours_16", 12)):
        if name in by_name:
            race = by_name[name]
            peers = [value for peer in _DEFAULTS if (value := median_of(race, peer)) is not None]
            ours = median_of(race, own)
            if peers and ours:
                what = f"{race['title']}: faster than the fastest default peer, {own.removeprefix('ours_')} in flight"
                yield from _least(what, min(peers) / ours, least)


def _scaling_aims(rows: Sequence[Result]) -> Iterator[Aim]:
    done = [row for row in rows if "failed" not in row]
    for row in rows:
        if "failed" in row:
            yield f"{row['target']}: {row['what']}, {row['answers']:,} answers", "runs", row["failed"], False
    alone = [row["peak"] for row in done if "surveys" not in row["what"]]
    yield from _most("highest peak of one partition at a time, 100 a page, MB", max(alone, default=None), 60, "{:.1f}")
    beside = [row["peak"] for row in done if "surveys" in row["what"]]
    yield from _most(
        "highest peak with partitions side by side, 100 a page, MB", max(beside, default=None), 100, "{:.1f}"
    )
    for what, target in sorted(
        {(row["what"], row["target"]) for row in done if row["what"] in {"first", "unchanged", "edited"}}
    ):
        same = sorted(
            (row["answers"], row["wall"] / row["answers"])
            for row in done
            if (row["what"], row["target"]) == (what, target)
        )
        if len(same) > 1:
            title = f"{target}, {what}: time an answer at {same[-1][0]:,} to that at {same[0][0]:,}"
            yield from _most(title, same[-1][1] / same[0][1], 1.1)
    quiet = [row["cpu"] for row in done if row["what"].startswith("nothing new")]
    yield from _most("a run over 200 surveys that finds nothing new, CPU seconds", max(quiet, default=None), 1.5)


def _light_aims(parts: Mapping[str, Any]) -> Iterator[Aim]:
    if "startup" not in parts:
        return
    for row in parts["startup"]["times"]:
        if row["aim"]:
            yield from _most(f"`{row['title']}`, seconds", statistics.median(row["wall"]), row["aim"])
    for row in parts["startup"]["sizes"]:
        if row["title"] == "ours":
            yield from _most("core and both sources installed, MB", row["mb"], 8, "{:.1f}")
            yield from _most("and in packages", row["packages"], 15, "{:.0f}")
