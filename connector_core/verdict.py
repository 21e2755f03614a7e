"""What is to be done with a portion, by what a journal knows: pure functions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import evolve, frozen

from connector_core.sink import REFUSED, Portion, Refused, Row, Stored
from connector_core.target import Delivery, Refusal


@frozen
class Verdict:
    """What is to be done with one portion.

    Attributes:
        fresh: the rows to deliver, each with whether its id is new.
        met: ids that were met again.
        stored: the counts, if all of it is delivered.
    """

    fresh: Sequence[tuple[Row, bool]]
    met: Sequence[str]
    stored: Stored

    def without(self, refusals: Mapping[str, Refused], new_rejects: int) -> Stored:
        """The counts when the target has refused some rows."""
        left = [(row, new) for row, new in self.fresh if row.id not in refusals]
        reasons = tuple(refusals[row.id].reason for row, _ in self.fresh if row.id in refusals)
        new, rejects = sum(new for _, new in left), self.stored.new_rejects + new_rejects
        return evolve(self.stored, new=new, updated=len(left) - new, new_rejects=rejects, refused=reasons)


def judge(
    portion: Portion, seen: dict[str, tuple[bytes, int]], rejects: dict[str, tuple[str, bytes]], run_no: int
) -> Verdict:
    """Tell which rows are new or changed, what else was met, and how many rejects are new.

    Args:
        portion: what came.
        seen: the digest of each record that the target holds, and the last run that met it, by id; brought up to date.
        rejects: reason and digest of what waits among the rejects, by key; brought up to date.
        run_no: the run in hand.
    """
    fresh, counts = list[tuple[Row, bool]](), Counter[str]()
    met = [skip.id for skip in portion.skipped if skip.id] + [refused.key for refused in portion.refused]
    for row in portion.rows:
        digest, run = seen.get(row.id, (None, 0))
        if digest == row.digest or (digest and portion.settled):
            counts["duplicate" if run == run_no else "unchanged"] += 1
            met.append(row.id)
        else:
            fresh.append((row, digest is None))
        seen[row.id] = (row.digest, run_no)
    for refused in portion.refused:
        now = (refused.reason, refused.digest)
        counts["new_rejects"] += rejects.get(refused.key) != now
        rejects[refused.key] = now
    new = sum(is_new for _, is_new in fresh)
    stored = Stored(new, len(fresh) - new, counts["unchanged"], counts["duplicate"], counts["new_rejects"])
    return Verdict(fresh, met, stored)


def returned(deliveries: Sequence[Delivery], refusals: Sequence[Refusal]) -> dict[str, Refused]:
    """What is kept of the rows that the target refuses, by id: the record itself, to be sent again as it is."""
    if not refusals:
        return {}
    rows, made = {delivery.row.id: delivery.row for delivery in deliveries}, dict[str, Refused]()
    for refusal in refusals:
        row = rows[refusal.id]
        reason, posted = REFUSED + refusal.reason, datetime.fromisoformat(row.posted_at)
        made[row.id] = Refused(row.id, reason, refusal.said, row.digest, row.line, refusal.at, posted)
    return made
