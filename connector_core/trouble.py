"""Why a server could not be reached, in plain words: from the exceptions of three libraries to one of a few."""

import socket
import ssl
from collections.abc import Iterator

import requests
from urllib3 import exceptions

from connector_core.errors import SourceError, TransientError
from connector_core.retry import Trouble

_KINDS: tuple[tuple[Trouble, tuple[type[BaseException], ...]], ...] = (
    ("certificate", (ssl.SSLCertVerificationError,)),
    ("proxy", (requests.exceptions.ProxyError, exceptions.ProxyError)),
    ("dns", (exceptions.NameResolutionError, socket.gaierror)),
    ("refused", (ConnectionRefusedError,)),
    ("timeout", (TimeoutError, requests.Timeout, exceptions.TimeoutError)),
    ("tls", (ssl.SSLError, requests.exceptions.SSLError, exceptions.SSLError)),
)
"""From the most telling to the least; what is none of them broke off."""

_WORDS: dict[Trouble, str] = {
    "proxy": "the proxy that the environment names (HTTPS_PROXY) does not let us through; check it",
    "dns": "its name cannot be resolved; check the base URL and the network, then run it again",
    "refused": "it refuses connections; check the base URL, or run it again later",
    "timeout": "no whole answer came in time; run the same command again later",
    "tls": "the encrypted connection failed (TLS); run it again, and ask who runs the network if it stays",
    "broken": "the connection broke off; check the network, then run it again",
}


def trouble_of(error: BaseException) -> Trouble:
    """What an exception means, looked for in all that led to it."""
    chain = list(_chain(error))
    return next((kind for kind, types in _KINDS if any(isinstance(one, types) for one in chain)), "broken")


def unreachable(where: str, trouble: Trouble) -> SourceError | TransientError:
    """The error to raise if a server stays out of reach."""
    if trouble == "certificate":
        return SourceError(
            f"{where} shows a certificate that is not trusted, so nothing was sent; if your network has an authority"
            " of its own, name its file in REQUESTS_CA_BUNDLE",
            ends_run=True,
        )
    return TransientError(f"{where} cannot be reached: {_WORDS[trouble]}", ends_run=False)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and those it wraps, each way that requests and urllib3 do so."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            inner = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
            waiting += [each for each in inner if isinstance(each, BaseException)]
