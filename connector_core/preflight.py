"""What must hold before the first request: where it goes, what it carries, and through what it goes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from connector_core.endpoint import Endpoint
from connector_core.errors import ConfigError
from connector_core.httptext import origin

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def check(endpoint: Endpoint, session: requests.Session, *, allow_http: bool) -> None:
    """Find out before the first request what would fail every one.

    Raises:
        ConfigError: the endpoint cannot be used as it is.
    """
    scheme, host, _ = origin(endpoint.base_url)
    if scheme != "https" and not (scheme == "http" and (allow_http or host in _LOOPBACK)):
        raise ConfigError(
            f"{endpoint.setting}: only https:// is allowed, except for this machine itself;"
            " --allow-http sends the token where others can read it"
        )
    try:
        "".join(endpoint.headers.values()).encode("ascii")
        session.prepare_request(requests.Request("GET", endpoint.base_url))
    except (UnicodeEncodeError, requests.exceptions.InvalidHeader):
        section = endpoint.setting.rpartition(".")[0] or endpoint.setting
        raise ConfigError(f"{section}: the token holds what no HTTP header can; copy it again") from None
    except requests.RequestException:
        raise ConfigError(f"{endpoint.setting}: is no URL that can be called") from None


def surroundings(endpoint: Endpoint, session: requests.Session) -> Mapping[str, Any]:
    """The proxies and authorities that the environment names; certificates are verified whatever it says.

    Raises:
        ConfigError: it names authorities that are not there.
    """
    settings = session.merge_environment_settings(endpoint.base_url, {}, stream=True, verify=None, cert=None)
    bundle = settings["verify"]
    if isinstance(bundle, str) and not Path(bundle).exists():
        raise ConfigError("REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE in the environment: names what is not there")
    return settings
