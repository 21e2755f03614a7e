"""Comments with HTML, made of pieces of which both sides are known: what is sent, and what a person reads."""

import random
import re
from typing import NamedTuple

from trackco_simulator.draws import between, chance, pick
from trackco_simulator.texts import comment


class Piece(NamedTuple):
    """A piece of a comment: as HTML, and as a person reads it."""

    html: str
    text: str


_WORDS = (
    Piece("Ótimo <b>atendimento</b>", "Ótimo atendimento"),
    Piece("p&aacute;gina &amp; suporte", "página & suporte"),
    Piece("5 < 6 e 7 > 3", "5 < 6 e 7 > 3"),
    Piece("amei <3", "amei <3"),
    Piece("o sinal &lt;br&gt; apareceu", "o sinal <br> apareceu"),
    Piece("escrito &amp;lt; assim", "escrito &lt; assim"),
    Piece("voc&#234;s s&#xE3;o ótimos &#128512;", "vocês são ótimos 😀"),
    Piece('<a href="https://www.example.com/?a=1&amp;b=2">veja aqui</a>', "veja aqui"),
    Piece("<span style='color: red'>Demorou</span> demais", "Demorou demais"),
    Piece("não volto 👎🏾", "não volto 👎🏾"),
)
_BREAKS = (
    Piece("<br>", "\n"),
    Piece("<br/>", "\n"),
    Piece("<BR />", "\n"),
    Piece("<br><br><br><br>", "\n\n"),
    Piece("\n", "\n"),
    Piece(" ", " "),
    Piece(". ", ". "),
)
_BLOCKS = ("p", "div", "P")
_RUNS = re.compile("\n{3,}")


def marked_up(rng: random.Random) -> Piece:
    """Draw a comment with HTML."""
    form = pick(rng, ("run", "run", "blocks", "list"))
    words = [pick(rng, _WORDS) for _ in range(between(rng, 1, 4))]
    pieces: list[Piece] = []
    for word in words:
        if form == "list":
            pieces.append(Piece(f"<li>{word.html}</li>", f"{word.text}\n"))
        elif form == "blocks":
            block = pick(rng, _BLOCKS)
            pieces.append(Piece(f"<{block}>{word.html}</{block}>", f"{word.text}\n"))
        else:
            pieces += [word, pick(rng, _BREAKS)]
    html = "".join(piece.html for piece in pieces)
    text = _RUNS.sub("\n\n", "".join(piece.text for piece in pieces)).strip()
    return Piece(f"<ul>{html}</ul>" if form == "list" else html, text)


def draw_comment(rng: random.Random) -> tuple[str, str | None]:
    """Draw what an answer says, often nothing, and how it is sent."""
    if chance(rng, 0.3):
        return "", pick(rng, (None, None, "", " ", "<br>"))
    if chance(rng, 0.4):
        piece = marked_up(rng)
        return piece.text, piece.html
    plain = comment(rng)
    if "<" in plain or "&" in plain:
        plain = "Sem comentários 🙂"
    return plain, plain
