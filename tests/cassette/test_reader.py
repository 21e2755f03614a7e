"""Which files are recordings; whatever else a file holds is one clear line, and nothing of it is run."""

import gzip
import re
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from connector_core.cassette import Asked, Session, load
from connector_core.errors import ConfigError

WHOLE: dict[str, Any] = {
    "version": 1,
    "connector_core": {"plugin": "acme", "clock": "2024-07-02T00:00:00Z", "options": {"a": 1}, "cursors": {"p": [1]}},
    "interactions": [
        {
            "request": {"method": "GET", "uri": "https://h/p?b=2&a=1", "body": None, "headers": {}},
            "response": {
                "status": {"code": 200, "message": "OK"},
                "headers": {"Link": ["a", "b"], "Retry-After": 3},
                "body": {"string": "é"},
            },
        }
    ],
}


def written(tmp_path: Path, whole: Any) -> Path:
    path = tmp_path / "c.yaml"
    path.write_text(whole if isinstance(whole, str) else yaml.safe_dump(whole), encoding="utf-8")
    return path


def changed(path: str, value: Any) -> dict[str, Any]:
    """A copy of a good cassette with one value changed."""
    whole = yaml.safe_load(yaml.safe_dump(WHOLE))
    *way, last = (int(step) if step.isdigit() else step for step in path.split("/"))
    place = whole
    for step in way:
        place = place[step]
    place[last] = value
    return dict(whole)


def test_a_recording_is_read_as_values(tmp_path: Path) -> None:
    recording = load(written(tmp_path, WHOLE))
    assert recording.session == Session("acme", datetime(2024, 7, 2, tzinfo=UTC), {"a": 1}, {"p": [1]})
    (one,) = recording.interactions
    assert one.asked == Asked("GET", "https://h", "/p", (("a", "1"), ("b", "2")), b"")
    assert (one.status, one.reason, one.content) == (200, "OK", "é".encode())
    assert one.headers == {"Link": "a, b", "Retry-After": "3"}


def test_a_session_may_leave_out_what_it_has_none_of_and_yaml_may_know_the_clock_as_a_time(tmp_path: Path) -> None:
    whole = yaml.safe_dump(changed("connector_core", {"plugin": "acme", "clock": "CLOCK"}))
    recording = load(written(tmp_path, whole.replace("CLOCK", "2024-07-02 01:00:00+01:00")))
    assert recording.session == Session("acme", datetime(2024, 7, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("version", 2, "version"),
        ("version", True, "version"),
        ("interactions", {}, "interactions"),
        ("interactions", ["x"], "interactions[0].request"),
        ("interactions/0/request/method", None, "interactions[0].request.method"),
        ("interactions/0/request/uri", "https://[h", "interactions[0].request.uri"),
        ("interactions/0/request/uri", "https://h:port/", "interactions[0].request.uri"),
        ("interactions/0/request/body", {"a": "b"}, "interactions[0].request.body"),
        ("interactions/0/response", [], "interactions[0].response"),
        ("interactions/0/response/status/code", "200", "interactions[0].response.status.code"),
        ("interactions/0/response/status/message", 5, "interactions[0].response.status.message"),
        ("interactions/0/response/headers", [], "interactions[0].response.headers"),
        ("interactions/0/response/headers", {1: ["a"]}, "interactions[0].response.headers"),
        ("interactions/0/response/headers", {"A": [None]}, "interactions[0].response.headers"),
        ("interactions/0/response/body", "text", "interactions[0].response.body"),
        ("interactions/0/response/body", {"string": 5}, "interactions[0].response.body.string"),
        ("connector_core", "acme", "connector_core"),
        ("connector_core/plugin", 5, "connector_core.plugin"),
        ("connector_core/clock", 5, "connector_core.clock"),
        ("connector_core/clock", "yesterday", "connector_core.clock"),
        ("connector_core/clock", "2024-07-02T00:00:00", "connector_core.clock"),
        ("connector_core/clock", "0001-01-01T00:00:00+10:00", "connector_core.clock"),
        ("connector_core/options", [], "connector_core.options"),
        ("connector_core/options", {"a": b"bytes"}, "connector_core.options"),
        ("connector_core/cursors", {"a": {"b", "c"}}, "connector_core.cursors"),
    ],
)
def test_a_defect_is_named_by_its_place_and_never_by_its_value(
    tmp_path: Path, path: str, value: Any, place: str
) -> None:
    file = written(tmp_path, changed(path, value))
    with pytest.raises(ConfigError) as raised:
        load(file)
    assert str(raised.value) == f"{file}: this is no recording that can be replayed, see {place}; record it again"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("interactions: [", "line 2"),
        ("a: 1\nb: !!python/object/apply:os.system ['touch ran']\n", "line 2"),
        ("!!python/object/new:_io.BytesIO {}", "line 1"),
        ("a: !!python/name:os.system", "line 1"),
        ("a\n---\nb", "line 2"),
        ("a: *b", "line 1"),
        ("[" * 200_000, None),
        ("{a: " * 5000, None),
        ("- " * 5000, None),
        ("a: 2024-13-45", None),
        ("!!bool secret", None),
        ("!!timestamp secret", None),
        ("!!int ''", None),
        ("9" * 5000, None),
    ],
)
def test_what_is_not_plain_yaml_is_refused_and_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, line: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="it is not plain YAML") as raised:
        load(written(tmp_path, text))
    assert line is None or f"see {line}" in str(raised.value)
    assert "secret" not in str(raised.value)
    assert [file.name for file in tmp_path.iterdir()] == ["c.yaml"]


def multiplied(levels: int, times: int) -> str:
    """Aliases of aliases: a few lines that stand for `times` to the power of `levels` texts."""
    lines = ["a0: &a0 lol"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * times)}]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]",
        multiplied(30, 10),
        "a: &a {x: 1}\n" + "\n".join(f"b{n}: &b{n} {{<<: [{'*a, ' * 10}]}}" for n in range(200)),
        f"a: &a {'x' * 10_000}\nb: [{'*a, ' * 1000}]",
        "\n".join(f"a{n}: &a{n} [{f'*a{n - 1}' if n else 1}]" for n in range(5000)),
    ],
    ids=["loop", "levels", "merges", "long text", "a long chain"],
)
def test_aliases_that_multiply_are_refused_before_they_do(text: str, tmp_path: Path) -> None:
    whole = yaml.safe_dump(WHOLE).replace("- 1\n", "- CURSOR\n")
    for file in (text, whole.replace("CURSOR", "{" + text.replace("\n", ", ") + "}")):
        with pytest.raises(ConfigError, match="it is not plain YAML"):
            load(written(tmp_path, file))


def test_an_alias_that_only_repeats_is_read(tmp_path: Path) -> None:
    """As plain vcrpy may write it."""
    text = yaml.safe_dump(WHOLE).replace("- a\n", "- &same a\n").replace("- b\n", "- *same\n")
    assert load(written(tmp_path, text)).interactions[0].headers["Link"] == "a, a"


@pytest.mark.parametrize(("line", "number"), [("version: 1", 1), ("    uri: https://h/p?b=2&a=1", 11)])
def test_a_key_that_stands_twice_is_refused_with_its_line(line: str, number: int, tmp_path: Path) -> None:
    text = yaml.safe_dump(WHOLE)
    assert text.count(line) == 1
    with pytest.raises(ConfigError, match=rf"it is not plain YAML; see line {number};"):
        load(written(tmp_path, text.replace(line, f"{line}\n{line}")))


def test_a_file_of_too_many_values_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="it is not plain YAML"):
        load(written(tmp_path, "- a\n" * 300_001))


def test_a_file_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_001)
    with pytest.raises(ConfigError, match="larger than 100,000,000 bytes"):
        load(path)


BOMB = gzip.compress(bytes(60_000_000), mtime=0)  # it names a test, which must be the same in each worker


@pytest.mark.parametrize(("times", "place"), [(1, None), (2, "interactions[1].response.body.string")])
def test_bodies_that_unpack_to_more_than_a_recording_may_hold_are_refused(
    times: int, place: str | None, tmp_path: Path
) -> None:
    """Each is small enough; together they are not."""
    whole = changed("interactions/0/response", {
        "status": {"code": 200, "message": "OK"}, "headers": {"Content-Encoding": ["gzip"]}, "body": {"string": BOMB},
    })  # fmt: skip
    whole["interactions"] = whole["interactions"] * times
    path = written(tmp_path, whole)
    if place is None:
        assert len(load(path).interactions[0].content) == 60_000_000
    else:
        with pytest.raises(ConfigError, match=re.escape(place)):
            load(path)


@pytest.mark.parametrize("body", [b"plain", BOMB[:100], b""])
def test_a_body_that_is_not_compressed_after_all_is_itself(body: bytes, tmp_path: Path) -> None:
    whole = changed("interactions/0/response/body", {"string": body})
    whole["interactions"][0]["response"]["headers"] = {"content-encoding": "gzip"}
    assert load(written(tmp_path, whole)).interactions[0].content == body


def test_a_file_that_is_not_there_or_not_text_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(tmp_path / "binary")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(Path("nul\0byte"))


def load_bytes(content: bytes) -> None:
    """Load it; only ConfigError is allowed, and only one line."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "c.yaml"
        path.write_bytes(content)
        try:
            load(path)
        except ConfigError as error:
            assert "\n" not in str(error)  # noqa: PT017  # either outcome is right


@given(st.binary())
def test_arbitrary_bytes_load_or_are_refused(content: bytes) -> None:
    load_bytes(content)


YAML_LIKE = st.lists(st.sampled_from([*"[]{}:,&*!|>-?%@`#'\"\n \t.~<0123456789abceinorstuxy", "!!", "---\n", "<<: "]))


@given(YAML_LIKE.map("".join))
def test_arbitrary_yaml_like_text_loads_or_is_refused(text: str) -> None:
    load_bytes(text.encode())


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.datetimes() | st.dates()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers() | st.dates(), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.sampled_from([
        "version", "connector_core", "connector_core/clock", "connector_core/options", "interactions",
        "interactions/0", "interactions/0/request", "interactions/0/request/uri", "interactions/0/request/body",
        "interactions/0/response", "interactions/0/response/status", "interactions/0/response/headers",
        "interactions/0/response/body", "interactions/0/response/body/string",
    ]),
    VALUES,
)  # fmt: skip
def test_a_recording_with_any_value_in_any_place_loads_or_is_refused(path: str, value: Any) -> None:
    load_bytes(yaml.safe_dump(changed(path, value), allow_unicode=True).encode("utf-8", "surrogatepass"))
