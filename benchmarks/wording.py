"""The words of made-up answers, and how an answer becomes a template."""

import json
from typing import Any

COMMENTS = (
    "Ótimo atendimento, mas a fatura veio errada pela {}ª vez e ninguém soube me explicar o porquê da cobrança.",
    "Não gostei do prazo: esperei {} dias até alguém responder, e a solução não funcionou na primeira tentativa.",
    "A equipe é gentil e rápida; em {} minutos estava resolvido. Preço justo, voltaria a comprar com certeza.",
)
OPEN = (
    "Relatórios melhores, por favor: exportação para Excel, e filtros por região e período ({} pedidos meus já).",
    'Que o "chat" não caia à noite; só nesta semana caiu {} vezes — e não há aviso na página de status ❤️',
)
REASONS = ("Preço", "Prazo de entrega", "Atendimento", "Qualidade", "Facilidade de uso", "Segurança")
FIRST = ("Márcia", "João", "Iracema", "José", "Fulana", "Conceição", "Antônio")
LAST = ("de Exemplo", "Teste Júnior", "Amostra", "Gonçalves Modelo")
CITIES = ("São Paulo", "Brasília", "Belém", "Florianópolis", "Maceió")


def marked(record: dict[str, Any]) -> bytes:
    """A template: `@7` stands for a number of seven digits, `@s` for a text."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":")).replace("%", "%%")
    for mark, form in (('"@n5"', "%05d"), ('"@n10"', "%010d"), ("@7", "%07d"), ("@s", "%s")):
        text = text.replace(mark, form)
    return text.encode()
