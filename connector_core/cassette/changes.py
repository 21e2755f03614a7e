"""What scrubbing changed: where, how often, and whether it was a secret. Never a value."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import frozen

from connector_core import jsontext
from connector_core.cassette.scrub import LEFT_OUT, REDACTED
from connector_core.model import Json

_SHOWN = 30
"""Fields that are shown to a person; the rest is counted."""


@frozen
class Change:
    """One place of which a value was replaced: the dotted path of a field, `?name` of a parameter, `/` of a path."""

    where: str
    secret: bool = False


@frozen
class Recorded:
    """What a recording holds and what was taken out of it.

    Attributes:
        path: the file.
        interactions: how many.
        left_out: bodies that were left out since they are no JSON.
        changes: how often each was made.
    """

    path: str
    interactions: int
    left_out: int
    changes: Mapping[Change, int]

    def counts(self, *, secret: bool) -> dict[str, int]:
        """How many values of each place were replaced, as secrets or as personal data."""
        return {change.where: n for change, n in sorted(self.changes.items(), key=str) if change.secret == secret}

    def as_text(self) -> str:
        """A short table for a person."""
        lines = [f"Recorded {self.interactions:,} interactions in {self.path}"]
        for title, secret in (("stand-ins", False), ("secrets redacted", True)):
            rows = [f"  {number:>8,}  {where}" for where, number in self.counts(secret=secret).items()]
            more = [f"            and {len(rows) - _SHOWN:,} more fields"] if len(rows) > _SHOWN else []
            lines += [f"  {title}:", *rows[:_SHOWN], *more] if rows else [f"  {title}: none was found"]
        lines += [f"  bodies that are no JSON, left out: {self.left_out:,}"] if self.left_out else []
        return "\n".join(lines)


def in_body(before: bytes, after: bytes) -> Counter[Change]:
    """What was replaced in a body."""
    if after in (before, LEFT_OUT):
        return Counter()
    try:
        return Counter(in_json(jsontext.decode(before), jsontext.decode(after)))
    except ValueError:  # no JSON, of which only secrets were taken
        return Counter(_one("body", before.decode(errors="replace"), after.decode(errors="replace")))


def in_json(before: Json, after: Json, path: str = "") -> Iterator[Change]:
    """Each change of a JSON value, its fields named as they are after it; the indexes of lists are left out."""
    if isinstance(before, dict) and isinstance(after, dict) and len(before) == len(after):
        for (name, old), (cleaned, new) in zip(before.items(), after.items(), strict=True):
            place = f"{path}.{cleaned}" if path else cleaned
            yield from _one(f"{place} (the name)", name, cleaned)
            yield from in_json(old, new, place)
    elif isinstance(before, list) and isinstance(after, list):
        for old, new in zip(before, after, strict=True):
            yield from in_json(old, new, path)
    else:
        yield from _one(path or "body", before, after)


def in_url(before: str, after: str) -> Counter[Change]:
    """What was replaced in a URL; one that cannot be read was replaced whole."""
    if before == after:
        return Counter()
    try:
        old, new = urlsplit(before), urlsplit(after)
    except ValueError:
        return Counter([Change("/", secret=True)])
    pairs = zip_longest(*(parse_qsl(parts.query, keep_blank_values=True) for parts in (old, new)), fillvalue=("", ""))
    found = Counter(_one("/", old.netloc.rpartition("@")[2] + unquote(old.path), new.netloc + unquote(new.path)))
    for (_, value), (name, cleaned) in pairs:
        found.update(_one(f"?{name}", value, cleaned))
    if "@" in old.netloc:
        found[Change("user and password", secret=True)] += 1
    return found


def in_headers(before: Mapping[str, str], after: Mapping[str, str]) -> Counter[Change]:
    """What was replaced in headers."""
    return Counter(change for name in before for change in _one(f"{name}:", before[name], after[name]))


def _one(where: str, before: Json, after: Json) -> Iterator[Change]:
    if before != after:
        yield Change(where, secret=REDACTED in str(after) and REDACTED not in str(before))
