"""Changes to NPS answers after they were given: in what is true of them, and beside it in their JSON."""

import random
from typing import Any

import orjson
from attrs import evolve

from trackco_simulator.draws import pick
from trackco_simulator.nps.model import Answer, Field, Tag
from trackco_simulator.texts import PEOPLE_OF_THE_ACCOUNT, RESOLUTIONS, comment
from trackco_simulator.timeline import Entry


def edited(rng: random.Random, entry: Entry[Answer]) -> tuple[Answer, dict[str, Any]]:
    """Return an answer with another comment, follow-up, category or tag, and the JSON that says it."""
    if entry.truth is None:
        raise ValueError("a hand-made record has no truth to change")
    truth = evolve(entry.truth)
    raw: dict[str, Any] = orjson.loads(entry.raw)
    pick(rng, (_comment, _follow_up, _category, _tag))(rng, truth, raw)
    return truth, raw


def _comment(rng: random.Random, truth: Answer, raw: dict[str, Any]) -> None:
    text = comment(rng).replace("<br>", "voltar").replace("&", "e")
    truth.comment = raw["nps_comment"] = f"{text} (editado {rng.getrandbits(24):06x})"


def _follow_up(rng: random.Random, truth: Answer, raw: dict[str, Any]) -> None:
    raw["status"] = f"{pick(rng, RESOLUTIONS)} {rng.getrandbits(24):06x}"
    raw["assignee"] = pick(rng, PEOPLE_OF_THE_ACCOUNT)
    kept = [field for field in truth.fields if field.key not in {"status", "assignee"}]
    truth.fields = (*kept, Field("status", raw["status"]), Field("assignee", raw["assignee"]))


def _category(rng: random.Random, truth: Answer, raw: dict[str, Any]) -> None:
    name = f"Revisão {rng.getrandbits(24):06x}"
    truth.categories = (*truth.categories, name)
    raw["categories"].append({"name": name})


def _tag(rng: random.Random, truth: Answer, raw: dict[str, Any]) -> None:
    tag = Tag("Situação do caso", f"{pick(rng, RESOLUTIONS)} {rng.getrandbits(24):06x}")
    kept = [other for other in truth.tags if other.name != tag.name]
    truth.tags = (*kept, tag)
    raw["tags"] = [{"name": name, "value": value} for name, value in truth.tags]
