"""What a user sets, how the API is reached with it, and which fields hold personal data."""

from collections.abc import Mapping

from attrs import frozen

from connector_core import Budget, Endpoint, Personal, section, setting


@frozen
class Connection:
    """How to reach the account."""

    key: str = setting(
        "API key: in Quince, under Account, API access.",
        example="${QUINCE_KEY}",
        secret=True,
        pattern=r"[\x21-\x7e]+",
        form="a key, without blanks or line ends",
    )
    base_url: str = setting(
        "Where the API is; another one for a simulator.",
        default="https://api.quince.example/v1",
        example="http://127.0.0.1:8750/v1",
        min_length=1,
    )


@frozen
class Source:
    """What to read."""

    surveys: tuple[str, ...] = setting(
        "Ids of surveys; empty means all of the account.", default=(), example=["srv_1"], unique=True
    )


@frozen
class Config:
    """The configuration of an import from Quince."""

    connection_details: Connection = section(Connection)
    data_source: Source = section(Source)


def endpoint(config: Config) -> Endpoint:
    """Where the API is, what every request carries, what it bears, and what its refusals mean."""
    return Endpoint(
        base_url=config.connection_details.base_url,
        headers={"X-Quince-Key": config.connection_details.key},
        budget=Budget(requests=100, seconds=60),  # documented: 120 a minute
        explain={
            401: "Quince does not know this key; check connection_details.key (Account, API access)",
            402: "The account's plan has no API access; ask its owner",
        },
    )


PERSONAL: Mapping[str, Personal] = {
    "email": "contact",
    "phone": "contact",
    "person.name": "author",
    "person.id": "author",
    "comment": "text",
    "surveys.name": "public",
}
