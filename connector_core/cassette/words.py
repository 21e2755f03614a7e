"""The words that stand-ins are made of, and by which they are known again. Data, and nothing of any person."""

import re

from attrs import frozen

FIRST = (
    "Alvina", "Benita", "Caluz", "Dorane", "Elvio", "Fabrisa", "Galmir", "Heloana",
    "Ivaldo", "Jacine", "Kleiane", "Leomir", "Marvina", "Nelvio", "Quirilo", "Tarciso",
)  # fmt: skip
LAST = (
    "Amoreso", "Brandal", "Cardovil", "Dantesco", "Esperal", "Galvares", "Horteiro", "Inventado",
    "Jardinal", "Lagoeiro", "Montelar", "Nogaral", "Quintelar", "Ribalto", "Salgueral", "Valdorim",
)  # fmt: skip

PLACEHOLDERS = frozenset({
    "exemplo", "example", "ejemplo", "teste", "test", "testing", "prueba", "amostra", "sample", "muestra", "modelo",
    "ficticio", "ficticia", "fictional", "fulano", "fulana", "beltrano", "beltrana", "sicrano", "sicrana", "mengano",
    "mengana", "doe", "dummy", "demo", "fake", "anonymous", "anonimo", "anonima",
})  # fmt: skip
"""Words of names that nobody bears, in plain letters."""


@frozen
class Script:
    """Letters that belong together, and words without meaning that are written in them.

    Attributes:
        letters: a pattern of one letter.
        words: what free text becomes. Where a script puts no blanks between words, each has two letters.
        blank: what stands between two words.
    """

    letters: re.Pattern[str]
    words: tuple[str, ...]
    blank: str = " "


def _script(letters: str, words: str, blank: str = " ") -> Script:
    return Script(re.compile(f"[{letters}]"), tuple(words.split()), blank)


LATIN = _script(
    "A-Za-z\xc0-\u024f\u1e00-\u1eff",
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna",
)
OTHERS = (
    _script("\u0400-\u052f", "лорем ипсум долор сит амет консектетур адиписцинг елит сед темпор лаборе магна"),
    _script("\u0370-\u03ff\u1f00-\u1fff", "λορεμ ιπσυμ δολορ σιτ αμετ κονσεκτετυρ ελιτ σεδ τεμπορ λαβορε μαγνα"),
    _script("\u0590-\u05ff", "לורם איפסום דולור סיט אמט קונסקטורר אלית סד טמפור לאבורה מגנא"),
    _script("\u0600-\u06ff\u0750-\u077f", "لوريم ايبسوم دولور سيت اميت كونسيكتيتور اليت سيد تيمبور لابوري ماجنا"),
    _script("\u0900-\u097f", "लोरेम इप्सम डोलर सिट अमेट कंसेक्टेटर एलिट सेड टेम्पोर लेबोर मैग्ना"),
    _script("\u0980-\u09ff", "লোরেম ইপসাম ডলর সিট আমেট কনসেকটেটুর এলিট সেড টেম্পোর লেবোর ম্যাগনা"),
    _script("\u0e00-\u0e7f", "โล เร มอ ปซ สม ดล รส ตเ มน คซ กต ทร", ""),
    _script("\u1100-\u11ff\uac00-\ud7a3", "로렘 입숨 돌로르 싯 아멧 콘섹테투르 엘릿 세드 템포르 라보레 마그나"),
    _script("\u3041-\u3096\u30a1-\u30fa", "ろれ むい ぷす むど ろる しと あめ てこ んせ くて とう るら", ""),
    _script("\u3400-\u4dbf\u4e00-\u9fff", "洛伦 伊普 苏姆 多洛 尔锡 阿梅 特康 塞克 泰图 拉博 雷玛 格纳", ""),
)
"""The scripts that are not Latin. What is written in none of these counts as Latin."""

_FOREIGN = re.compile("|".join(script.letters.pattern for script in OTHERS))


def script_of(text: str) -> Script:
    """The script of most of a text's letters."""
    if text.isascii() or not _FOREIGN.search(text):
        return LATIN
    return max((LATIN, *OTHERS), key=lambda script: len(script.letters.findall(text)))
