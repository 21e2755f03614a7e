"""Which requests go wrong, and how: data, and the seeded choice for each request."""

import threading
from collections import Counter
from typing import NamedTuple

from attrs import define, field, frozen

from trackco_simulator.draws import chance, pick, seeded

HARMLESS = ("gzip", "slow_drip", "wrong_content_type")
"""Odd, and within the rules: a client simply reads the body."""

PASSING = (
    "429", "429_date", "429_seconds", "500", "502", "503", "504",
    "corrupt_gzip", "html_200", "reset", "reset_mid_body", "truncated_json",
)  # fmt: skip
"""What goes away by itself, so that the same request, made again, is answered."""

FINAL = ("401", "405", "redirect_elsewhere")
"""What no repetition helps against; `405` is the CAPTCHA of the NPS API."""

ENDLESS = ("endless_body", "endless_drip", "gzip_bomb")
"""Bodies that have no end; the last one is small on the wire and unfolds a thousandfold."""

KINDS = frozenset(("refused", *HARMLESS, *PASSING, *FINAL, *ENDLESS))
"""All of them; `refused` closes the listening socket for a while."""


@frozen(kw_only=True)
class Faults:
    """What goes wrong, for whom and how often. The same seed hits the same requests, whichever threads make them."""

    seed: int
    kinds: tuple[str, ...] = field(default=(*HARMLESS, *PASSING))
    """From which is drawn, each as likely as the others."""
    rate: float = 0.25
    """The share of the requests that are hit."""
    after: int = 0
    """How many requests pass before anything goes wrong."""
    most: int | None = None
    """How many are hit at the most; none sets no bound."""
    in_a_row: int | None = 4
    """How often the same path and query are hit one time after the other, at the most; none sets no bound."""
    outage: float = 0.5
    """Seconds for which connections are refused."""

    @kinds.validator
    def _known(self, _: object, kinds: tuple[str, ...]) -> None:
        unknown = sorted(set(kinds) - KINDS)
        if unknown or not kinds:
            raise ValueError(f"no such fault: {', '.join(unknown)}; there are {', '.join(sorted(KINDS))}")


class Hit(NamedTuple):
    """A request that went wrong, and how."""

    path_qs: str
    kind: str


@define
class Dice:
    """Draws what becomes of each request; remembers how often each path and query came, and what was drawn."""

    faults: Faults | None = None
    hits: list[Hit] = field(factory=list, init=False)
    _asked: Counter[str] = field(factory=Counter, init=False)
    _in_a_row: Counter[str] = field(factory=Counter, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def roll(self, path_qs: str) -> str | None:
        """Return the fault that hits a request, if one does."""
        faults = self.faults
        if faults is None:
            return None
        with self._lock:
            self._asked[path_qs] += 1
            rng = seeded(faults.seed, path_qs, self._asked[path_qs])
            early = self._asked.total() <= faults.after
            spared = faults.in_a_row is not None and self._in_a_row[path_qs] >= faults.in_a_row
            spent = faults.most is not None and len(self.hits) >= faults.most
            if early or spared or spent or not chance(rng, faults.rate):
                self._in_a_row[path_qs] = 0
                return None
            self._in_a_row[path_qs] += 1
            kind = pick(rng, faults.kinds)
            self.hits.append(Hit(path_qs, kind))
            return kind
