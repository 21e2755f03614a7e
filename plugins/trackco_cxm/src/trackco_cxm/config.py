"""The settings of the CXM source, and how they reach the API."""

from collections.abc import Mapping
from typing import Literal
from zoneinfo import ZoneInfo

from attrs import frozen

from connector_core import Budget, Endpoint, Personal, section, setting
from trackco_cxm._wire import Wire

_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def zone_problem(name: str) -> str | None:
    """Say that a name is no IANA time zone, with the nearest one that is; None when it is one."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; not a name; a folder or a file that is no zone
        nearest = _nearest_zone(name)
        return "must be an IANA time zone" + (f"; the nearest is {nearest}" if nearest else "")
    return None


def _nearest_zone(name: str) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415 - only for a message that is rarely needed
    from zoneinfo import available_timezones  # noqa: PLC0415 - the same

    # Etc/GMT-3 lies three hours EAST of Greenwich: nobody who types "GMT-3" means it.
    zones = {zone.casefold(): zone for zone in sorted(available_timezones()) if not zone.startswith("Etc/")}
    matches = get_close_matches(name.strip().casefold().replace(" ", "_"), zones, n=1, cutoff=0.5)
    return zones[matches[0]] if matches else None


@frozen
class ConnectionDetails:
    """How to reach the account (DOC; `base_url` is ours)."""

    token: str = setting(
        'API token: user menu, Apps, the app "API v2".',
        example="your-track-api-token",
        secret=True,
        pattern=r"[\x21-\x7e]+",
        form="a token, without blanks or line ends",
    )
    track_api: Literal["cxm"] = setting("Which of Track.co's APIs: this plugin reads the CXM API.", default="cxm")
    base_url: str = setting(
        "Another host: homologation, or a simulator.",
        default="https://api.track.co",
        pattern=r"https?://[^\s?#]+",
        form="an http(s) URL without a query",
    )


@frozen
class DataSource:
    """What to read (DOC)."""

    organization_id: str = setting(
        "UUID of the organization.",
        example="00000000-0000-4000-8000-000000000001",
        shapes=True,
        pattern=_UUID,
        form="a UUID",
    )
    surveys: tuple[str, ...] = setting(
        "Public hashes of the surveys to read; empty for all.",
        default=(),
        example=["AbCdEfGhIjKl"],
        pattern=r"[\s\S]*\S[\s\S]*",
        wrong="must hold no empty text",
    )
    time_zone: str = setting(
        "IANA name of the zone of dates that come without an offset.",
        default="UTC",
        example="America/Sao_Paulo",
        shapes=True,
        check=zone_problem,
    )


@frozen
class Metadata:
    """What ties an answer to a ticket (DOC)."""

    transaction_id_field: str | None = setting(
        "Attribute that holds the id of the external ticket.",
        default=None,
        example="ticket_id",
        shapes=True,
        min_length=1,
    )
    transaction_platform: str | None = setting(
        "Platform of that ticket.", default=None, example="Zendesk", shapes=True, min_length=1
    )


@frozen
class RequestBudget:
    """How many requests may be sent; all runs in one folder that use the token share it."""

    requests: int | None = setting(
        "ASSUMED: no rate limit is published; so many requests at the most, none by default.",
        default=None,
        example=600,
        minimum=1,
    )
    seconds: int = setting("In any period of so many seconds.", default=60, example=60, minimum=1)


@frozen
class Config:
    """The configuration file of the CXM source."""

    connection_details: ConnectionDetails = section(ConnectionDetails)
    data_source: DataSource = section(DataSource)
    metadata: Metadata = section(Metadata)
    budget: RequestBudget = section(RequestBudget)
    wire: Wire = section(Wire)


_WHERE_IT_IS = (
    'in Track.co open the user menu, Apps, install or open "API v2", copy a token to connection_details.token'
)


def endpoint(config: Config) -> Endpoint:
    """Where the API is, and what its refusals mean. A budget only where one is set: no rate limit is published."""
    limits = config.budget
    return Endpoint(
        base_url=config.connection_details.base_url,
        headers={"Authorization": f"Bearer {config.connection_details.token}"},
        budget=Budget(limits.requests, limits.seconds) if limits.requests is not None else None,
        explain={
            401: f"Track.co does not accept the token: {_WHERE_IT_IS}",
            403: f"the token may not read data_source.organization_id: check the id, or {_WHERE_IT_IS}",
        },
    )


PERSONAL: Mapping[str, Personal] = {
    "email": "contact",
    "mail": "contact",
    "alternative_email": "contact",
    "phone": "contact",
    "phone_number": "contact",
    "alternative_phone": "contact",
    "telephone": "contact",
    "telefone": "contact",
    "fone": "contact",
    "tel": "contact",
    "mobile": "contact",
    "cell": "contact",
    "cellphone": "contact",
    "celular": "contact",
    "celulares": "contact",
    "cel": "contact",
    "homephone": "contact",
    "mobilephone": "contact",
    "contact number": "contact",
    "telefono": "contact",
    "movil": "contact",
    "fax": "contact",
    "msisdn": "contact",
    "whatsapp": "contact",
    "whats": "contact",
    "wpp": "contact",
    "cpf": "contact",
    "cnpj": "contact",
    "cpfcnpj": "contact",
    "rg": "contact",
    "full name": "author",
    "customer name": "author",
    "nome completo": "author",
    "nome do cliente": "author",
    "customer.name": "author",
    "customer.identifier": "author",
    "customer.first_name": "author",
    "customer.last_name": "author",
    "customer.nome": "author",
    "answers.answer": "text",
    "answers.answer.comment": "text",
    "answers.answer.response": "text",
    "answers.comment": "text",
    "answers.response": "text",
    "data.name": "public",
    "data.description": "public",
    "survey.name": "public",
    "surveys.name": "public",
    "question": "public",
    "questions.options": "public",
    "questions.text": "public",
    "questions.title": "public",
}
"""The contract's own keys, and what accounts call such attributes in Portuguese or English (ours). `identifier` is what
the account calls a customer by, which may well be a CPF. What is public
stands in surveys: their names, and the words of their questions."""
