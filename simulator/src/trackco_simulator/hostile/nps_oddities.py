"""What can be odd in an answer of the NPS API: what is sent, and what must become of it."""

from typing import Any

from trackco_simulator.hostile import oddities as odd
from trackco_simulator.hostile.draft import Draft, Fate, Table
from trackco_simulator.wire import Raw

QUESTION = "Que nota? 😀\u202e\u0000"
"""The campaign's question."""
MANY = 300
"""Tags of an answer that has very many."""

_HTML = (
    odd.Form("um<br>dois<BR/>três", "um\ndois\ntrês"),
    odd.Form("<p>um</p><p>dois</p>", "um\ndois"),
    odd.Form("um" + "<br>" * 100 + "dois", "um\n\ndois"),
    odd.Form("<b>" * odd.LONG + "fundo" + "</b>" * odd.LONG, "fundo"),
    odd.Form("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
    odd.Form("&amp;lt; &#128512;", "&lt; 😀"),
    odd.Form("&#xD83D;&#0;", "\ufffd\ufffd"),
    odd.same("5 < 6 e 7 > 3; R&D; amei <3"),
    odd.same("&" * odd.LONG),
    odd.same("<" * odd.LONG),
)

_TIMES = (
    odd.Form(1719829800, "2024-07-01T10:30:00Z"),
    odd.Form(1719829800.9, "2024-07-01T10:30:00Z"),
    odd.Form(Raw("1.7198298E9"), "2024-07-01T10:30:00Z"),
    odd.Form(0, "1970-01-01T00:00:00Z"),
    odd.Form(-1, "1969-12-31T23:59:59Z"),
    odd.Form(-62135596800, "0001-01-01T00:00:00Z"),
)

_LATER = (7258118400, 32503680000)
"""Dates after any run."""

_BAD_TIMES = (
    *(odd.Form(sent, "date.missing") for sent in (None, "", "   ")),
    *(
        odd.Form(sent, "date.invalid")
        for sent in (
            "ontem", "\u0000", "😀", "1" * odd.LONG, True, {"date": 1}, [1], -62135596801, 10**20, 10**odd.MANY_DIGITS,
            Raw("1e300"), Raw("1e999"), Raw("-1e999"), odd.nested(50), Raw(r'"\ud800"'),
        )
    ),
)  # fmt: skip

_SHAPES: tuple[tuple[str, Any], ...] = (
    ("tags", 7), ("tags", "x"), ("tags", {"a": 1}), ("tags", [7]), ("tags", ["x"]), ("tags", [[]]), ("tags", True),
    ("tags", [{"name": [1], "value": 1}]), ("categories", "x"), ("categories", [7]), ("categories", [{"name": True}]),
    ("justifications", 7), ("justifications", [7]), ("justifications", [{"name": "a", "children": 7}]),
    ("justifications", [{"name": "a", "children": [[]]}]), ("name", ["x"]), ("nps_comment", [1]), ("name", True),
    ("nps_comment", {"a": 1}), ("identification", {"a": 1}),
)  # fmt: skip

_NAMES = (
    *(odd.same(name) for name in ("Preço", "a.b", "\u202eodal", '{"pt-br": ', "{}", "[]", '{"a":' * odd.LONG)),
    odd.Form('{"pt-br": "Preço"}', "Preço"),
    odd.Form('{"en": "Price", "pt-BR": "Preço \\u0000"}', "Preço \u0000"),
    odd.Form({"es": "Precio", "en": "Price"}, "Precio"),
    odd.Form(Raw(r'"\ud83d"'), "\ufffd"),
)
"""Names of options and categories, in the vendor's two encodings and in neither."""


def _rating(form: odd.Form, draft: Draft) -> None:
    draft.raw["nps_answer"] = form.sent
    draft.record["rating"] = str(form.said)
    draft.expect(QUESTION, form.said)


def _unscored(sent: Any, draft: Draft) -> None:
    draft.raw["nps_answer"] = sent
    draft.faults["score"] = Fate("skipped", "unscored")


def _bad_rating(form: odd.Form, draft: Draft) -> None:
    draft.raw["nps_answer"] = form.sent
    draft.faults["score"] = Fate("rejected", form.said)


def comment(form: odd.Form, draft: Draft) -> None:
    """Say something."""
    draft.raw["nps_comment"] = form.sent
    draft.record["text"] = form.said


def _author(form: odd.Form, draft: Draft) -> None:
    draft.raw["name"] = form.sent
    draft.record["author_name"] = form.said


def _identification(sent: Any, draft: Draft) -> None:
    draft.raw["identification"] = sent
    draft.record["author_id"] = str(sent)


def _given(row: tuple[str, Any], draft: Draft) -> None:
    """Send a part that says nothing."""
    draft.raw[row[0]] = row[1]


def _time(form: odd.Form, draft: Draft) -> None:
    draft.raw["time"], draft.record["posted_at"] = form


def _later(sent: Any, draft: Draft) -> None:
    draft.raw["time"] = sent
    draft.faults["outside"] = Fate("outside", "date")


def _bad_time(form: odd.Form, draft: Draft) -> None:
    draft.raw["time"] = form.sent
    draft.faults["date"] = Fate("rejected", form.said)


def _nameless(sent: Any, draft: Draft) -> None:
    draft.raw["id"] = sent
    draft.record["id"] = ""
    draft.faults["id"] = Fate("rejected", "id.missing")


def _misshapen(row: tuple[str, Any], draft: Draft) -> None:
    draft.raw[row[0]] = row[1]
    draft.faults["shape"] = Fate("rejected", "record.shape")


def own(row: tuple[str, odd.Form], draft: Draft) -> None:
    """Send a key of the answer's own."""
    key, form = row
    draft.raw[key] = form.sent
    draft.expect(f"answer.{key}", form.said)


def _tag(row: tuple[str, odd.Form], draft: Draft) -> None:
    name, form = row
    draft.raw["tags"] = [{"name": name, "value": form.sent}]
    draft.expect(f"tag.{name}", form.said)


def _tags(count: int, draft: Draft) -> None:
    """Send many tags, and one name in all of them again."""
    names = [f"t{number}" for number in range(count)]
    draft.raw["tags"] = [{"name": name, "value": own} for name in names for own in (name, "de novo")]
    for name in names:
        draft.expect(f"tag.{name}", [name, "de novo"])


def _category(form: odd.Form, draft: Draft) -> None:
    draft.raw["categories"] = [{"name": form.sent}, {"name": "Prazo"}]
    draft.expect("answer.categories", [form.said, "Prazo"])


def _justification(form: odd.Form, draft: Draft) -> None:
    draft.raw["justifications"] = [{"name": form.sent, "children": [{"name": form.sent}, {"name": "Caro"}]}]
    draft.expect(f"justification.{form.said}", [form.said, "Caro"])


_EMPTY: tuple[Any, ...] = (None, "", [], {})
_PARTS = ("tags", "categories", "justifications", "nps_comment", "name", "identification", "assignee", "device")
TABLE: Table = (
    ("empty", _given, [(key, sent) for key in _PARTS for sent in _EMPTY]),
    ("score", _rating, odd.RATINGS),
    ("score", _unscored, odd.UNSCORED),
    ("score", _bad_rating, odd.REFUSED_RATINGS),
    ("comment", comment, (*odd.TEXTS, *_HTML)),
    ("comment", _given, [("nps_comment", sent) for sent in (" \n ", "<br>", "<p></p>")]),
    ("author", _author, odd.TEXTS),
    ("identification", _identification, (12, 2**70, "ção 😀")),
    ("date", _time, _TIMES),
    ("date", _later, _LATER),
    ("date", _bad_time, _BAD_TIMES),
    ("id", _nameless, (None, "", "  ")),
    *((key, own, [(key, form) for form in odd.VALUES]) for key in ("assignee", "device")),
    ("tags", _tag, [("valor", form) for form in odd.VALUES]),
    ("tags", _tag, [(name, odd.same("sim")) for name in odd.NAMES]),
    ("tags", _tags, [MANY]),
    ("categories", _category, _NAMES),
    ("justifications", _justification, _NAMES),
    ("shape", _misshapen, _SHAPES),
)
"""What is empty comes first, so that it may be filled, and shapes last, since nothing fits a part that lost its own."""
