"""Under the vendor's own names: an unmodified client that is given the environment reaches the simulator."""

from collections.abc import Iterator

import pytest
import requests

from trackco_simulator import ORGANIZATION_ID, TOKEN, Server, generate_nps, golden_cxm, serve

HEADERS = {"Authorization": f"Bearer {TOKEN}"}
SURVEYS = f"/v1/organizations/{ORGANIZATION_ID}/surveys"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve([golden_cxm(), generate_nps(1, 5)], tls=True) as running:
        yield running


@pytest.fixture
def client(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[requests.Session]:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    with requests.Session() as session:
        session.headers.update(HEADERS)
        yield session


@pytest.mark.parametrize(
    "url",
    [
        f"https://api.track.co{SURVEYS}",
        f"https://hmg-api.track.co{SURVEYS}",
        "https://api.tracksale.co/v2/campaign",
    ],
)
def test_each_of_the_vendors_hosts_is_here(url: str, client: requests.Session) -> None:
    assert client.get(url, timeout=10).status_code == 200


def test_a_host_serves_its_own_api_alone(client: requests.Session) -> None:
    assert client.get(f"https://api.tracksale.co{SURVEYS}", timeout=10).status_code == 404
    assert client.get("https://api.track.co/v2/campaign", timeout=10).status_code == 404


def test_no_other_host_is_let_through(client: requests.Session) -> None:
    with pytest.raises(requests.exceptions.ProxyError):
        client.get("https://www.example.com/", timeout=10)


def test_the_certificate_is_checked(client: requests.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(requests.exceptions.SSLError):
        client.get(f"https://api.track.co{SURVEYS}", timeout=10)


def test_without_tls_there_is_no_environment() -> None:
    with serve(golden_cxm()) as plain:
        assert plain.environment == {}
