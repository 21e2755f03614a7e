"""A check finds its own fault and no other: each broken plugin before the checks that it is not for.

A sixth of the pairs is tried here, and all of them by `make torture`.
"""

import os
from collections.abc import Iterable
from zlib import crc32

import pytest

from connector_core.testing import SINK_CHECKS, SOURCE_CHECKS
from tests.testing import test_sink_kit as sinks
from tests.testing import test_source_kit as sources
from tests.testing.broken_sinks import BROKEN
from tests.testing.test_sink_kit import installed, quickly
from tests.testing.test_source_kit import install

__all__ = ["install", "installed", "quickly"]  # fixtures


def others(checks: Iterable[str], plugin: str, own: str) -> set[str]:
    """The checks that must find nothing wrong with a broken plugin, or some of them, by no order."""
    found = sorted(set(checks) - {own}, key=lambda check: crc32(f"{plugin} {check}".encode()))
    everything = int(os.environ.get("TORTURE", "1")) > 1
    return set(found if everything else found[: -(-len(found) // 6)])


@pytest.mark.usefixtures("install")
@pytest.mark.parametrize("name", sources.BROKEN)
def test_a_broken_source_is_caught_by_no_other_check(name: str) -> None:
    tried = others([check.name for check in SOURCE_CHECKS], name, sources.own(name))
    assert tried
    assert sources.caught(name, tried) == {}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_load_plugin_is_caught_by_no_other_check(name: str) -> None:
    tried = others([check.name for check in SINK_CHECKS], name, BROKEN[name].caught_by)
    assert tried
    assert sinks.caught(name, tried) == {}
