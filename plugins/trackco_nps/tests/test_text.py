"""Comments out of HTML, names out of their encodings."""

import signal
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackco_nps import text

fragments = st.sampled_from(
    [
        "<",
        ">",
        "&",
        ";",
        "/",
        "!",
        "--",
        "br",
        "p",
        "a",
        '"',
        "'",
        "#",
        "x",
        "amp",
        "\n",
        "\r",
        " ",
        "[",
        "\ud800",
        "9" * 5000,
    ]
)


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("plain, as typed", "plain, as typed"),
        ("one<br>two<BR/>three<br />four", "one\ntwo\nthree\nfour"),
        ("<p>one</p><p class='x'>two</p>", "one\ntwo"),
        ("<div>one</div><ul><li>two</li><li>three</li></ul>", "one\ntwo\nthree"),
        ("a <b>bold</b> <a href='https://example.com/?x>y'>link</a>", "a bold link"),
        ('<a title="it\'s > that" href=x>z</a>', "z"),
        ("<p class=it's>odd quotes</p>", "odd quotes"),
        ("a < b", "a < b"),
        ("I <3 you", "I <3 you"),
        ("write to <fulana@example.com>", "write to <fulana@example.com>"),
        ("half a tag <br", "half a tag <br"),
        ("a<script>b<br>c", "ab\nc"),
        ("<!-- hidden -->shown<?xml?><!DOCTYPE html>", "shown"),
        ("<![<![", "<![<!["),
        ("R&D &amp; P&amp;L &eacute;&#233;&#xE9;", "R&D & P&L ééé"),
        ("&amp;lt;b&amp;gt; &lt;br&gt;", "&lt;b&gt; <br>"),
        ("?a=1&copy=2", "?a=1&copy=2"),
        ("&nbsp;padded&nbsp;", "padded"),
        ("&#" + "9" * 5000 + ";", "&#" + "9" * 5000 + ";"),
        ("a\n\n\n\nb\n\nc", "a\n\nb\n\nc"),
        ("a\r\n\r\n\r\nb", "a\n\nb"),
        ("<p>a</p>\n<p>b</p>\n", "a\n\nb"),
        ("  \n x \n ", "x"),
        ("<br><br/>", None),
        ("   ", None),
        ("", None),
    ],
)
def test_a_comment_reads_as_its_author_saw_it(markup: str, plain: str | None) -> None:
    assert text.comment(markup) == plain


@given(st.text(alphabet=st.characters(exclude_characters="<&\n\r")))
def test_text_without_markup_stays_but_for_its_ends(typed: str) -> None:
    assert text.comment(typed) == (typed.strip() or None)


@given(st.text(alphabet=st.characters(exclude_characters="\n\r")))
def test_escaped_text_comes_back(typed: str) -> None:
    assert text.comment(escape(typed)) == (typed.strip() or None)


@given(st.lists(fragments | st.text(max_size=3), max_size=60).map("".join))
def test_no_comment_makes_it_raise_or_leaves_a_run_of_newlines(markup: str) -> None:
    plain = text.comment(markup)
    assert plain is None or ("\n\n\n" not in plain and plain == plain.strip())


@pytest.mark.parametrize("unit", ["<a ", "<!--", "<a '", "<", "&", "<a ='\"", "\r\n", "<p 'x' ", "<br/"])
def test_hostile_comments_take_linear_time(unit: str) -> None:
    signal.alarm(60)  # a watchdog, no stopwatch: a pattern that goes astray would take hours
    text.comment(unit * 50_000)
    signal.alarm(0)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Preço", "Preço"),
        ('{"pt-br":"Preço"}', "Preço"),
        (' {"en": "Price", "pt_BR": "Preço"}', "Preço"),
        ('{"en": "Price", "es": "Precio"}', "Price"),
        ('{"pt-br": "", "en": "Price"}', "Price"),
        ('{"pt-br": 5}', '{"pt-br": 5}'),
        ("{not json}", "{not json}"),
        ('{"a":' * 100_000, '{"a":' * 100_000),
        ({"en": "Price", "pt-br": "Preço"}, "Preço"),
        ({"pt-br": None}, None),
        ({}, None),
        ("", ""),
        (5, None),
        (None, None),
    ],
)
def test_a_name_is_read_in_either_encoding(value: object, name: str | None) -> None:
    assert text.name(value) == name


@given(st.text() | st.text(alphabet='{}":,\\ud8pt-br'))
def test_no_text_makes_reading_a_name_raise(value: object) -> None:
    assert isinstance(text.name(value), str)
