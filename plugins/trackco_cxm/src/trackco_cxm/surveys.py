"""The surveys of an organization: which there are, and which can be imported."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from connector_core import Json, Partition, SourceError, Unimportable
from trackco_cxm import scalars
from trackco_cxm._wire import Wire
from trackco_cxm.config import Config
from trackco_cxm.listing import Listing
from trackco_cxm.paging import Pager
from trackco_cxm.proof import Known, id_of
from trackco_cxm.questions import language_of, scored_questions, text_of

if TYPE_CHECKING:
    from connector_core import HttpClient


def survey_list(config: Config) -> Listing:
    """The list of all surveys with their questions (DOC: `include_questions`)."""
    organization = config.data_source.organization_id
    return Listing(
        path=config.wire.surveys_path.replace("{organization}", quote(organization, safe="")),
        params={"include_questions": "true"},
        id_key="uuid",
        place="the list of surveys",
        missing="there is no such organization: check data_source.organization_id, connection_details.base_url and"
        " wire.surveys_path",
    )


def read_surveys(config: Config, http: "HttpClient") -> list[Json]:
    """Every survey of the organization, once, archived ones included: they may hold answers.

    Raises:
        SourceError: the list cannot be read, or not all of it.
    """
    listing, found = survey_list(config), dict[str, Json]()
    for page in Pager(http, config.wire).read_all(listing, Known()):
        for record in page.records:
            found[id_of(record, "uuid") or hash_of(record) or f"entry {len(found) + 1} of the list"] = record
    return list(found.values())


def hash_of(survey: Json) -> str | None:
    """The public hash by which a survey is chosen (DOC), or None."""
    return id_of(survey, "public_hash")


def title_of(survey: Json, wire: Wire) -> str:
    """The name of a survey, else its public hash."""
    if not isinstance(survey, dict):
        return ""
    return text_of(survey.get(wire.survey_name_key), language_of(survey, wire)) or hash_of(survey) or ""


def fault(survey: Json, wire: Wire) -> str | None:
    """Why a survey cannot be imported, or None when it can."""
    if hash_of(survey) is None:
        return "has no public_hash"
    if not isinstance(survey.get(wire.survey_questions_key), list):
        return f"came without its questions; check wire.survey_questions_key ({wire.survey_questions_key})"
    scored = scored_questions(survey, wire)
    if len(scored) != 1:
        return f"holds {len(scored)} questions of type nps or csat, must be exactly one"
    return None if scalars.text(scored[0].get("uuid")) else "its question of type nps or csat has no uuid"


def list_partitions(config: Config, http: "HttpClient") -> list[Partition | Unimportable]:
    """One partition for each survey, all of them or the listed ones, in the list's order or the user's.

    Raises:
        SourceError: the list cannot be read, or a survey that the user listed is not there or cannot be imported.
    """
    wire, surveys = config.wire, read_surveys(config, http)
    if config.data_source.surveys:
        surveys = _chosen(config, surveys)
    found: list[Partition | Unimportable] = []
    for position, survey in enumerate(surveys, 1):
        key, title, reason = hash_of(survey), title_of(survey, wire), fault(survey, wire)
        if key is None or reason is not None:
            known_as = key or id_of(survey, "uuid") or f"entry {position} of the list"
            found.append(Unimportable(known_as, title, reason or ""))
        else:
            found.append(Partition(key, title, survey))
    return found


def _chosen(config: Config, surveys: Sequence[Json]) -> list[Json]:
    by_hash = {hash_of(survey): survey for survey in surveys}
    listed = chosen_hashes(config)
    faults = [f"{key} {reason}" for key in listed if (reason := choice_fault(key, surveys, config.wire))]
    if faults:
        raise SourceError(f"data_source.surveys: {'; '.join(faults)}")
    return [by_hash[key] for key in listed]


def chosen_hashes(config: Config) -> list[str]:
    """The public hashes of the surveys that the user listed, each once."""
    return list(dict.fromkeys(key.strip() for key in config.data_source.surveys))


def choice_fault(key: str, surveys: Sequence[Json], wire: Wire) -> str | None:
    """Why a survey that the user listed cannot be imported, or None when it can."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for a message that is rarely needed

    by_hash = {found: survey for survey in surveys if (found := hash_of(survey))}
    if key in by_hash:
        return fault(by_hash[key], wire)
    meant = [found for found, survey in by_hash.items() if id_of(survey, "uuid") == key]
    meant = meant or get_close_matches(key, by_hash, n=1)
    return f"is not among the {len(surveys)} public hashes found" + (f" (did you mean {meant[0]}?)" if meant else "")
