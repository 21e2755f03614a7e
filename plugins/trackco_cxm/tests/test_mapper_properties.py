"""What holds for every JSON value that a server could send."""

import copy
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core.model import Feedback, Reject, Skip
from plugins.trackco_cxm.tests.fake_cxm import make_config, make_partition
from trackco_cxm.mapper import compile_mapper
from trackco_cxm.surveys import fault

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
ODD = st.sampled_from([10**400, "5", " 5 ", "5.0", "", [], {}, "q-1", 3, 5, "csat", "2024-07-01 07:30:00", -1, 1e308])
KEYS = st.text(max_size=5) | st.sampled_from(["uuid", "answers", "answer", "response", "comment", "question", "type"])
JSON = st.recursive(SCALARS | ODD, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))

RAW = {
    "uuid": "a-1",
    "status": 3,
    "answered_at": "2024-07-01 07:30:00",
    "customer": {"name": "Fulana", "identifier": "CLI-1", "email": "fulana@example.com"},
    "metadata": {"ticket_id": "T-1"},
    "interaction": {"store": 1},
    "answers": [
        {"question_uuid": "q-1", "type": "csat", "answer": {"response": "5", "comment": "ok"}},
        {"question": {"uuid": "q-2", "type": "open"}, "answer": {"response": ["a"]}},
    ],
}


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths_of(inner, (*path, key))


def put(value: Any, path: tuple[Any, ...], changed: Any) -> Any:
    """The value with another one at a place."""
    if not path:
        return changed
    result = copy.copy(value)
    result[path[0]] = put(value[path[0]], path[1:], changed)
    return result


def mutated(value: Any) -> st.SearchStrategy[Any]:
    """A value with up to three of its places replaced."""
    changes = st.lists(st.tuples(st.sampled_from(sorted(paths_of(value), key=len, reverse=True)), JSON), max_size=3)
    return changes.map(lambda pairs: apply(value, pairs))


def apply(value: Any, pairs: Sequence[tuple[tuple[Any, ...], Any]]) -> Any:
    for path, changed in pairs:
        try:
            value = put(value, path, changed)
        except (TypeError, KeyError, IndexError):
            continue
    return value


@pytest.fixture(scope="module")
def definition() -> dict[str, Any]:
    questions = [
        {"uuid": "q-1", "type": "csat", "question": {"pt_BR": "Nota"}, "min_scale": 1, "max_scale": 5},
        {"uuid": "q-2", "type": "open", "question": "Por quê?"},
    ]
    return {"uuid": "s", "public_hash": "S", "name": "S", "default_lang": "pt_BR", "questions": questions}


@given(raw=JSON | mutated(RAW))
def test_the_mapper_never_raises_and_its_outcome_depends_on_its_input_alone(definition: Any, raw: Any) -> None:
    settings = make_config(metadata={"transaction_id_field": "ticket_id"})
    mapper = compile_mapper(make_partition(definition), settings, "trackco_cxm:")
    before = copy.deepcopy(raw)
    outcome = mapper(raw)
    assert isinstance(outcome, Feedback | Skip | Reject)
    assert outcome == mapper(raw)
    assert raw == before


@given(data=st.data())
def test_a_definition_is_either_refused_or_compiled(definition: Any, data: st.DataObject) -> None:
    settings = make_config()
    changed = data.draw(mutated(definition))
    if fault(changed, settings.wire) is None:
        where = make_partition({"public_hash": "S", "name": "S"} | changed)
        assert isinstance(compile_mapper(where, settings, "")(RAW), Feedback | Skip | Reject)
