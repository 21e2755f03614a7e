"""NPS answers of chance: what is true of one, and beside it the JSON that says it, in the vendor's 26 keys."""

import random
from typing import Any, NamedTuple

import orjson

from trackco_simulator.draws import between, chance, pick, some
from trackco_simulator.nps.markup import draw_comment
from trackco_simulator.nps.model import Answer, Campaign, Field, Justification, Tag
from trackco_simulator.outcome import Dirt
from trackco_simulator.texts import CITIES, PEOPLE_OF_THE_ACCOUNT, PRODUCTS, person

PHONE = "5500000000000"
_DAY = 86_400
_CHANNELS = ("Email", "Widget Modal", "SMS", "WhatsApp")
_CATEGORIES = ("Preço", "Atendimento", "Prazo de entrega", "Aplicativo", "Pós-venda")
_REASONS = ("Preço", "Atendimento", "Não resolveu", "Produto")
_CHILDREN = ("Muito caro", "Sem desconto", "Demorou", "Gentileza", "Veio com defeito", "5")
_FAULTS = ("score", "score", "score", "date", "date", "id")


class Drawn(NamedTuple):
    """An answer and the JSON that says it; `tags` come last, so that they can be left out."""

    truth: Answer
    raw: dict[str, Any]


def draw_answer(rng: random.Random, number: int, campaign: Campaign, at: int, dirt: Dirt) -> Drawn:
    """Draw an answer; how dirty it may be is said by `dirt`."""
    truth = Answer(id=number, campaign=campaign, at=at)
    raw: dict[str, Any] = {"id": number, "time": at}
    raw |= _customer(rng, truth)
    raw["nps_answer"] = _score(rng, truth, unscored=0.03 if dirt.skipped else 0.0)
    raw["last_nps_answer"] = pick(rng, (None, between(rng, 0, 10)))
    truth.comment, raw["nps_comment"] = draw_comment(rng)
    raw |= {"campaign_name": campaign.name, "campaign_code": campaign.code}
    fields = _fields(rng, at)
    truth.fields = tuple(Field(key, value) for key, value in fields.items())
    raw |= fields
    raw["categories"] = _categories(rng, truth)
    raw["justifications"] = _justifications(rng, truth)
    raw["tags"] = _tags(rng, truth)
    if chance(rng, dirt.broken):
        _break(rng, truth, raw)
    return Drawn(truth, raw)


def _customer(rng: random.Random, truth: Answer) -> dict[str, Any]:
    number = between(rng, 1, 99_999)
    name = person(rng) if chance(rng, 0.95) else None
    identification = pick(rng, (f"CLI-{number:05d}",) * 8 + (number, None))
    truth.author_name = name
    truth.author_id = None if identification is None else str(identification)
    contact = {
        "email": pick(rng, (f"cliente{number}@example.com",) * 9 + (None,)),
        "phone": pick(rng, (PHONE, None)),
        "alternative_email": f"outro{number}@example.com" if chance(rng, 0.05) else None,
        "alternative_phone": PHONE if chance(rng, 0.05) else None,
    }
    truth.contact = tuple(Field(key, value) for key, value in contact.items())
    return {"name": f" {name}" if name and chance(rng, 0.03) else name, "identification": identification} | contact


def _score(rng: random.Random, truth: Answer, *, unscored: float) -> Any:
    if chance(rng, unscored):
        truth.score_fault = "unscored"
        return pick(rng, (None, None, ""))
    score = between(rng, 0, 10)
    truth.score = score
    return score if chance(rng, 0.97) else pick(rng, (str(score), f"{score} "))


def _fields(rng: random.Random, at: int) -> dict[str, Any]:
    dispatched = at - between(rng, 60, 5 * _DAY)
    return {
        "type": pick(rng, _CHANNELS),
        "deadline": at + 3 * _DAY if chance(rng, 0.5) else None,
        "dispatch_time": dispatched if chance(rng, 0.9) else None,
        "reminder_time": pick(rng, (dispatched + _DAY, None, None)),
        "elapsed_time": between(rng, 0, 900) if chance(rng, 0.9) else None,
        "status": pick(rng, ("Pendente", "Em andamento", "Concluído", None)),
        "priority": pick(rng, ("Alta", "Média", "Baixa", None, None)),
        "assignee": pick(rng, (*PEOPLE_OF_THE_ACCOUNT, None, None)),
        "lot_code": pick(rng, (f"LOTE-{between(rng, 1, 400)}", None)),
        "picture": "https://img.example.com/foto.png" if chance(rng, 0.03) else None,
    }


def named(rng: random.Random, text: str) -> Any:
    """Write a name in one of the vendor's two encodings (JSON text by language, or plain), or as an object."""
    form = rng.random()
    if form < 0.45:  # noqa: PLR2004 - about half of the names are plain
        return text
    languages = pick(rng, ({"pt-br": text}, {"en": f"{text} [en]", "pt-br": text}, {"es": text, "en": "Other"}))
    return languages if chance(rng, 0.1) else orjson.dumps(languages).decode()


def _categories(rng: random.Random, truth: Answer) -> list[Any]:
    if chance(rng, 0.6):
        return []
    truth.categories = tuple(some(rng, _CATEGORIES, between(rng, 1, 3)))
    return [{"name": name} for name in truth.categories]


def _justifications(rng: random.Random, truth: Answer) -> list[Any]:
    if chance(rng, 0.5):
        return []
    truth.justifications = tuple(
        Justification(pick(rng, _REASONS), tuple(some(rng, _CHILDREN, between(rng, 0, 2))))
        for _ in range(between(rng, 1, 3))
    )
    return [
        {"name": named(rng, name), "children": [{"name": named(rng, child)} for child in children]}
        for name, children in truth.justifications
    ]


def _tags(rng: random.Random, truth: Answer) -> list[Any]:
    number = between(rng, 1, 999_999)
    tags: list[Tag] = []
    if chance(rng, 0.8):
        tags.append(Tag("ticket_id", pick(rng, (f"T-{number:06d}",) * 8 + (number, None))))
    if chance(rng, 0.7):
        tags.append(Tag("Cidade", pick(rng, CITIES)))
    if chance(rng, 0.4):
        tags.append(Tag("Região da loja", pick(rng, ("Sudeste", "Norte", None, ""))))
    if chance(rng, 0.3):
        tags.append(Tag("Código do pedido", pick(rng, (number, number / 100, f"{number}"))))
    if chance(rng, 0.3):
        tags += [Tag("produto", product) for product in some(rng, PRODUCTS, between(rng, 1, 3))]
    if chance(rng, 0.05):
        tags.append(Tag(pick(rng, ("telefone", "celular", "whatsapp")), PHONE))
    if chance(rng, 0.05):
        tags.append(Tag("e_mail", f"outro{number}@example.com"))
    truth.tags = tuple(tags)
    return [{"name": tag.name, "value": tag.value} for tag in tags]


def _break(rng: random.Random, truth: Answer, raw: dict[str, Any]) -> None:
    """Break an answer at its score, its date or its id."""
    fault = pick(rng, _FAULTS)
    if fault == "score":
        truth.score = None
        faults = (("rating.type", "dez"), ("rating.type", True), ("rating.type", [9]), ("rating.not_whole", 8.5))
        truth.score_fault, raw["nps_answer"] = pick(rng, (*faults, ("rating.out_of_scale", pick(rng, (11, -1)))))
    elif fault == "id":
        truth.id_fault = "id.missing"
        raw["id"] = None
    elif chance(rng, 0.5):
        truth.date_fault, raw["time"] = "date.missing", None
    else:
        truth.date_fault, raw["time"] = "date.invalid", pick(rng, ("ontem", "10h30"))
