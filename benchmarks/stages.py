"""What each stage costs an answer of the CXM API, in microseconds of CPU: `python benchmarks/stages.py`.

A page of 100 interactions of about a kilobyte, five answers each, goes through the host's own functions one stage at a
time, on one thread and without a server. The least of several rounds counts: whatever else the machine does adds time.
"""

import json
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from connector_core import Page, Partition, Window
from connector_core.config import load
from connector_core.database import open_database
from connector_core.journal import Journal
from connector_core.jsonl import open_log
from connector_core.jsontext import decode, encode
from connector_core.mapping import map_page, record_of, refusing
from connector_core.plugins import load_source
from connector_core.privacy import protect
from connector_core.sink import Portion, Sink
from connector_core.sqlite import load as load_sqlite
from connector_core.tables import STATE

PAGE = 100
ROUNDS = 7
COMMITS = 30
"""Commits of 2,000 records whose cost is measured: enough for the tables to have some depth."""

_QUESTIONS = {
    "nps": "Em uma escala de 0 a 10, quanto você recomendaria a Exemplo?",
    "emoji": "Como você se sente hoje?",
    "open": "O que podemos melhorar?",
    "multiple_choice": "O que pesou na sua nota?",
    "ratings": "Como avalia o prazo de entrega?",
}
_SURVEY = {
    "public_hash": "AbCdEfGhIjKl", "name": "Atendimento", "default_lang": "pt_BR",
    "questions": [
        {"uuid": f"q-{kind}", "type": kind, "question": {"pt_BR": text}, "min_scale": 0, "max_scale": 10}
        for kind, text in _QUESTIONS.items()
    ],
}  # fmt: skip
_CONFIG = {
    "connection_details": {"token": "made-up"},
    "data_source": {"organization_id": str(UUID(int=1)), "time_zone": "America/Sao_Paulo"},
    "metadata": {"transaction_id_field": "ticket_id", "transaction_platform": "Zendesk"},
}


def interaction(number: int) -> dict[str, Any]:
    """One interaction, as the contract has it."""
    at = f"{datetime(2018, 1, 1) + timedelta(minutes=5 * number)}"  # noqa: DTZ001 - the API's dates have no zone
    given: dict[str, Any] = {
        "nps": {"response": str(number % 11), "comment": "Ótimo atendimento, mas o prazo demorou."},
        "emoji": {"response": "4"},
        "open": {"response": "Melhorar os painéis de relatório e a busca por período"},
        "multiple_choice": {"response": ["Preço", "Prazo"]},
        "ratings": {"response": 4, "comment": "Chegou antes"},
    }
    return {
        "uuid": str(UUID(int=number * 2**64 * 0x9E3779B97F4A7C15 % 2**128)), "survey_public_hash": "AbCdEfGhIjKl",
        "status": 3, "language": "pt_BR", "channel": "email", "response_time": 15_342 + number, "answered_at": at,
        "updated_at": at,
        "customer": {
            "name": "Fulana de Exemplo", "email": f"f{number}@example.com", "phone": "5500000000000",
            "identifier": f"CLI-{number:06}",
        },
        "metadata": {"ticket_id": f"T-{number}", "produto": "Assinatura", "cidade": "São Paulo"},
        "answers": [{"question_uuid": f"q-{kind}", "type": kind, "answer": answer} for kind, answer in given.items()],
    }  # fmt: skip


def cost(work: Callable[[], object]) -> float:
    """Microseconds of CPU that a page's worth of work costs each of its records."""
    return min(_spent(work) for _ in range(ROUNDS)) / PAGE * 1e6


def _spent(work: Callable[[], object]) -> float:
    begun = time.process_time()
    for _ in range(5):
        work()
    return (time.process_time() - begun) / 5


def commits(sink: Sink, pages: list[Page], map_one: Callable[[Page], Any]) -> float:
    """Microseconds of CPU that storing costs each record, all guarantees on."""
    spent = 0.0
    for first in range(0, len(pages), 20):
        portions = [Portion("s", map_one(page).rows) for page in pages[first : first + 20]]
        begun = time.process_time()
        sink.write(portions)
        spent += time.process_time() - begun
    sink.close()
    return spent / len(pages) / PAGE * 1e6


def main() -> None:
    """Print the table."""
    source = load_source("trackco_cxm")
    settings = load(_CONFIG, source.description.config)
    mapper = source.map(Partition("AbCdEfGhIjKl", "Atendimento", _SURVEY), settings.plugin, "trackco_cxm:")
    protected = protect(mapper, source.description.personal, settings.host.privacy)
    body = json.dumps({"data": [interaction(number) for number in range(PAGE)]}, ensure_ascii=False).encode()
    raw = decode(body)["data"]
    records = [record_of(protected(one)) for one in raw]  # type: ignore[arg-type]
    now = datetime.now(UTC)
    whole, refuse = Window(None, now), refusing(now, lambda one: one)
    bare, hidden = cost(lambda: [*map(mapper, raw)]), cost(lambda: [*map(protected, raw)])
    page = cost(lambda: map_page(Page(raw), protected, whole, refuse))
    print(f"an interaction of {len(body) // PAGE:,} bytes, microseconds of CPU each")
    print(f"  parse alone (orjson)              {cost(lambda: orjson.loads(body)):6.1f}")
    print(f"  decode, as the host does          {cost(lambda: decode(body)):6.1f}")
    print(f"  map                               {bare:6.1f}")
    print(f"  leave out personal data           {hidden - bare:6.1f}")
    print(f"  encode                            {cost(lambda: [encode(one) for one in records]):6.1f}")
    print(f"  map, protect, encode, digest, cut {page:6.1f}")
    pages = [Page([interaction(n) for n in range(first, first + PAGE)]) for first in range(0, COMMITS * 2000, PAGE)]
    with tempfile.TemporaryDirectory() as folder:
        state = open_database(f"{folder}/state", STATE)
        sinks = {
            "SQLite": load_sqlite(f"sqlite:///{folder}/feedback.db", "c", None),
            "JSON lines": Journal(state, "c", open_log(state, str(Path(folder) / "feedback.jsonl"))),
        }
        for name, sink in sinks.items():
            spent = commits(sink, pages, lambda one: map_page(one, protected, whole, refuse))  # type: ignore[arg-type]
            print(f"  store in {name:<24} {spent:6.1f}")


if __name__ == "__main__":
    main()
