"""Surveys of chance: every question type, all five scales, texts by language and plain, and the awkward cases."""

import random
from typing import Any, NamedTuple

from trackco_simulator.cxm.model import TYPE_NUMBERS, Question, Survey
from trackco_simulator.draws import pick, public_hash, uuid4
from trackco_simulator.texts import OPTIONS, QUESTIONS, SURVEY_NAMES

Scale = tuple[int, int]


class Languages(NamedTuple):
    """A survey's default language, and the languages of its texts; none at all for plain texts."""

    default: str | None
    texts: tuple[str, ...]

    def shown(self, text: Any) -> str:
        """Return what the survey calls a text: in its default language, else in the first there is."""
        return text if isinstance(text, str) else text.get(self.default, next(iter(text.values())))

    def write(self, text: str) -> Any:
        """Write a Portuguese text in each language, or plain."""
        if not self.texts:
            return text
        return {name: text if name == "pt_BR" else f"{text} [{name[:2]}]" for name in self.texts}


_LANGUAGES = (
    Languages("pt_BR", ("pt_BR", "en_US", "es_ES")),
    Languages("pt_BR", ()),
    Languages("en_US", ("pt_BR", "en_US")),
    Languages("es_ES", ("pt_BR", "en_US")),
    Languages(None, ("en_US", "pt_BR")),
)
_SCORED: tuple[tuple[str, Scale | None], ...] = (
    ("csat", (1, 5)),
    ("nps", None),
    ("nps_relational", (1, 10)),
    ("csat", (1, 7)),
    ("csat", (0, 5)),
    ("nps", (0, 10)),
)
_OTHER_SCALES: dict[str, Scale] = {"ces": (1, 7), "ces2": (1, 5), "ratings": (0, 5), "emoji": (1, 5)}
_OTHERS = ("ratings", "multiple_choice", "ces", "label", "emoji", "thumbs", "ces2", "image", "open")
_EXTRA_TEXTS = (
    ("O que podemos melhorar?", "O que podemos melhorar?"),
    ("customer.name: como prefere ser chamado?",),
    ("Que novidade você gostaria de ver?",),
)


def spelt(rng: random.Random, kind: str) -> str | int:
    """Write a question type in one of the vendor's ways: text in any case, or its number."""
    forms: tuple[str | int, ...] = (kind, kind, kind, kind.upper(), kind.title(), TYPE_NUMBERS[kind])
    return pick(rng, forms)


def draw_question(
    rng: random.Random, kind: str, text: str, languages: Languages, scale: Scale | None = None
) -> Question:
    """Draw a question; without a scale it is sent without one."""
    asked = languages.write(text)
    definition: dict[str, Any] = {"uuid": uuid4(rng), "type": spelt(rng, kind), "question": asked}
    if scale is not None:
        definition |= {"min_scale": scale[0], "max_scale": scale[1]}
    if kind == "multiple_choice":
        definition["options"] = list(OPTIONS)
    return Question(
        uuid=definition["uuid"],
        type=kind,
        text=languages.shown(asked),
        scale=scale or (0, 10),
        definition=definition,
    )


def draw_survey(rng: random.Random, number: int, of: int) -> Survey:
    """Draw importable survey `number` of `of`; together they have every question type, the last is archived."""
    languages = _LANGUAGES[number % len(_LANGUAGES)]
    name = SURVEY_NAMES[number % len(SURVEY_NAMES)]
    if number >= len(SURVEY_NAMES):
        name += f" {number // len(SURVEY_NAMES) + 1}"
    kind, scale = _SCORED[number % len(_SCORED)]
    low, high = scale or (0, 10)
    text = QUESTIONS[kind].format(name=name, low=low, high=high)
    questions = [draw_question(rng, kind, text, languages, scale)]
    questions += [
        draw_question(rng, other, QUESTIONS[other], languages, _OTHER_SCALES.get(other))
        for other in _OTHERS[number % min(of, len(_OTHERS)) :: min(of, len(_OTHERS))]
    ]
    questions += [draw_question(rng, "open", extra, languages) for extra in _EXTRA_TEXTS[number % len(_EXTRA_TEXTS)]]
    if number % 2:  # the scored question need not come first
        questions[0], questions[1] = questions[1], questions[0]
    status = "archived" if number and number == of - 1 else "active"
    return _survey(rng, name, status, languages, questions)


def draw_unimportable(rng: random.Random) -> tuple[Survey, Survey]:
    """Draw a survey without a scored question and one with two."""
    languages = _LANGUAGES[0]
    none = [draw_question(rng, kind, QUESTIONS[kind], languages) for kind in ("open", "ratings")]
    two = [
        draw_question(rng, kind, QUESTIONS[kind].format(name="Exemplo", low=0, high=10), languages, (0, 10))
        for kind in ("nps", "csat")
    ]
    return (
        _survey(rng, "Pesquisa aberta", "active", languages, none),
        _survey(rng, "Duas notas", "active", languages, two),
    )


def _survey(rng: random.Random, name: str, status: str, languages: Languages, questions: list[Question]) -> Survey:
    definition = {"uuid": uuid4(rng), "public_hash": public_hash(rng), "name": name, "status": status}
    if languages.default is not None:
        definition["default_lang"] = languages.default
    return Survey(
        public_hash=definition["public_hash"],
        name=name,
        default_lang=languages.default,
        questions=tuple(questions),
        definition=definition,
    )
