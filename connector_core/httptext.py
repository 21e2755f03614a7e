"""What HTTP says in text, as values: places, origins, links, dates and waits."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import requests

_PORTS = {"http": 80, "https": 443}
_LINK = re.compile(r'<([^<>]*)>((?:"[^"]*"|[^"<,])*)')
_REL = re.compile(r'"[^"]*"|;\s*rel\s*=\s*("[^"]*"|[^\s";]*)', re.IGNORECASE)


def place(url: str) -> str:
    """A URL as errors show it: no query, no user and no password."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port; of what is no URL, nothing that equals a real one."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return "", None, None


def joined(url: str, location: str) -> str:
    """Where a redirect or a link leads; nowhere, if that is no URL."""
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def redirect_of(session: requests.Session, answer: requests.Response) -> str:
    """Where an answer redirects to, empty if it does not; a `Location` in no charset that can be told leads nowhere."""
    try:
        return session.get_redirect_target(answer) or ""
    except UnicodeError:
        return "http://["  # which is none


def site(url: str) -> str:
    """Scheme, host and port of a URL, in words where it is none."""
    scheme, host, port = origin(url)
    return f"{scheme}://{host}" + (f":{port}" if port != _PORTS.get(scheme) else "") if host else "what is no URL"


def is_whole(path: str) -> bool:
    """Whether this is a whole URL, and no path."""
    return path[:8].lower().startswith(("https://", "http://"))


def links(url: str, header: str | None) -> dict[str, str]:
    """The whole URLs of a `Link` header (RFC 8288) by their relation; of two with one relation, the first."""
    found: dict[str, str] = {}
    for target, parameters in _LINK.findall(header or ""):
        for relation in " ".join(_REL.findall(parameters)).replace('"', "").lower().split():
            found.setdefault(relation, joined(url, target))
    return found


def http_date(text: str | None) -> datetime | None:
    """An HTTP date, aware UTC; None when absent or unreadable."""
    try:
        date = parsedate_to_datetime(text) if text else None
        return date and (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds from either form of `Retry-After`; None when absent or unreadable."""
    if text and text.strip().isdecimal():
        return float(text)
    until = http_date(text)
    return max(0.0, (until - now).total_seconds()) if until else None
