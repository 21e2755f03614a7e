"""One format: pytest-recording replays our cassettes with the network blocked, and we replay those that it records."""

import subprocess
import sys
from pathlib import Path

from requests.adapters import HTTPAdapter

from connector_core.cassette import RecordingAdapter, ReplayAdapter, Scrub, load
from tests.cassette.fakes import SESSION, serving, session_on
from tests.cassette.test_vcrpy import BODIES, PATHS, answer_to, ask_all

THEIR_TEST = """\
import pytest, requests

@pytest.mark.vcr
def test_it():
    for path in {paths}:
        answer = requests.get({url!r} + path)
        assert answer.status_code in (200, 429)
        assert (b"a" in answer.content) == (b"a" in {bodies}.get(path, b"a"))
"""


def pytest_in(folder: Path, url: str, *arguments: str) -> None:
    """Run a test that asks for every path, in a pytest of its own; its cassette is where pytest-recording puts it."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_theirs.py").write_text(THEIR_TEST.format(paths=PATHS, url=url, bodies=BODIES))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_pytest_recording_replays_what_we_recorded(tmp_path: Path) -> None:
    adapter = RecordingAdapter(HTTPAdapter(), Scrub(personal=None))
    with serving(answer_to) as server:
        with session_on(adapter) as http:
            ask_all(server, http)
        asked = len(server.asked)
        adapter.save(tmp_path / "cassettes/test_theirs/test_it.yaml", SESSION)
        pytest_in(tmp_path, server.url, "--record-mode=none", "--block-network")
        assert len(server.asked) == asked


def test_we_replay_what_pytest_recording_recorded(tmp_path: Path) -> None:
    with serving(answer_to) as server:
        pytest_in(tmp_path, server.url, "--record-mode=once")
        asked = len(server.asked)
        assert asked == len(PATHS) + 1  # one of them leads to another
        recording = load(tmp_path / "cassettes/test_theirs/test_it.yaml")
        adapter = ReplayAdapter(recording)
        with session_on(adapter) as http:
            again = ask_all(server, http)
    bodies = {url.removeprefix(server.url): content for url, _, content in again}
    assert {path: bodies[path] for path in BODIES} == BODIES
    assert (len(server.asked), adapter.unused(), recording.session) == (asked, [], None)
