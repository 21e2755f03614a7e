"""What must hold before a request: where it goes, what it carries, and through what it goes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import requests

from connector_core.endpoint import Endpoint
from connector_core.errors import ConfigError, SourceError
from connector_core.httptext import is_whole, origin, place, site

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def check(endpoint: Endpoint, session: requests.Session, *, allow_http: bool) -> None:
    """Find out before the first request what would fail every one.

    Raises:
        ConfigError: the endpoint cannot be used as it is.
    """
    scheme, host, _ = origin(endpoint.base_url)
    if not host:
        raise ConfigError(f"{endpoint.setting}: is no URL that can be called; write https://, a host, perhaps a port")
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


def whole_url(endpoint: Endpoint, path: str) -> str:
    """What a path stands for. A whole URL may leave the base path, as a redirect may, and not the host.

    Raises:
        SourceError: it is on another host, or leads out of where it begins.
    """
    base = endpoint.base_url
    url = path if is_whole(path) else base.rstrip("/") + "/" + path.lstrip("/")
    if origin(url) != origin(base):
        raise SourceError(
            f"the API names a page on another host, {site(url)}, not on {site(base)}; the token was not sent there."
            f" If that is right, set {endpoint.setting}",
            ends_run=True,
        )
    if ".." in unquote(urlsplit(url).path).split("/"):
        raise SourceError(f"{place(url)} leaves the API's base URL; nothing was sent there")
    return url
