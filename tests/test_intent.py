"""What is about to be appended, kept until a journal knows that it is there."""

from pathlib import Path

import pytest

from connector_core.intent import keep, kept


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "f.state-intent")


def test_the_last_intent_is_kept_for_its_own_place(path: str) -> None:
    """Also where a longer one stood before it."""
    assert kept(path, 0) == b""
    keep(path, 7, 11, [b"a long", b" one\n"])
    keep(path, 18, 6, [b"short\n"])
    assert (kept(path, 18), kept(path, 7)) == (b"short\n", b"")


def test_only_its_owner_may_read_it(path: str) -> None:
    keep(path, 0, 14, [b"of a customer\n"])
    assert Path(path).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("length", range(len(b"12345678" * 2 + b"a line\n")))
def test_a_torn_intent_claims_no_more_than_was_meant(length: int, path: str) -> None:
    keep(path, 5, 7, [b"a line\n"])
    Path(path).write_bytes(Path(path).read_bytes()[:length])
    assert b"a line\n".startswith(kept(path, 5))
