"""What is ASSUMED of the API because no page, client or payload that we could read says it. Nothing else assumes it.

Every value can be set in the configuration; `check` says against a real account which of them held.
"""

from collections.abc import Iterable, Mapping

from attrs import frozen

from connector_core import Json, SourceError, setting
from trackco_nps.chunks import Chunk, day_after

ACCOUNT_ZONE = "America/Sao_Paulo"
"""ASSUMED: the zone whose days `start` and `end` name; the default of `data_source.time_zone`. `check` compares with
it, and `count` counts its days; reading asks for a day more at both ends of a window, enough for any zone on earth."""

ENVELOPE = "data"
"""Lists come bare (DOC, CLIENT); one that came in an object, under the key of the CXM API, would be read too (ours)."""


@frozen
class Wire:
    """The assumptions that need a setting of their own."""

    csat_types: tuple[str, ...] = setting(
        "ASSUMED: types of a campaign's question (`questions[].type`, any case) that make it csat; all others are nps.",
        default=("csat",),
        example=["csat"],
        shapes=True,
        min_length=1,
    )
    last_day_included: bool = setting(
        "ASSUMED (clients rely on it, no page says it): the day that `end` names is included.",
        default=True,
        example=False,
    )
    compare_counts: bool = setting(
        "ASSUMED: /report/nps counts the answers, those with a score from 0 to 10, that /report/answer has for the same"
        " days; false: nothing is compared, and a silent limit of the API shows only where it is a round number.",
        default=True,
        example=False,
    )

    def days(self, code: str, part: Chunk) -> Mapping[str, str | None]:
        """The part of a query that selects a campaign's answers of some days."""
        end = part.last if self.last_day_included else day_after(part.last)
        return {"codes": code, "start": part.first.isoformat() if part.first else None, "end": end.isoformat()}


def rows(body: Json, place: str) -> Iterable[Json]:
    """The list that a body holds, bare or in an envelope; also one that is not in memory.

    Raises:
        SourceError: it holds none.
    """
    found = body.get(ENVELOPE) if isinstance(body, dict) else body
    if isinstance(found, Iterable) and not isinstance(found, str | dict):
        return found
    raise SourceError(
        f"{place} is JSON, but no list of records; check that connection_details.base_url is that of the NPS API (V2)"
    )
