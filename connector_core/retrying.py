"""`--retry-rejects`: what could not be mapped is mapped again, from what was kept; what a target refused is resent."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import attrs

from connector_core.errors import TargetError
from connector_core.job import Job, attempted, fitting, listed, patience
from connector_core.jsontext import decode, encode
from connector_core.mapping import Keeping, Mapped, map_page
from connector_core.model import Mapper, Page, Partition, Window
from connector_core.plan import Options
from connector_core.record import Write, feedback_of
from connector_core.sink import REFUSED, Portion, Refused
from connector_core.summary import Summary

_ALWAYS = Window(None, datetime.max.replace(tzinfo=UTC))


def retry(job: Job, options: Options) -> Summary:
    """Map every reject of the connection again and load what can be; the rest stays. No answer is read.

    Raises:
        ConfigError: the settings have changed since the stored records were made.
    """
    stored = fitting(job, options)
    return attempted(job, lambda summary: _retry(job, summary, stored.places.keys()))


def _retry(job: Job, summary: Summary, known: Collection[str]) -> None:
    """Retry the rejects of what is listed; of what is listed no more, for which there is no mapper, those resent."""
    partitions = listed(job, summary, patience(job))
    for partition in partitions:
        kept = job.sink.rejects(partition.key)
        if kept:
            _retry_partition(job, partition, kept, job.mapper(partition), summary)
        if job.stop.is_set():
            summary.interrupted = True
            return
    for key in sorted({*known} - {partition.key for partition in partitions}):
        kept = job.sink.rejects(key)
        if refused := [one for one in kept if one.reason.startswith(REFUSED)]:
            _retry_partition(job, Partition(key, key), refused, feedback_of, summary)
        if len(refused) < len(kept):
            summary.unlisted.append(key)


def _retry_partition(job: Job, partition: Partition, kept: Sequence[Refused], mapper: Mapper, summary: Summary) -> None:
    pairs = [
        (mapped := _again(partition, refused, mapper, job.write), _portion(partition, refused, mapped))
        for refused in kept
    ]
    stored = job.sink.write([portion for _, portion in pairs])
    for (mapped, _), result in zip(pairs, stored, strict=True):
        summary.add(partition, mapped, result)
    job.progress(summary)


def _again(partition: Partition, refused: Refused, mapper: Mapper, write: Write) -> Mapped:
    """The same record, mapped; if it is rejected again, what was kept of it stays as it was."""
    try:
        raw = decode(refused.raw)
    except (ValueError, TypeError, AttributeError):
        raise TargetError(
            f"the reject {refused.key} of partition {partition.key} cannot be read as it is kept;"
            " somebody else has written there"
        ) from None
    if refused.reason.startswith(REFUSED):  # what is kept is the record, as it was written before
        mapper, write = feedback_of, encode
    mapped = map_page(Page([raw]), mapper, _ALWAYS, Keeping(write, lambda raw: raw, refused.at))
    again = [attrs.evolve(refused, reason=now.reason, path=now.path) for now in mapped.refused]
    return attrs.evolve(mapped, refused=again)


def _portion(partition: Partition, refused: Refused, mapped: Mapped) -> Portion:
    """What to store of it.

    A row of its own id is stored like any other: it is newer than what is loaded under that id, which was there before.
    Whether that is so of a reject without an id is not known: there, what is loaded stays.
    """
    settled = () if mapped.refused or any(row.id == refused.key for row in mapped.rows) else (refused.key,)
    return Portion(partition.key, mapped.rows, mapped.refused, mapped.skips, settled)
