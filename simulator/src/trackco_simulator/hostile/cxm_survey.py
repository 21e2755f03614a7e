"""The questions of the hostile CXM account: one survey of odd ones, and one of very many."""

from typing import Any

from trackco_simulator.cxm.model import Question, Survey
from trackco_simulator.hostile.oddities import LONG

ODD, MANY = "OddOddOddOdd", "ManyManyMany"
"""The public hashes of the two surveys."""
TITLE = "Pós-venda\u0000 😀 \ufffd"
"""What the odd survey is called in records."""
SCORED = "q-score"
SCORE_TEXT = "Que nota? 😀\u202e"
ITEMS = 300
"""Questions of the survey of very many."""


def _question(uuid: str, kind: Any, text: Any, shown: str, scale: tuple[int, int] | None = None) -> Question:
    definition: dict[str, Any] = {"uuid": uuid, "type": kind, "question": text}
    if scale is not None:
        definition |= {"min_scale": scale[0], "max_scale": scale[1]}
    return Question(uuid=uuid, type=str(kind), text=shown, scale=scale or (0, 10), definition=definition)


_LONG_TEXT = "ç" * LONG
QUESTIONS: tuple[tuple[str, Any, Any, str], ...] = (
    ("q-1", "open", "Igual", "Igual"),
    (SCORED, "nps", {"pt_BR": SCORE_TEXT, "en_US": "Score?"}, SCORE_TEXT),
    ("q-2", "open", "Igual", "Igual (q-2)"),
    ("q-3", "open", {"pt_BR": "Igual", "en_US": "Other"}, "Igual (q-3)"),
    ("q-4", "open", "", "(q-4)"),
    ("q-5", "open", None, "(q-5)"),
    ("q-6", "open", {}, "(q-6)"),
    ("q-7", "open", _LONG_TEXT, _LONG_TEXT),
    ("q-8", "open", _LONG_TEXT, f"{_LONG_TEXT} (q-8)"),
    ("q-9", "open", "metadata.produto", "metadata.produto (q-9)"),
    ("q-10", "open", "Igual (comment)", "Igual (comment) (q-10)"),
    ("q-11", "open", "Igual (q-12)", "Igual (q-12)"),
    ("q-12", "open", "Igual", "Igual (q-12) (q-12)"),
    ("q-13", "ratings", "nulo \u0000 e \u202emarca", "nulo \u0000 e \u202emarca"),
    ("q-14", "open", "\ud83d", "\ufffd"),
    ("q-15", "open", "\ud83e", "\ufffd (q-15)"),
    ("q-16", 10, "Igual", "never shown: a label is no question"),
    ("q-17", "nonsense", "'; DROP TABLE feedback; --", "'; DROP TABLE feedback; --"),
)
"""Questions: uuid, type, text as sent, and the name that answers to them have in records."""


def surveys() -> tuple[Survey, Survey]:
    """Return a survey of odd questions and one of very many."""
    strange = tuple(_question(uuid, kind, text, shown) for uuid, kind, text, shown in QUESTIONS)
    score = _question("m-score", "csat", "Satisfação?", "Satisfação?", (1, 5))
    many = (score, *(_question(f"m-{number}", "open", f"Item {number}", f"Item {number}") for number in range(ITEMS)))
    return _survey(ODD, "Pós-venda\u0000 😀 \ud800", strange), _survey(MANY, "Muitas", many)


def _survey(public_hash: str, name: str, questions: tuple[Question, ...]) -> Survey:
    definition = {"uuid": f"s-{public_hash}", "public_hash": public_hash, "name": name, "default_lang": "pt_BR"}
    return Survey(public_hash=public_hash, name=name, default_lang="pt_BR", questions=questions, definition=definition)
