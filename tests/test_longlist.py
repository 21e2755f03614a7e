"""An array cut into runs holds the same records as the array decoded whole."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core import jsontext, longlist
from connector_core.longlist import runs

_TEXT = st.text(alphabet='ab"\\,{}[]:é\ud800 \n', max_size=8)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.floats() | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)
_RECORDS = st.lists(_VALUES | st.fixed_dictionaries({"id": _VALUES, "in": st.lists(_VALUES, max_size=2)}), max_size=8)


def _pieces(body: bytes, size: int) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


def _both(body: bytes, piece: int, run: int) -> None:
    try:
        whole = jsontext.decode(body)
    except ValueError:
        whole = None
    try:
        cut = [record for some in runs(_pieces(body, piece), run) for record in some]
    except ValueError:
        assert not isinstance(whole, list)
    else:
        assert repr(cut) == repr(whole)


@given(_RECORDS, st.integers(1, 40), st.integers(1, 60), st.sampled_from([None, 1]), st.sampled_from(["", "\ufeff"]))
def test_any_array_in_any_pieces(records: list[object], piece: int, run: int, indent: int | None, bom: str) -> None:
    """Whatever an array holds, however it is cut, its records are those of the whole."""
    text = json.dumps(records, indent=indent, ensure_ascii=not bom)
    _both((bom + text).encode("utf-8", "surrogatepass"), piece, run)


@given(st.text(alphabet='[]{},:"1 a\\', max_size=20), st.integers(1, 9), st.integers(1, 9))
def test_what_is_no_array(text: str, piece: int, run: int) -> None:
    """What does not decode whole ends in a ValueError in pieces too, and nothing else does."""
    _both(text.encode(), piece, run)


@pytest.mark.parametrize("body", [b"[1,", b"[1,]", b"[,1]", b"[1],[2]", b'{"a":1}', b"", b'[{"a":1},{"a"'])
@pytest.mark.parametrize("run", [1, 100])
def test_what_ends_early_is_refused(body: bytes, run: int) -> None:
    """An array that is not closed, or holds a comma too many, is refused."""
    with pytest.raises(ValueError, match=r"."):
        list(runs(_pieces(body, 1), run))


def test_a_record_that_is_too_large_for_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came before it is given; an array may have any number of records that are not."""
    monkeypatch.setattr(longlist, "LARGEST", 1_000)
    assert sum(len(some) for some in runs([b"[0", *[b', "%b"' % (b"x" * 900)] * 50, b"]"], 100)) == 51
    came: list[object] = []
    with pytest.raises(ValueError, match="too large"):
        came.extend(runs([b'[1, 2, "', *[b"x" * 100] * 50, b'"]'], 100))
    assert came == [[1, 2]]


def test_deep_nesting_and_broken_utf8() -> None:
    """What nests too deeply is text, broken UTF-8 is replaced, as in the whole."""
    _both(b"[" + b",".join([b'{"a":' + b"[" * 300 + b"]" * 300 + b"}", b'"\xff,\xc3"', b"NaN"] * 5) + b"]", 7, 50)
