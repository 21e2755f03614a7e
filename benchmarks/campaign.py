"""A made-up account of the NPS API: one campaign, all of whose answers were given on one day."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from attrs import frozen
from wording import CITIES, COMMENTS, FIRST, LAST, marked


@frozen
class Campaign:
    """An NPS account of one campaign, all of whose answers were given on one day."""

    answers: int = 500_000
    code: int = 42
    created: int = 1_527_822_000  # 2018-06-01 00:00 in São Paulo
    day: str = "2018-06-15"
    _begin: int = 1_529_031_600  # that day's first second

    def definition(self) -> dict[str, Any]:
        """As the list of campaigns tells of it."""
        return {
            "code": self.code, "name": "Loja", "description": "", "answers": self.answers, "create_time": self.created,
            "questions": [{"type": "nps", "title": "", "question": "De 0 a 10, quanto recomendaria?", "secondary": ""}],
        }  # fmt: skip

    def report(self, count: int) -> dict[str, int]:
        """How many of the first so many answers are detractors, passives and promoters."""
        scores = [count // 11 + (score < count % 11) for score in range(11)]
        told = {"detractors": sum(scores[:7]), "passives": sum(scores[7:9]), "promoters": sum(scores[9:])}
        return told | {"nps": 100 * (told["promoters"] - told["detractors"]) // max(count, 1)}

    @cached_property
    def _template(self) -> list[bytes]:
        return [marked(_nps_answer(self, number)) for number in range(11 * len(CITIES))]

    def written(self, first: int, end: int) -> Iterator[bytes]:
        """The answers from one to before another, as JSON."""
        templates = self._template
        for number in range(first, end):
            moment = self._begin + number * 86_400 // self.answers
            yield templates[number % len(templates)] % (10**9 + number, moment, moment, number)


def _nps_answer(campaign: Campaign, n: int) -> dict[str, Any]:
    """One NPS answer with its 26 keys, its own values left open."""
    return {
        "id": "@n10", "time": "@n10", "type": "Email", "name": f"{FIRST[n % 7]} {LAST[n % 4]}",
        "email": f"fulana{n}@example.com", "dispatch_time": "@n10", "identification": "CLI-@7",
        "phone": "5500000000000", "alternative_email": None, "alternative_phone": None,
        "nps_answer": n % 11, "last_nps_answer": None, "nps_comment": f"{COMMENTS[n % 3].format(n % 31)}<br>Nº {n}",
        "campaign_name": "Loja", "campaign_code": campaign.code, "deadline": None, "reminder_time": None,
        "elapsed_time": 60 + n, "status": "Aberto", "priority": None, "assignee": None, "lot_code": None,
        "picture": None, "tags": [{"name": "Cidade", "value": CITIES[n % 5]}, {"name": "Região", "value": n % 9}],
        "categories": [{"name": "Preço"}],
        "justifications": [{"name": '{"pt-br":"Preço"}', "children": [{"name": "Caro"}]}],
    }  # fmt: skip
