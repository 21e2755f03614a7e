"""What an interaction says beside its answers: metadata, customer attributes, and contact data of nobody."""

import random
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from trackco_simulator.cxm.model import Attribute, Interaction
from trackco_simulator.dates import local_text
from trackco_simulator.draws import between, chance, pick
from trackco_simulator.texts import CITIES, PRODUCTS, SEGMENTS

PHONE = "5500000000000"
_CHANNELS = ("email", "sms", "whatsapp", "link", "widget")
_LANGUAGES = ("pt_BR", "pt_BR", "en_US", "es_ES")
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def draw_attributes(rng: random.Random, truth: Interaction, raw: dict[str, Any], zone: ZoneInfo) -> None:
    """Give an interaction its attributes, in both its truth and its JSON."""
    metadata = dict(_metadata(rng, raw))
    own = dict(_interaction(rng))
    top = dict(_top_level(rng, truth.at, zone))
    attributes = [Attribute("metadata", name, value) for name, value in metadata.items()]
    attributes += [Attribute("interaction", name, value) for name, value in own.items()]
    attributes += [Attribute("interaction", name, value) for name, value in top.items()]
    if "status" in raw:
        attributes.append(Attribute("interaction", "status", raw["status"]))
    raw |= top
    if metadata or chance(rng, 0.5):
        raw["metadata"] = metadata
    if own:
        raw["interaction"] = own
    if "customer" in raw:
        customer = dict(_customer(rng, between(rng, 1, 99_999)))
        attributes += [Attribute("customer", name, value) for name, value in customer.items()]
        raw["customer"] |= customer
    truth.attributes = tuple(attributes)


def _metadata(rng: random.Random, raw: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the attributes given at dispatch; the ticket is among them, mostly."""
    if chance(rng, 0.1):
        return
    number = between(rng, 1, 999_999)
    if chance(rng, 0.9):
        yield "ticket_id", pick(rng, (f"T-{number:06d}",) * 8 + (number, None))
    yield "produto", pick(rng, PRODUCTS)
    if chance(rng, 0.3):
        yield "região da loja", pick(rng, CITIES)
    if chance(rng, 0.2):
        yield "valor", pick(rng, (number, number / 100, f"{number}"))
    if chance(rng, 0.1):
        yield "assinante", pick(rng, (True, False))
    if chance(rng, 0.05):
        yield "itens", pick(rng, (["café", "açúcar"], {"sku": number, "cor": "âmbar"}))
    if chance(rng, 0.05):
        yield "cupom", pick(rng, _EMPTY)
    if chance(rng, 0.05):
        yield pick(rng, ("telefone", "celular", "whatsapp")), PHONE
    if chance(rng, 0.02):
        yield "e_mail", _email(raw["uuid"])


def _interaction(rng: random.Random) -> Iterator[tuple[str, Any]]:
    if chance(rng, 0.2):
        yield "loja", between(rng, 1, 300)
        yield "origem", pick(rng, ("campanha", "balcão", None))
    if chance(rng, 0.05):
        yield "protocolo", f"P{between(rng, 1, 99_999)}"


def _top_level(rng: random.Random, at: int, zone: ZoneInfo) -> Iterator[tuple[str, Any]]:
    yield "language", pick(rng, _LANGUAGES)
    yield "channel", pick(rng, _CHANNELS)
    yield "response_time", between(rng, 800, 600_000)
    yield "updated_at", local_text(at + between(rng, 0, 120), zone)
    if chance(rng, 0.02):
        yield "device", pick(rng, ({"sistema": "Android", "tela": [1080, 2400]}, None))


def _customer(rng: random.Random, number: int) -> Iterator[tuple[str, Any]]:
    yield "email", pick(rng, (_email(str(number)),) * 9 + (None,))
    yield "phone", pick(rng, (PHONE, None))
    if chance(rng, 0.05):
        yield "alternative_email", _email(f"outro{number}")
        yield "alternative_phone", PHONE
    if chance(rng, 0.3):
        yield "segment", pick(rng, SEGMENTS)
    if chance(rng, 0.1):
        yield "cidade", pick(rng, CITIES)


def _email(name: str) -> str:
    return f"{name}@example.com"
