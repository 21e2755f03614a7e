"""Which options of `connector-run` do not go together, and what to do about it."""

import argparse

_MODES = ("check", "dry_run", "retry_rejects", "reconcile")
"""What a run can be asked to do instead of an import."""


def misuse(a: argparse.Namespace) -> str | None:
    """What is wrong with a combination of options, or None."""
    chosen = a.since or a.until or a.limit
    modes = [f"--{name.replace('_', '-')}" for name in _MODES if getattr(a, name)]
    rules = {
        "--config FILE is missing; --describe shows what goes into it": not (a.config or a.replay),
        "--since must lie before --until": a.since and a.until and a.since >= a.until,
        "--full-refresh reads everything: it goes with neither --since, --until nor --limit": a.full_refresh and chosen,
        "--prune goes with --full-refresh only: else it is not known what is gone": a.prune and not a.full_refresh,
        "--threads: that is more than any API likes; write 64 or less": a.threads > 64,  # noqa: PLR2004 - as it says
        "--max-time 0 leaves no time to do anything in; write 50m": not a.max_time,
        "--record and --replay exclude each other": a.record and a.replay,
        "--replay takes --since, --until, --limit and --full-refresh from the recording": a.replay
        and (chosen or a.full_refresh),
        "--dry-run loads nothing: it goes with neither --to, --state nor --full-refresh": a.dry_run
        and (a.to or a.state or a.full_refresh),
        "--record-unscrubbed goes with --record": a.record_unscrubbed and not a.record,
        "--scrub-key goes with --record": a.scrub_key and not a.record,
        "--to: the same target stands twice": a.to and len(set(a.to)) < len(a.to),
        "--state and --record go with one --to": (a.state or a.record) and a.to and len(a.to) > 1,
        f"{' and '.join(modes)} exclude each other": len(modes) > 1,
        f"{''.join(modes[:1])} goes with neither --record nor --replay": modes
        and modes != ["--dry-run"]
        and (a.record or a.replay),
        f"{''.join(modes[:1])} reads no answers: it takes neither --since, --until, --limit nor --full-refresh": modes
        and modes != ["--dry-run"]
        and (chosen or a.full_refresh),
        "--report goes with an import: --check and --reconcile print what they find": a.report
        and (a.check or a.reconcile),
        "--json goes with --list and --describe": a.json,
    }
    return next((text for text, wrong in rules.items() if wrong), None)
