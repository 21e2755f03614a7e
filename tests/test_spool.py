"""A long body can be gone over as often as wanted, wherever its bytes are."""

import json

import pytest

from connector_core.spool import IN_MEMORY, received


@pytest.mark.parametrize("size", [0, 10, 3 * IN_MEMORY])
def test_gone_over_twice(size: int) -> None:
    """A body in memory and one in a file give the same records, each time."""
    records = [{"id": number, "text": "x" * 1000} for number in range(size // 1000)]
    body = json.dumps(records).encode()
    some = received(body[start : start + 70_000] for start in range(0, len(body), 70_000))
    assert list(some) == list(some) == records
