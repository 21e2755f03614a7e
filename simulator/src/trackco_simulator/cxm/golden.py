"""The example of the vendor's documentation as an account: one survey, one answer, one known record."""

from datetime import UTC, datetime
from typing import Any

from trackco_simulator.cxm.account import CxmAccount
from trackco_simulator.cxm.model import Interaction, Question, Reply, Survey
from trackco_simulator.draws import seeded
from trackco_simulator.timeline import Entry, encoded

UUID = "00000000-0000-4000-8000-0000000000aa"
PUBLIC_HASH = "AbCdEfGhIjKl"
_SATISFACTION = "How satisfied are you with Birdie?"
_FEATURES = "What other features would you like to see?"
_USEFULNESS = "How would you rate Birdie's usefulness?"


def golden_cxm() -> CxmAccount:
    """Return the account whose only record is the documentation's own example."""
    satisfaction = _question(1, "csat", _SATISFACTION, min_scale=1, max_scale=5)
    features = _question(2, "open", _FEATURES)
    usefulness = _question(3, "ratings", _USEFULNESS, min_scale=1, max_scale=5)
    survey = Survey(
        public_hash=PUBLIC_HASH,
        name="Birdie",
        default_lang="en_US",
        questions=(satisfaction, features, usefulness),
        definition={
            "uuid": "00000000-0000-4000-8000-000000000001",
            "public_hash": PUBLIC_HASH,
            "name": "Birdie",
            "status": "active",
            "default_lang": "en_US",
        },
    )
    truth = Interaction(
        uuid=UUID,
        survey=survey,
        at=int(datetime(2024, 7, 1, 10, 30, tzinfo=UTC).timestamp()),
        replies=(Reply(satisfaction, 5), Reply(features, "Better reporting dashboards"), Reply(usefulness, 4)),
        attributes=(),
        status=None,
        score=5,
        comment="Ótimo",
        author_id="CLI-0001",
        author_name="Fulana Exemplo",
    )
    raw = {
        "uuid": UUID,
        "survey_public_hash": PUBLIC_HASH,
        "answered_at": "2024-07-01 07:30:00",
        "customer": {"name": "Fulana Exemplo", "identifier": "CLI-0001"},
        "answers": [
            _reply(satisfaction, {"response": "5", "comment": "Ótimo"}),
            _reply(features, {"response": "Better reporting dashboards"}),
            _reply(usefulness, {"response": 4}),
        ],
    }
    account = CxmAccount((survey,), "America/Sao_Paulo", seeded("golden"))
    account.timeline(PUBLIC_HASH).insert(Entry(UUID, truth.at, encoded(raw), truth))
    return account


def _question(number: int, kind: str, text: str, **scale: int) -> Question:
    uuid = f"00000000-0000-4000-8000-00000000000{number}a"
    definition = {"uuid": uuid, "type": kind, "question": {"en_US": text}, **scale}
    low, high = scale.get("min_scale", 0), scale.get("max_scale", 10)
    return Question(uuid=uuid, type=kind, text=text, scale=(low, high), definition=definition)


def _reply(question: Question, answer: dict[str, Any]) -> dict[str, Any]:
    return {"question_uuid": question.uuid, "type": question.type, "answer": answer}
