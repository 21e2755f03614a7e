"""The hostile accounts are what they say they are."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from trackco_simulator import Hostile, hostile_cxm, hostile_nps
from trackco_simulator.hostile.oddities import DEPTHS, LARGE
from trackco_simulator.wire import Raw, written

MAKE: tuple[Callable[[int], Hostile[Any]], ...] = (hostile_cxm, hostile_nps)


def sent(hostile: Hostile[Any]) -> list[bytes]:
    return [entry.raw for timeline in hostile.account._timelines.values() for entry in timeline.entries]


@pytest.mark.parametrize("make", MAKE)
def test_the_same_seed_gives_the_same_account(make: Callable[[int], Hostile[Any]]) -> None:
    assert sent(make(1)) == sent(make(1)) != sent(make(2))


@pytest.mark.parametrize("make", MAKE)
def test_every_record_has_one_fate(make: Callable[[int], Hostile[Any]]) -> None:
    hostile = make(3)
    fates = len(hostile.records) + sum(hostile.skipped.values()) + sum(hostile.rejected.values()) + hostile.outside
    assert len(hostile.account) == fates + hostile.repeated
    assert len(set(sent(hostile))) == fates
    assert len(hostile.rejected_ids) > len(hostile.rejected)
    assert not hostile.rejected_ids.keys() & hostile.records.keys()


@pytest.mark.parametrize("make", MAKE)
def test_the_largest_and_the_deepest_are_there(make: Callable[[int], Hostile[Any]]) -> None:
    raws = sent(make(1))
    assert sum(LARGE < len(raw) < LARGE + 1000 for raw in raws) == 1
    for levels in DEPTHS:
        assert any(raw.count(b"[" * levels) == 1 for raw in raws)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, "é", None]}, '{"a":[1,"é",null]}'),
        ({"\x00": Raw("1e999")}, '{"\\u0000":1e999}'),
        (["\ud800", "😀\n"], '["\\ud800","\\ud83d\\ude00\\n"]'),
        (10**400, "1" + "0" * 400),
    ],
)
def test_json_that_no_encoder_writes(value: Any, text: str) -> None:
    assert written(value) == text.encode()
    json.loads(text)
