"""JSON comes in as it is written, or as near as can be; what came in can be written again."""

import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector_core.jsontext import decode, encode

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20)
BROKEN_TEXTS = st.text(st.characters() | st.sampled_from("\ud800\udfff"))
BROKEN = st.recursive(
    SCALARS | BROKEN_TEXTS, lambda inner: st.lists(inner) | st.dictionaries(BROKEN_TEXTS, inner), max_leaves=20
)
DEEPEST = 254


def same(one: Any, other: Any) -> bool:
    """Equal, and of the same types: 1 is not 1.0, and 0.0 is not -0.0."""
    return bool(one == other) and repr(one) == repr(other)


def nested(levels: int, inside: bytes = b"") -> bytes:
    return (
        b'[{"a":' * (levels // 2) + b"[" * (levels % 2) + (inside or b"0") + b"]" * (levels % 2) + b"}]" * (levels // 2)
    )


@given(VALUES)
@example(2**64)
@example({"id": 12345678901234567890123})
@example([-(2**63) - 1, 2**64 - 1, -(2**63), -0.0, 5e-324, 1.7976931348623157e308])
def test_what_is_written_is_read_again_exactly(value: Any) -> None:
    assert same(decode(encode(value)), value)


@given(VALUES, st.sampled_from([{}, {"indent": 1}, {"ensure_ascii": False}]))
def test_what_others_write_is_read_exactly(value: Any, how: dict[str, Any]) -> None:
    assert same(decode(json.dumps(value, **how).encode()), value)


@given(VALUES)
def test_clean_and_unclean_bodies_are_read_alike(value: Any) -> None:
    """A byte order mark, or a number that needs more than 64 bits beside it, changes nothing."""
    body = json.dumps(value).encode()
    assert same(decode(b"\xef\xbb\xbf" + body), decode(body))
    assert same(decode(b"[1000000000000000000000, %b]" % body), [10**21, decode(body)])


@given(BROKEN)
def test_what_is_read_from_broken_text_can_be_written_and_read_again(value: Any) -> None:
    """Lone surrogates come as U+FFFD, in names too."""
    read = decode(json.dumps(value).encode())
    assert same(decode(encode(read)), read)
    assert "\ufffd" in str(read) or same(read, value)


@given(BROKEN)
def test_anything_can_be_written_as_utf_8(value: Any) -> None:
    assert decode(encode(value)) == decode(json.dumps(value).encode())


@given(st.binary() | st.text().map(str.encode) | st.text('[]{}":,0123456789eE.-\\ud8tfnalsr ').map(str.encode))
def test_any_body_is_read_or_refused_with_a_value_error(body: bytes) -> None:
    try:
        read = decode(body)
    except ValueError:
        return
    encode(read)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'"a\xffb"', "a\ufffdb"),
        (b'"\xed\xa0\x80"', "\ufffd\ufffd\ufffd"),
        (rb'"\ud83d\ude00"', "\U0001f600"),
        (rb'"\ud83dx\ude00"', "\ufffdx\ufffd"),
        (rb'{"\ud800": ["\udfff"]}', {"\ufffd": ["\ufffd"]}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b' [1, 2.0, 1e2, "5", true, null] ', [1, 2.0, 100.0, "5", True, None]),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'\xef\xbb\xbf{"a": 1, "a": 2}', {"a": 2}),
        (b"18446744073709551615", 2**64 - 1),
        (b"18446744073709551616", 2**64),
        (b"-9223372036854775809", -(2**63) - 1),
        (b'[0.12345678901234567890123, "1234567890123456789012"]', [0.12345678901234568, "1234567890123456789012"]),
    ],
)
def test_examples(body: bytes, value: Any) -> None:
    assert same(decode(body), value)


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"{", b"[1,]", b"{'a': 1}", b"01", b"1 2", b"<html></html>", b'"a\nb"', b'{"a": \xff}', b"nan", b"]",
        b"[" * 100_000, b"]" * 1000 + b"[" * 1000, b'"' + b'\\"' * 100_000, b"[" * 300 + b"}" * 299,
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the contract is the type alone
        decode(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"NaN", "NaN"),
        (b'[Infinity, {"a": -Infinity}]', ["Infinity", {"a": "-Infinity"}]),
        (b"1e999", "1e999"),
        (b"[-1e999, 1000000000000000000000, 1.5]", ["-1e999", 10**21, 1.5]),
        (b"[" + b"1" * 5000 + b", 7]", ["1" * 5000, 7]),
    ],
)
def test_numbers_that_no_target_can_hold_stay_as_their_text(body: bytes, value: Any) -> None:
    assert same(decode(body), value)
    assert same(decode(encode(value)), value)


def depth(value: Any) -> int:
    """Levels of a value, counted without recursion."""
    levels, inner = 0, [value]
    while inner := [one for one in inner if isinstance(one, list | dict)]:
        levels += 1
        inner = [child for one in inner for child in (one.values() if isinstance(one, dict) else one)]
    return levels


def innermost(value: Any) -> Any:
    while isinstance(value, list | dict):
        value = next(iter(value.values())) if isinstance(value, dict) else value[0]
    return value


@pytest.mark.parametrize("inside", [b"0", b"10000000000000000000000", rb'"\ud800]"'])
@pytest.mark.parametrize("levels", [DEEPEST, DEEPEST + 1, 1024, 1025, 100_000])
def test_what_is_nested_too_deeply_to_be_written_again_comes_as_its_text(levels: int, inside: bytes) -> None:
    """Its neighbours come as ever."""
    read = decode(b'{"before": [1], "it": %b, "after": "]]"}' % nested(levels - 1, inside))
    assert (read["before"], read["after"]) == ([1], "]]")
    assert decode(encode(read)) == read
    assert depth(read) == min(levels, DEEPEST)
    if levels > DEEPEST:
        assert len(re.findall(r"[\[{]", innermost(read["it"]))) == levels - DEEPEST


@given(VALUES, st.integers(240, 270))
def test_any_json_is_read_whatever_stands_how_deep(value: Any, levels: int) -> None:
    body = b"[" * levels + json.dumps(value).encode() + b"]" * levels
    read = decode(body)
    assert depth(read) <= DEEPEST
    assert same(decode(encode(read)), read)
    if levels + depth(value) <= DEEPEST:
        assert same(read, json.loads(body))


def test_what_cannot_be_written_is_null_whatever_stands_beside_it() -> None:
    assert encode([float("nan")]) == b"[null]"
    assert encode([float("inf"), 10**30]) == b"[null,1%030d]" % 0


def test_writing_is_compact_and_keeps_the_order_of_keys() -> None:
    assert encode({"b": [1, "é"], "a": None}) == '{"b":[1,"é"],"a":null}'.encode()
    assert encode({"b": [10**30, "é"], "a": None}) == b'{"b":[1%030d,"\xc3\xa9"],"a":null}' % 0
