"""A made-up account of any size: what its surveys ask, and each of its answers, from nothing but its number.

An answer is a template and six values, so that a server can write a million of them in a second without holding them.
All numbers in a body have a fixed width: how long a list is, is known before it is written.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import shake_128
from typing import Any

from attrs import field, frozen
from wording import CITIES, COMMENTS, FIRST, LAST, OPEN, REASONS, marked

ORGANIZATION = "6f1c0a52-9d0e-4b57-8a3c-2f7d1e5b9a10"
ZONE = "America/Sao_Paulo"
"""In it the dates are read, which have no offset. Its clocks changed twice a year until 2019."""

BLOCK = 1_000
VARIANTS = 509
"""So many texts; a prime, so that no page holds the same ones at the same places as another."""


@frozen
class Survey:
    """One survey: the answers `base` to `base + size - 1` of the account."""

    number: int
    base: int
    size: int

    @property
    def public_hash(self) -> str:
        """By which it is asked for."""
        return f"Bench{self.number:07d}"

    @property
    def kind(self) -> str:
        """The type of its scored question."""
        return ("csat", "nps")[self.number % 2]

    def question(self, position: int) -> str:
        """The uuid of its question at a position."""
        return f"00000000-0000-4000-b{position:03d}-{self.number:012d}"

    def definition(self) -> dict[str, Any]:
        """As the list of surveys tells of it."""
        scale = (1, 5) if self.kind == "csat" else (0, 10)
        asked = (
            (self.kind, "Como você avalia o nosso atendimento?", scale),
            ("open", "O que podemos melhorar?", None),
            ("multiple_choice", "O que pesou na sua nota?", None),
            ("ratings", "Quão útil é o produto?", (1, 5)),
            ("thumbs", "Sua solicitação foi resolvida?", None),
        )
        questions = [
            {"uuid": self.question(position), "type": kind, "question": {"pt_BR": text, "en_US": f"({kind})"}}
            | ({"min_scale": ends[0], "max_scale": ends[1]} if ends else {})
            for position, (kind, text, ends) in enumerate(asked)
        ]
        return {
            "uuid": f"00000000-0000-4000-a000-{self.number:012d}", "public_hash": self.public_hash,
            "name": f"Pós-venda {self.number + 1}", "status": "active", "default_lang": "pt_BR", "questions": questions,
        }  # fmt: skip


@frozen
class Account:
    """A CXM account whose answers lie evenly in `days` from `first` on, by their survey's wall clock.

    Attributes:
        answers: of all surveys together.
        random_ids: ids like uuid4, in no order; otherwise they count upwards.
        edition: another one has the same answers, each of them edited.
    """

    answers: int = 100_000
    count: int = 1
    random_ids: bool = True
    first: datetime = datetime(2017, 1, 1)  # noqa: DTZ001 - a wall clock
    days: int = 730
    edition: int = 0
    surveys: tuple[Survey, ...] = field(init=False)

    @surveys.default
    def _surveys(self) -> tuple[Survey, ...]:
        bounds = [self.answers * number // self.count for number in range(self.count + 1)]
        return tuple(Survey(n, bounds[n], bounds[n + 1] - bounds[n]) for n in range(self.count))

    def survey(self, public_hash: str) -> Survey | None:
        """The survey of a public hash, or None."""
        return next((survey for survey in self.surveys if survey.public_hash == public_hash), None)

    def position(self, survey: Survey, moment: datetime) -> int:
        """How many of a survey's answers were given before a moment."""
        seconds = (moment - self.first) // timedelta(seconds=1)
        return max(0, min(survey.size, -(-seconds * survey.size // (self.days * 86_400))))

    def _moment(self, survey: Survey, index: int) -> tuple[str, int]:
        """The day, and the second of it, of a survey's answer."""
        days, second = divmod(index * self.days * 86_400 // survey.size, 86_400)
        return _day(self.first, days), second

    def written(self, survey: Survey, first: int, end: int) -> Iterator[bytes]:
        """A survey's answers from one to before another, as JSON."""
        templates = _templates(survey.kind, survey.number)
        ids = self._ids(survey.base + first, survey.base + end)
        for index in range(first, end):
            number = survey.base + index
            day, second = self._moment(survey, index)
            clock = f"{day} {second // 3600:02d}:{second % 3600 // 60:02d}:{second % 60:02d}".encode()
            took = (number + self.edition) % 90_000 + 10_000
            yield templates[number % VARIANTS] % (next(ids), took, clock, clock, number, number)

    def length(self, survey: Survey, first: int, end: int) -> int:
        """How many bytes these are, without what stands between them."""
        sums = _lengths(survey.kind, survey.number)
        low, high = survey.base + first, survey.base + end
        return sum((n // VARIANTS) * sums[-1] * sign + sums[n % VARIANTS] * sign for n, sign in ((high, 1), (low, -1)))

    def _ids(self, first: int, end: int) -> Iterator[bytes]:
        """The ids of the account's answers from one to before another."""
        if not self.random_ids:
            yield from (b"00000000-0000-4000-8000-%012x" % number for number in range(first, end))
            return
        for block in range(first // BLOCK, -(-end // BLOCK)):
            digits = shake_128(b"%d" % block).hexdigest(16 * BLOCK)
            for number in range(max(first - block * BLOCK, 0), min(end - block * BLOCK, BLOCK)):
                d = digits[32 * number : 32 * number + 32]
                yield f"{d[:8]}-{d[8:12]}-4{d[13:16]}-a{d[17:20]}-{d[20:]}".encode()


@lru_cache(maxsize=8192)
def _day(first: datetime, days: int) -> str:
    return f"{first + timedelta(days=days):%Y-%m-%d}"


@lru_cache(maxsize=256)
def _templates(kind: str, survey: int) -> list[bytes]:
    return [marked(_interaction(Survey(survey, 0, 1), kind, variant)) for variant in range(VARIANTS)]


@lru_cache(maxsize=256)
def _lengths(kind: str, survey: int) -> list[int]:
    """How many bytes the first 0, 1, 2 ... variants have together."""
    sums = [0]
    for template in _templates(kind, survey):
        sums.append(sums[-1] + len(template % (b"-" * 36, 10_000, b"-" * 19, b"-" * 19, 0, 0)))
    return sums


def _interaction(survey: Survey, kind: str, n: int) -> dict[str, Any]:
    """One interaction, its own values left open."""
    score = n % 5 + 1 if kind == "csat" else n % 11
    scored = {"response": str(score) if n % 3 else score} | (
        {"comment": COMMENTS[n % 3].format(n % 31 + 1)} if n % 4 else {}
    )
    useful = {"response": str(n % 5 + 1)} | ({"comment": f"Uso {n % 7} vezes por semana."} if n % 5 == 0 else {})
    answers: list[tuple[str, Any]] = [
        (kind, scored),
        ("open", {"response": OPEN[n % 2].format(n % 40)}),
        ("multiple_choice", {"response": [REASONS[n % 6], REASONS[(n + 1 + n % 5) % 6]]}),
        ("ratings", useful),
        ("thumbs", {"response": ("up", "down")[n % 3 == 0]}),
    ]
    return {
        "uuid": "@s", "survey_public_hash": survey.public_hash, "status": 3 if n % 20 else 5, "language": "pt_BR",
        "channel": ("email", "whatsapp", "widget")[n % 3], "response_time": "@n5", "answered_at": "@s",
        "updated_at": "@s",
        "customer": {
            "name": f"{FIRST[n % 7]} {LAST[n % 4]}", "email": f"fulana{n}@example.com", "phone": "5500000000000",
            "identifier": "CLI-@7", "segment": ("Varejo", "Indústria")[n % 2],
        },
        "metadata": {"ticket_id": "T-@7", "produto": "Assinatura", "cidade": CITIES[n % 5], "loja": n % 300},
        "answers": [
            {"question_uuid": survey.question(position), "type": type_, "answer": answer}
            for position, (type_, answer) in enumerate(answers)
        ],
    }  # fmt: skip
