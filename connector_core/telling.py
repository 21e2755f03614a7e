"""The summary of a run as a person reads it."""

from collections import Counter
from collections.abc import Sequence

from connector_core.sink import REFUSED
from connector_core.summary import Summary, plain

_NOTHING_NEW = "Nothing new: the target holds all of it already."

_SHOWN = 5
"""Ids that a person is shown; the report has all."""


def text_of(summary: Summary, *, lasting: bool = True, sample: bool = False) -> str:
    """A summary for a person.

    Args:
        summary: of the run.
        lasting: whether anything is kept of it for later runs.
        sample: whether it only showed what it would load.
    """
    t = summary.total
    lines = [
        f"{_outcome(summary.exit_code, lasting=lasting, sample=sample)}: {summary.connection} -> {summary.target}",
        f"  read        {t.read:>9,}   in {summary.requests:,} requests, {len(summary.partitions)} partitions",
        f"  {'to load' if sample else 'loaded '}     {t.loaded:>9,}   {t.new:,} new, {t.updated:,} updated",
        f"  unchanged   {t.unchanged:>9,}",
        f"  skipped     {t.skipped.total():>9,}{_reasons(t.skipped)}",
        f"  rejected    {t.rejected:>9,}{_reasons(t.rejected_by)}",
        f"  duplicate   {t.duplicate:>9,}",
        f"  outside     {t.outside:>9,}   read for safety, not in the window",
    ]
    lines += [f"  note: {name}, {count:,} times" for name, count in sorted(t.notes.items())]
    lines += [f"  not importable: {u.title} ({u.key}): {u.reason}" for u in summary.unimportable]
    lines += [f"  FAILED: {summary.titles.get(key, key)} ({key}): {why}" for key, why in sorted(summary.failed.items())]
    if summary.gone is not None:
        deleted = ", deleted" if summary.pruned else ""
        lines.append(f"  no longer at the source: {len(summary.gone):,}{deleted}{_some(summary.gone)}")
        unsure = "not all answers could be told apart or proven to have come"
        lines += [f"  not looked for in {summary.titles[key]} ({key}): {unsure}" for key in sorted(summary.unsure)]
    lines += [
        f"  no longer listed: {key}; deleted at the source, or not chosen: what is kept of it stays"
        for key in summary.unlisted
    ]
    if t.new_rejects and lasting:
        lines.append("  what was rejected is kept; --retry-rejects tries it again (docs/operations.md)")
    returned = any(reason.startswith(REFUSED) for reason in t.rejected_by)
    came = t.loaded or t.new_rejects or returned
    unlooked = summary.gone is not None and summary.unsure
    if not (
        came or summary.gone or unlooked or summary.unlisted or summary.failed or summary.interrupted or summary.error
    ):
        nothing = summary.unimportable and not summary.titles
        lines.append(f"  {'Nothing of this can be imported.' if nothing else _NOTHING_NEW}")
    return "\n".join(map(plain, lines))


def _outcome(exit_code: int, *, lasting: bool, sample: bool) -> str:
    done, kept = "Sampled, nothing loaded" if sample else "Done", ", progress kept" if lasting else ""
    ends = {0: done, 1: f"Failed{kept}", 2: "Failed", 3: f"{done}, with rejected answers", 130: f"Interrupted{kept}"}
    return ends[exit_code]


def _reasons(counts: Counter[str]) -> str:
    return "   " + ", ".join(f"{count:,} {reason}" for reason, count in sorted(counts.items())) if counts else ""


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _SHOWN:,} more, all in --report" if len(ids) > _SHOWN else ""
    return f": {', '.join(ids[:_SHOWN])}{more}" if ids else ""
