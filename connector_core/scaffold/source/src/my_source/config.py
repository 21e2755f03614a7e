"""What a user sets, how the API is reached with it, and which fields hold personal data."""

from collections.abc import Mapping

from attrs import frozen

from connector_core import Budget, Endpoint, Personal, section, setting


@frozen
class Connection:
    """How to reach the account."""

    token: str = setting("API token.", example="${MY_SOURCE_TOKEN}", secret=True, min_length=1)
    base_url: str = setting(
        "Where the API is; another one for a simulator.", default="https://api.my-source.example/v1", min_length=1
    )


@frozen
class Config:
    """The configuration of an import from My Source."""

    connection_details: Connection = section(Connection)


def endpoint(config: Config) -> Endpoint:
    """Where the API is, what every request carries, how often it may be asked, and what its refusals mean."""
    return Endpoint(
        base_url=config.connection_details.base_url,
        headers={"Authorization": f"Bearer {config.connection_details.token}"},
        budget=Budget(requests=100, seconds=60),
        explain={401: "My Source does not know this token; check connection_details.token"},
    )


PERSONAL: Mapping[str, Personal] = {
    "email": "contact",
    "phone": "contact",
    "person.name": "author",
    "person.id": "author",
    "comment": "text",
    "surveys.name": "public",
}
"""By the names that the API gives them: what it holds of people, and which texts are nobody's."""
