"""Campaigns: listing them, and reading what their definitions say."""

import difflib
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Literal

from connector_core import Json, Partition, SourceError, Unimportable, hookimpl
from trackco_nps import text, values
from trackco_nps._wire import Wire, rows
from trackco_nps.config import Config

if TYPE_CHECKING:
    from connector_core import HttpClient

NPS_TYPES = frozenset({"nps", "nps_relational"})
"""Question types that give kind nps (DOC)."""


@hookimpl
def partitions(config: Config, http: "HttpClient") -> list[Partition | Unimportable]:
    """One partition for each campaign of the account, or for each that the configuration lists.

    Raises:
        SourceError: a listed campaign is not there.
    """
    importable, rest = sort_out(list_campaigns(http))
    wanted = list(dict.fromkeys(str(code) for code in config.data_source.campaigns))
    missing = [code for code in wanted if code not in importable]
    if missing:
        raise SourceError(f"data_source.campaigns: {not_found(missing, importable)}", ends_run=True)
    return [importable[code] for code in wanted] if wanted else [*importable.values(), *rest]


def list_campaigns(http: "HttpClient") -> list[Json]:
    """All campaigns of the account, as the API gives them, in one request."""
    return list(rows(http.get("campaign").body, "the list of campaigns"))


def sort_out(campaigns: list[Json]) -> tuple[dict[str, Partition], list[Unimportable]]:
    """The campaigns that can be read, by code, and those that cannot. Of two with one code the first counts."""
    importable: dict[str, Partition] = {}
    rest = []
    for position, campaign in enumerate(campaigns):
        definition = campaign if isinstance(campaign, dict) else {}
        code, name = values.code(definition.get("code")), text.name(definition.get("name")) or ""
        if code is None:
            place = f"campaign[{position}]"
            rest.append(
                Unimportable(place, name.strip() or place, "it has no code, by which its answers would be asked for")
            )
        else:
            importable.setdefault(code, Partition(code, name.strip() or f"Campaign {code}", definition))
    return importable, rest


def not_found(missing: Iterable[str], known: Iterable[str]) -> str:
    """One line on campaign codes that are not there, with the nearest ones that are."""
    codes = sorted(known, key=int)
    near = sorted(
        {code for wrong in missing for code in difflib.get_close_matches(wrong, codes, 2, cutoff=0.5)}, key=int
    )
    if near:
        hint = f"the nearest of its {len(codes)} are {', '.join(near)}"
    else:
        hint = f"it has {len(codes)}, from {codes[0]} to {codes[-1]}" if codes else "it has none that can be read"
    return f"there is no campaign {', '.join(missing)} in the token's account; {hint}"


def answer_count(campaign: Json) -> int | None:
    """The campaign's own counter of its answers (PAYLOAD), or None."""
    count = _key(campaign, "answers")
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None


def created_on(campaign: Json) -> date | None:
    """The day, in UTC, on which the campaign was created (PAYLOAD), or None."""
    created = values.instant(_key(campaign, "create_time"))
    return created.date() if created else None


def scored_question(campaign: Json, wire: Wire) -> tuple[Literal["nps", "csat"], str | None]:
    """The kind of a campaign's answers, and the text of the question that they score, where it has one.

    It is the first question of a scored type; a campaign without any is nps (ASSUMED).
    """
    csat_types = {name.strip().lower() for name in wire.csat_types}
    questions = _key(campaign, "questions")
    for question in questions if isinstance(questions, list) else ():
        of = _key(question, "type")
        given = of.strip().lower() if isinstance(of, str) else ""
        if given in csat_types or given in NPS_TYPES:
            asked = text.name(_key(question, "question")) or ""
            return ("csat" if given in csat_types else "nps"), asked.strip() or None
    return "nps", None


def _key(value: Json, name: str) -> Json:
    return value.get(name) if isinstance(value, dict) else None
