"""What can be odd in an interaction: what is sent, and what must become of it."""

from typing import Any

from trackco_simulator.hostile import oddities as odd
from trackco_simulator.hostile.cxm_survey import QUESTIONS, SCORE_TEXT
from trackco_simulator.hostile.draft import Draft, Fate, Table
from trackco_simulator.wire import Raw

_DATES: tuple[tuple[Any, str, bool], ...] = (
    ("2018-11-04 00:00:00", "2018-11-04T03:00:00Z", True),  # a midnight that does not exist
    ("2018-11-04T00:59:59", "2018-11-04T03:59:59Z", True),
    ("2018-11-04 01:00:00", "2018-11-04T03:00:00Z", False),
    ("2018-02-17 23:00:00", "2018-02-18T01:00:00Z", True),  # comes twice
    ("2018-02-17 23:59:59", "2018-02-18T01:59:59Z", True),
    ("2018-02-18 00:00:00", "2018-02-18T03:00:00Z", False),
    ("2024-07-01T07:30:00-03:00", "2024-07-01T10:30:00Z", False),
    ("2024-07-01t10:30:00z", "2024-07-01T10:30:00Z", False),
    ("2024-07-01T10:30:00.999999Z", "2024-07-01T10:30:00Z", False),
    ("2024-07-01 07:30:00.5", "2024-07-01T10:30:00Z", False),
    (" 2024-07-01 07:30:00 ", "2024-07-01T10:30:00Z", False),
    (1719829800, "2024-07-01T10:30:00Z", False),
    (1719829800999, "2024-07-01T10:30:00Z", False),
    (1719829800.5, "2024-07-01T10:30:00Z", False),
    ("2024-02-29 12:00:00", "2024-02-29T15:00:00Z", False),
    ("0001-01-01 00:00:00Z", "0001-01-01T00:00:00Z", False),
    ("0001-06-01T00:00:00+00:00", "0001-06-01T00:00:00Z", False),
    ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z", False),
    (0, "1970-01-01T00:00:00Z", False),
)
"""Dates as sent, the instants they stand for, and whether a change of clocks makes them doubtful."""

_LATER = ("9999-12-31T00:00:00Z", "9999-01-01 00:00:00", "2200-01-01T00:00:00Z", 7258118400, 253402214400000)
"""Dates after any run."""

_BAD_DATES = (
    *(odd.Form(sent, "date.missing") for sent in (None, "", "   ")),
    *(
        odd.Form(sent, "date.invalid")
        for sent in (
            "0000-00-00 00:00:00", "9999-12-31 23:59:59", "0001-01-01T00:00:00+05:00", "10000-01-01 00:00:00", "ontem",
            "2023-02-29 10:00:00", "2024-07-01 24:61:00", "2024-07-01\u0000", "😀", "1" * odd.LONG,
            "2024-07-01 " * odd.LONG,
            True, {"date": "2024-07-01"}, ["2024-07-01 07:30:00"], 10**odd.MANY_DIGITS, Raw("1e300"), Raw("1e999"),
            -(10**18), odd.nested(50), Raw(r'"\ud800"'),
        )
    ),
)  # fmt: skip

_SHAPES: tuple[tuple[str, Any], ...] = (
    ("answers", 7), ("answers", "x"), ("answers", {"a": 1}), ("answers", [7]), ("answers", [[]]), ("answers", True),
    ("customer", "Fulana"), ("customer", [1]), ("metadata", 1.5), ("metadata", ["x"]), ("interaction", True),
    ("interaction", "\u0000"),
)  # fmt: skip

_SPACES = ("metadata", "interaction", "customer")


def _score(draft: Draft) -> dict[str, Any]:
    answer: dict[str, Any] = draft.raw["answers"][0]["answer"]
    return answer


def _rating(form: odd.Form, draft: Draft) -> None:
    _score(draft)["response"] = form.sent
    draft.record["rating"] = str(form.said)
    draft.expect(SCORE_TEXT, form.said)


def _unscored(sent: Any, draft: Draft) -> None:
    _score(draft)["response"] = sent
    draft.faults["score"] = Fate("skipped", "unscored")


def _unanswered(key: str, draft: Draft) -> None:
    """Leave out the score, or all that was said of it."""
    _score(draft).pop(key, None)
    draft.raw["answers"][0].pop(key, None)
    draft.faults["score"] = Fate("skipped", "unscored")


def _bad_rating(form: odd.Form, draft: Draft) -> None:
    _score(draft)["response"] = form.sent
    draft.faults["score"] = Fate("rejected", form.said)


def comment(form: odd.Form, draft: Draft) -> None:
    """Say something of the score."""
    _score(draft)["comment"] = form.sent
    draft.record["text"] = form.said


def _no_comment(sent: Any, draft: Draft) -> None:
    _score(draft)["comment"] = sent


def _author(form: odd.Form, draft: Draft) -> None:
    draft.raw.setdefault("customer", {})["name"] = form.sent
    draft.record["author_name"] = form.said


def _identifier(sent: Any, draft: Draft) -> None:
    draft.raw.setdefault("customer", {})["identifier"] = sent
    draft.record["author_id"] = str(sent)


def _date(row: tuple[Any, str, bool], draft: Draft) -> None:
    draft.raw["answered_at"], draft.record["posted_at"], draft.ambiguous = row


def _later(sent: Any, draft: Draft) -> None:
    draft.raw["answered_at"] = sent
    draft.faults["outside"] = Fate("outside", "date")


def _bad_date(form: odd.Form, draft: Draft) -> None:
    draft.raw["answered_at"] = form.sent
    draft.faults["date"] = Fate("rejected", form.said)


def _left_out(row: tuple[str, str], draft: Draft) -> None:
    key, check = row
    del draft.raw[key]
    draft.faults[check] = Fate("rejected", f"{check}.missing")
    if check == "id":
        draft.record["id"] = ""


def _nameless(sent: Any, draft: Draft) -> None:
    draft.raw["uuid"] = sent
    draft.record["id"] = ""
    draft.faults["id"] = Fate("rejected", "id.missing")


def _status(sent: Any, draft: Draft) -> None:
    draft.raw["status"] = sent
    if sent is not None:
        draft.expect("interaction.status", sent)


def _other_status(sent: Any, draft: Draft) -> None:
    draft.raw["status"] = sent
    draft.faults["status"] = Fate("skipped", "status")


def _misshapen(row: tuple[str, Any], draft: Draft) -> None:
    draft.raw[row[0]] = row[1]
    draft.faults["shape"] = Fate("rejected", "record.shape")


def attribute(row: tuple[str, str, odd.Form], draft: Draft) -> None:
    """Give the interaction an attribute in one of the vendor's name spaces."""
    space, name, form = row
    draft.raw.setdefault(space, {})[name] = form.sent
    draft.expect(f"{space}.{name}", form.said)


def _top(form: odd.Form, draft: Draft) -> None:
    draft.raw["device"] = form.sent
    draft.expect("interaction.device", form.said)


def _empty(sent: Any, draft: Draft) -> None:
    draft.raw["device"] = sent
    draft.raw.setdefault("metadata", {})["nada"] = sent


def _answer(row: tuple[str, str], draft: Draft) -> None:
    uuid, name = row
    draft.raw["answers"].append({"question_uuid": uuid, "type": "open", "answer": {"response": "5", "comment": " é "}})
    draft.expect(name, "5")
    draft.expect(f"{name} (comment)", "é")


def _every_answer(kind: str, draft: Draft) -> None:
    for uuid, own, _, name in QUESTIONS:
        if own == kind:
            draft.raw["answers"].append({"question_uuid": uuid, "type": kind, "answer": f"para {uuid}"})
            draft.expect(name, f"para {uuid}")


def _answer_value(form: odd.Form, draft: Draft) -> None:
    draft.raw["answers"].append({"question_uuid": "q-1", "type": "open", "answer": {"response": form.sent}})
    draft.expect("Igual", form.said)


def _answer_key(form: odd.Form, draft: Draft) -> None:
    draft.raw["answers"].append(
        {"question_uuid": "q-1", "type": "open", "answer": {"response": "x", "detalhe": form.sent}}
    )
    draft.expect("Igual", "x")
    draft.expect("Igual (detalhe)", form.said)


TABLE: Table = (
    ("comment", comment, (*odd.TEXTS, odd.same("<br> & &amp; <3"))),
    ("comment", _no_comment, (None, "", " \n ")),
    ("score", _rating, odd.RATINGS),
    ("score", _unscored, odd.UNSCORED),
    ("score", _unanswered, ("response", "answer")),
    ("score", _bad_rating, odd.REFUSED_RATINGS),
    ("author", _author, odd.TEXTS),
    ("identifier", _identifier, (12, 2**70, "ção 😀")),
    ("date", _date, _DATES),
    ("date", _later, _LATER),
    ("date", _bad_date, _BAD_DATES),
    ("date", _left_out, [("answered_at", "date")]),
    ("id", _nameless, (None, "", "  ")),
    ("id", _left_out, [("uuid", "id")]),
    ("status", _status, (3, 5, "3", "5", 3.0, None)),
    ("status", _other_status, (0, 1, 4, 99, -3, "1", "feito", 10**odd.MANY_DIGITS, 3.5)),
    *((space, attribute, [(space, "valor", form) for form in odd.VALUES]) for space in _SPACES),
    ("names", attribute, [("metadata", name, odd.same("sim")) for name in odd.NAMES]),
    ("top", _top, odd.VALUES),
    ("top", _empty, (None, "", [], {})),
    ("answers", _answer, [(uuid, name) for uuid, kind, _, name in QUESTIONS if kind == "open"]),
    ("answers", _answer, [("q-unknown", "q-unknown")]),
    ("answers", _every_answer, ["open"]),
    ("answers", _answer_key, odd.VALUES),
    ("answers", _answer_value, (*odd.TEXTS[:-1], odd.TRUE, odd.same(10**9), odd.same(["a", None, 1]))),
    ("shape", _misshapen, _SHAPES),
)
"""Comments stand in the scored answer, which may be taken away; shapes come last, since nothing can be done any more to
a part that has lost its own."""
