"""A plugin that cannot be imported alone is told of, also where it has a single answer."""

from typing import Any

import pytest

from connector_core.testing import child, elsewhere
from connector_core.testing.source_says import it_stands_alone


@pytest.mark.parametrize("answers", [["0123456789abcdef"], ["0123456789abcdef", "fedcba9876543210"]])
def test_an_error_of_the_other_process_is_no_answer(answers: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    said = ["a process of its own raises ModuleNotFoundError"]
    subject: Any = None
    monkeypatch.setattr(child, "mapped", lambda _: answers)
    monkeypatch.setattr(elsewhere, "ask", lambda *_, **__: said)
    assert list(it_stands_alone.find(subject)) == said
    monkeypatch.setattr(elsewhere, "ask", lambda *_, **__: answers)
    assert list(it_stands_alone.find(subject)) == []
