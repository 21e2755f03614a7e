"""The settings, as Birdie's page shows them (DOC), and how the host reaches the API with them."""

import difflib
import zoneinfo
from collections.abc import Mapping
from typing import Literal

from attrs import frozen

from connector_core import Budget, Endpoint, Personal, section, setting
from trackco_nps._wire import ACCOUNT_ZONE, Wire


def zone_problem(name: str) -> str | None:
    """What is wrong with the name of a time zone, or None."""
    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = difflib.get_close_matches(name, sorted(zoneinfo.available_timezones()), 1, cutoff=0.5)
        return "must be an IANA time zone" + (f" (did you mean {near[0]}?)" if near else f" such as {ACCOUNT_ZONE}")
    return None


@frozen
class Connection:
    """How to reach the account."""

    token: str = setting(
        'API token: user menu, Apps, "Instalar API v2", select or create a token.',
        example="your-track-api-token",
        secret=True,
        pattern=r"[\x21-\x7e]+",
        form="a token, without blanks or line ends",
    )
    track_api: Literal["nps"] = setting("Which of Track.co's APIs; here always nps.", default="nps", example="nps")
    base_url: str = setting(
        "Where the API is; another host for a simulator.",
        default="https://api.tracksale.co/v2",
        example="http://127.0.0.1:8080/v2",
        min_length=1,
    )


@frozen
class DataSource:
    """What to read."""

    campaigns: tuple[int, ...] = setting(
        "Campaign codes; empty means all campaigns of the account.",
        default=(),
        example=[123, 456],
        minimum=1,
        wrong="campaign codes are positive whole numbers",
    )
    time_zone: str = setting(
        "IANA zone of the account, whose days the API takes; for --check and --reconcile only, answers carry instants.",
        default=ACCOUNT_ZONE,
        example="America/Sao_Paulo",
        check=zone_problem,
    )


@frozen
class Metadata:
    """Which tag ties an answer to a ticket."""

    transaction_id_field: str | None = setting(
        "Name of the tag that holds the external ticket id.",
        default=None,
        example="ticket_id",
        shapes=True,
        min_length=1,
    )
    transaction_platform: str | None = setting(
        "The platform that holds the ticket.", default=None, example="Zendesk", shapes=True, min_length=1
    )


@frozen
class RequestBudget:
    """How many requests may be sent; all runs that use the token and share a state directory share it."""

    requests: int = setting(
        "So many requests at the most (DOC: 1000 in 5 minutes; 900 leaves head room to others that use the token).",
        default=900,
        example=450,
        minimum=1,
    )
    seconds: int = setting("In any period of so many seconds (DOC: 300).", default=300, example=300, minimum=1)


@frozen
class Config:
    """The configuration of an import from the NPS API."""

    connection_details: Connection = section(Connection)
    data_source: DataSource = section(DataSource)
    metadata: Metadata = section(Metadata)
    budget: RequestBudget = section(RequestBudget)
    wire: Wire = section(Wire)


_UNKNOWN = (
    "Track.co does not accept the token; check connection_details.token"
    ' (user menu, Apps, "Instalar API v2", select or create a token)'
)
_EXHAUSTED = (
    "Track.co's rate limit of 1000 requests in 5 minutes is used up, which it shows as a CAPTCHA page that no retry"
    " clears; wait five minutes and run the same command again: progress is kept."
    " Another client may be using the same token"
)


def endpoint(config: Config) -> Endpoint:
    """Where the API is, what every request carries, and what its refusals mean (DOC: `bearer`, in lower case)."""
    return Endpoint(
        base_url=config.connection_details.base_url,
        headers={"Authorization": f"bearer {config.connection_details.token}"},
        budget=Budget(config.budget.requests, config.budget.seconds, exhausted=405),
        explain={401: _UNKNOWN, 403: _UNKNOWN, 405: _EXHAUSTED},
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
    "name": "author",
    "nome": "author",
    "identification": "author",
    "assignee": "author",
    "nps_comment": "text",
    "campaign_name": "public",
    "categories.name": "public",
    "justifications.name": "public",
    "children.name": "public",
    "description": "public",
    "questions.question": "public",
    "questions.secondary": "public",
    "questions.title": "public",
}
"""The answer's own keys (PAYLOAD), and what accounts call such things in their tags (ours). `identification` is what
the account calls a customer by, which may well be a CPF. What is public are the words of campaigns: their questions,
and the reasons among which customers choose. A campaign's `name` stands where an answer's does, so it is not."""
