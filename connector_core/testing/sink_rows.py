"""Records for load plugins: plain ones, full ones, odd ones, and histories of them."""

import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connector_core.jsontext import encode
from connector_core.mapping import Keeping, map_page
from connector_core.model import Feedback, Json, Page, Transaction, Window
from connector_core.sink import Place, Portion, Refused, Row, Stored

_START = datetime(2024, 1, 1, tzinfo=UTC)
CANARY = "canary-7f3a"
"""Stands for what a customer wrote; nothing but the target may show it."""


def hour(number: int) -> datetime:
    """The instant so many hours after the kit's beginning of time."""
    return _START + timedelta(hours=number)


EVER = Window(None, hour(10**6))

Record = Mapping[str, Json]
"""What a target holds of one answer, as a line of JSON lines has it."""


def row(key: str, *, at: int = 0, **more: Any) -> Row:
    """A record on its way to the target, made as the host makes it."""
    values = {
        "id": key,
        "kind": "nps",
        "rating": "9",
        "title": "[NPS] Kit",
        "survey_id": "s",
        "survey_title": "Kit",
    } | more
    record = Feedback(posted_at=hour(at), **values)
    return map_page(Page([None]), lambda _: record, EVER, Keeping(encode, lambda raw: raw, _START)).rows[0]


def refused(key: str, reason: str = "rating.type", *, at: int | None = 0, digest: bytes = b"d" * 16) -> Refused:
    """An answer that was rejected."""
    raw, posted_at = json.dumps({"id": key, "text": "Ação"}).encode(), None if at is None else hour(at)
    return Refused(key, reason, "answers[0].score", digest, raw, hour(1000), posted_at)


def as_read(rows: Iterable[Row]) -> list[Record]:
    """What a target that holds exactly these shows."""
    return [json.loads(row.line) for row in rows]


def shown(records: Iterable[Record]) -> list[str]:
    """Records as texts that differ where they do: 1 is neither true nor 1.0, and the order of keys means nothing."""
    return [json.dumps(record, sort_keys=True) for record in records]


def differences(got: Sequence[Record], wanted: Sequence[Record]) -> Iterator[str]:
    """Where what is held differs from what it must be, by record and field; without the values."""
    if len(got) != len(wanted):
        yield f"it holds {len(got)} records where there must be {len(wanted)}"
        return
    for number, (one, other) in enumerate(zip(got, wanted, strict=True)):
        for name in sorted(one.keys() | other.keys()):
            if (name in one) is not (name in other):
                yield f"record {number}: {name} is {'there' if name in one else 'missing'}"
            elif shown([{"": one[name]}]) != shown([{"": other[name]}]):
                yield f"record {number}: {name} is not what was written"


FULL = row(
    "kit:1", text='Não gostei 😀\n\ttwo lines, a \\ and a "', author_id="c-1", author_name="Zoë d'Ávila",
    transaction=Transaction("T-1", "Zendesk"), rating="10", kind="nps", title="[NPS] Ação", survey_title="Pós-venda",
    additional_fields={
        "null": None, "true": True, "false": False, "zero": 0, "minus": -1, "fraction": 1.5, "whole": 2.0,
        "large": 1e300, "empty": "", "text": "日本語", "list": [], "object": {}, "nested": {"a": [{"b": [None, 1]}]},
    },
)  # fmt: skip
"""All fields, and every type of JSON."""

BARE = row("kit:2", kind="csat", rating="1")
TICKET = row("kit:3", transaction=Transaction("T-3"))


def oddities() -> dict[str, dict[str, Json]]:
    """What a record may hold all the same, by what is odd about it: the fields of `Feedback` in question."""
    deep: Json = "bottom"
    for _ in range(253):
        deep = [deep]
    extra: dict[str, Json] = {
        "a very large whole number": {"n": 10**4000},
        "a whole number of 64 bits and more": {"n": 2**64 + 1, "m": -(2**63) - 1},
        "253 lists within each other": {"deep": deep},
        "10,000 additional fields": {f"field {number}": number for number in range(10_000)},
        "additional fields with odd names": {"": 1, "a.b": 2, 'a"b': 3, "a'b": 4, "a`b;--": 5, "\u202e": 6, "a\nb": 7},
        "a lone surrogate in an additional field": {"s": f"{CANARY}\udc80"},
    }
    texts = {
        "a lone surrogate": f"{CANARY}\ud800 text",
        "a NUL": f"{CANARY}\0 text",
        "control characters": "".join(map(chr, range(1, 32))) + f"\x7f\x85\u2028 {CANARY}",
        "a megabyte": f"{CANARY} ção " * 80_000,
        "characters beyond the first 65,536": f"{CANARY} 😀𝄞",
        "nothing but blanks": "  \t ",
        "an empty text": "",
    }
    found: dict[str, dict[str, Json]] = {f"{odd} in a text": {"text": text} for odd, text in texts.items()}
    found |= {f"{odd} in a name": {"author_name": texts[odd]} for odd in ("a lone surrogate", "a NUL")}
    found |= {
        f"an id with {odd}": {"id": key} for odd, key in (("quotes", "kit:'\""), ("a lone surrogate", "kit:\ud800"))
    }
    return found | {odd: {"additional_fields": value} for odd, value in extra.items()}


def commits(size: int = 0) -> list[list[Portion]]:
    """A short import of two partitions, each commit with places that say how many came before it.

    Args:
        size: how long the texts are.
    """
    return [
        [
            Portion(key, [row(f"kit:{key}{number}{n}", text="ã" * size) for n in "ab"], place=Place(None, EVER, number))
            for key in "pq"
        ]
        for number in range(1, 5)
    ]


def _stored(new: int, updated: int, unchanged: int, duplicate: int) -> Stored:
    return Stored(new, updated, unchanged, duplicate)


def history(seed: int) -> list[list[tuple[Portion, Stored]]]:
    """Runs of portions drawn by chance, which can be had again, each with what must be said of it."""
    dice, held, runs = random.Random(seed), dict[str, tuple[str, int]](), []  # noqa: S311 - chance that can be had again
    for run in range(4):
        portions = []
        for _ in range(dice.randint(1, 4)):
            rows, counts = [], dict.fromkeys(("new", "updated", "unchanged", "duplicate"), 0)
            for _ in range(dice.randint(0, 6)):
                key, text = f"kit:{dice.randint(0, 5)}", dice.choice("xyz")
                before, met = held.get(key, (None, -1))
                repeated = "duplicate" if met == run else "unchanged"
                counts["new" if before is None else repeated if before == text else "updated"] += 1
                held[key] = (text, run)
                rows.append(row(key, text=text))
            portions.append((Portion(dice.choice("pq"), rows), _stored(**counts)))
        runs.append(portions)
    return runs
