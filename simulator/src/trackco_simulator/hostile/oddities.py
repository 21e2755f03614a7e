"""What both APIs may be sent where a text, a number or any JSON is expected: on the wire, and as it must be loaded."""

from typing import Any, NamedTuple

from trackco_simulator.wire import Raw

LARGE = 5_000_000
"""Bytes of the largest comment."""
LONG = 10_000
"""Letters of the longest name."""
MANY_DIGITS = 400


class Form(NamedTuple):
    """A value: as it is sent, and as it must be loaded."""

    sent: Any
    said: Any


def same(value: Any) -> Form:
    """Return a value that is loaded as it is sent."""
    return Form(value, value)


TRUE = Form(sent=True, said=True)

TEXTS = (
    same("👩🏽‍🚀 família 👨‍👩‍👧‍👦 e 🇧🇷"),
    same("antes\u0000depois"),
    same("\u202eabc\u202c \u200f\u05e9\u05dc\u05d5\u05dd\u200f \u0645\u0631"),
    same("linha\u2028outra\u2029e\u0085mais\u000bainda"),
    same("\u200b"),
    same("e\u0301 é"),
    same("\u001b[31mvermelho\u001b[0m\u0007"),
    same("'); DROP TABLE feedback; --"),
    same('{"kind": "nps"}'),
    same("=HYPERLINK(1)"),
    same("../../etc/passwd %s %n {0} ${HOME}"),
    same("\ufffe\uffff\U0010ffff"),
    Form(Raw(r'"meio \ud83d par"'), "meio \ufffd par"),
    Form(Raw(r'"\ude00\ud83d"'), "\ufffd\ufffd"),
    Form(Raw(r'"\ud83d\ude00"'), "😀"),
    Form("  \t\n branco \r\n ", "branco"),
)
"""Texts; what is white space around them is not loaded where a comment or a name is read."""

NUMBERS = (
    same(0),
    same(-1),
    same(2**63),
    same(2**64),
    same(-(2**70)),
    same(10**MANY_DIGITS + 7),
    same(0.1),
    same(1e300),
    Form(Raw("1e999"), "1e999"),
    Form(Raw("-1e999"), "-1e999"),
    Form(Raw("1E-999"), 0.0),
)


DEEP = "fundo"
"""The attribute that holds a value nested very deeply; what must be loaded is said as JSON text."""
DEPTHS = (200, 300, 2_000, 100_000)


def nested(levels: int) -> Raw:
    """Return a list in a list in a list."""
    return Raw("[" * levels + "]" * levels)


VALUES = (
    *NUMBERS,
    TRUE,
    Form(sent=False, said=False),
    same([None, [[]], {"": {}}]),
    same({"": 1, "a.b": 2, "__proto__": 3, "ação 😀": 4}),
    same(list(range(2_000))),
    same({"x" * LONG: "y" * LONG}),
    Form(Raw('{"a":1,"a":2}'), {"a": 2}),
    Form(Raw(r'{"\ud800":"\udfff"}'), {"\ufffd": "\ufffd"}),
    same("\u0000"),
)
"""JSON of any kind, none of which says nothing."""

NAMES = ("", " ", "a.b", "ação 😀", "\u0000", "__proto__", "n" * LONG, "id", "\u202eodal", "SELECT *")
"""Names of attributes."""

RATINGS = tuple(
        Form(sent, number)
        for sent, number in (
            (5, 5), ("5", 5), ("5 ", 5), ("\t5\n", 5), (5.0, 5), ("5.0", 5), ("05", 5), (Raw("5e0"), 5),
            (Raw("50E-1"), 5),
            (0, 0), ("0", 0), (Raw("-0"), 0), (Raw("-0.0"), 0), (10, 10), ("10", 10), (Raw("1.0E+1"), 10),
        )
)  # fmt: skip
"""Scores from 0 to 10, and what they count."""

UNSCORED: tuple[Any, ...] = (None, "", "   ", "\n", [], {})
"""What means that there is no score."""

REFUSED_RATINGS = (
    *(
        Form(sent, "rating.type")
        for sent in (
            True, False, [5], {"valor": 5}, "nove", "5/10", "5,0", "\uff15", "\u0665", "1e1", "NaN", "Infinity",
            "0x5", "5 5", "--5",
            "\u00005", "5\u200b", "😀", "cinco" * LONG, Raw("1e999"), Raw("-1e999"), Raw(r'"\ud800"'), nested(100),
        )
    ),
    *(Form(sent, "rating.not_whole") for sent in (4.5, "4.5", -0.5, Raw("5.0000001"), Raw("1e-300"))),
    *(
        Form(sent, "rating.out_of_scale")
        for sent in (11, "11", -1, "-1", 99, "11.0", 10**20, 10**MANY_DIGITS, Raw("1e300"), -(10**30))
    ),
)  # fmt: skip
"""Scores that must be rejected, and the reason."""
