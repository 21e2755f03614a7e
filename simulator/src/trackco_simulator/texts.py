"""The words of the made-up accounts: Portuguese, with accents and emoji. Nobody here exists."""

import random

from trackco_simulator.draws import pick

GIVEN_NAMES = ("Fulana", "Beltrano", "Sicrano", "Conceição", "João", "Zoë", "Antônia", "Iracema", "Luís", "Márcia")
FAMILY_NAMES = ("Exemplo", "de Exemplo", "Exemplo da Silva", "Teste", "Modelo", "Fictício", "Amostra Júnior")
CITIES = ("São Paulo", "Brasília", "Florianópolis", "Maceió", "Goiânia", "Belém", "Porto Alegre", "Ribeirão Preto")
PRODUCTS = ("Cartão Ouro", "Crédito", "Seguro Família", "Plano Básico", "Assinatura Música", "Açaí 500 ml")
SEGMENTS = ("varejo", "atacado", "pessoa física", "pessoa jurídica")
PEOPLE_OF_THE_ACCOUNT = ("Atendente Um", "Atendente Dois", "Supervisão São José")
RESOLUTIONS = ("Resolvido", "Em análise", "Reaberto", "Aguardando cliente")

_OPENINGS = (
    "Ótimo atendimento",
    "Não gostei do prazo",
    "Entrega rápida",
    "O aplicativo travou três vezes",
    "Preço justo",
    "A solução não funcionou",
    "Equipe atenciosa",
    "Péssima experiência",
    "Já indiquei para a família",
    "Espera longa demais",
)
_MIDDLES = (
    "",
    ", mas a fatura veio errada",
    " e o suporte respondeu à noite",
    ', só que o "chat" caiu',
    "; voltarei a comprar",
    " (2ª vez neste mês)",
    ", porém o botão <br> apareceu na tela",
    " & tudo certo",
)
_CLOSINGS = ("", ".", "!", " 😀", " 👍🏽", " 😡😡", "...", "\nObrigada!", " Nota 5.", " ❤️")

QUESTIONS = {
    "nps": "Em uma escala de {low} a {high}, quanto você recomendaria a {name}?",
    "nps_relational": "De modo geral, você indicaria a {name} a um amigo? ({low} a {high})",
    "csat": "Qual é a sua satisfação com {name}? ({low} a {high})",
    "ces": "Quão fácil foi resolver sua solicitação?",
    "ces2": "A empresa facilitou a solução do meu problema",
    "emoji": "Como você se sente hoje?",
    "ratings": "Que nota você dá à nossa usabilidade?",
    "multiple_choice": "O que mais pesou na sua nota?",
    "open": "O que podemos melhorar?",
    "thumbs": "Sua solicitação foi resolvida?",
    "label": "Agora, duas perguntas rápidas",
    "image": "https://img.example.com/capa.png",
}
SURVEY_NAMES = ("Pós-venda", "Atendimento", "Relacionamento", "Entrega", "Aplicativo", "Loja física", "Cobrança")
OPTIONS = ("Preço", "Prazo de entrega", "Atendimento", "Qualidade", "Variedade", "5", "Outro motivo")
TRANSLATED_OPTIONS = (
    {"pt_BR": "Sim", "en_US": "Yes", "es_ES": "Sí"},
    {"pt_BR": "Não", "en_US": "No", "es_ES": "No"},
    {"pt_BR": "Talvez", "en_US": "Maybe", "es_ES": "Quizás"},
)


def person(rng: random.Random) -> str:
    """Return the name of nobody."""
    return f"{pick(rng, GIVEN_NAMES)} {pick(rng, FAMILY_NAMES)}"


def comment(rng: random.Random) -> str:
    """Return what a respondent might write; plain text, whatever it looks like."""
    return pick(rng, _OPENINGS) + pick(rng, _MIDDLES) + pick(rng, _CLOSINGS)
