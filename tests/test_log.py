"""What is said while the tool works, and when it breaks: nothing of a secret, and nothing that an exception says."""

import io
import json
import logging
import os
import subprocess
import sys
import warnings
from typing import Any

import pytest
import structlog

from connector_core import log
from connector_core.secrets import HIDDEN, Guard

SECRET = 's3cr"et'
CUSTOMER = "fulana@example.org"


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Where the log goes, in a process that shows each warning."""
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    monkeypatch.setattr(warnings, "filters", [("default", None, Warning, None, 0)])
    return io.StringIO()


def configured(form: log.Format, stream: io.StringIO, verbosity: int = 1) -> Any:
    guard = Guard()
    guard.learn([SECRET, "4711"])
    log.configure(form, verbosity, guard, stream)
    return structlog.get_logger("test")


@pytest.mark.parametrize("form", ["json", "console"])
def test_every_value_and_key_of_an_event_is_cleaned(form: log.Format, stream: io.StringIO) -> None:
    logger = configured(form, stream)
    logger.info(SECRET, plain=SECRET, deep=[{SECRET: (SECRET, 4711)}], raw=SECRET.encode(), **{SECRET: 1})
    logger.bind(bound={SECRET}).debug("more %s", SECRET)
    said = stream.getvalue()
    assert said.count(HIDDEN) == 9
    assert "s3cr" not in said
    assert "4711" not in said


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_control_character_reaches_a_terminal(form: log.Format, stream: io.StringIO) -> None:
    configured(form, stream).error("partition.failed", partition="\x1b]0;x\x07")
    assert not {"\x1b", "\x07"} & set(stream.getvalue())


def test_json_stays_json_and_the_form_of_values_stays(stream: io.StringIO) -> None:
    configured("json", stream).info("a.b", deep={"n": [1, 2.5, None, True, "x"]})
    event = json.loads(stream.getvalue())
    assert event.pop("timestamp").endswith("Z")
    assert event == {"event": "a.b", "level": "info", "deep": {"n": [1, 2.5, None, True, "x"]}}


def breaking() -> None:
    try:
        os.environ[CUSTOMER]
    except KeyError as error:
        raise ValueError(SECRET, CUSTOMER) from error


def broken() -> ValueError:
    """An exception with a cause, both of which say what they must not."""
    with pytest.raises(ValueError, match=CUSTOMER) as caught:
        breaking()
    return caught.value


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("handed", ["method", "value", "tuple", "event", "key"])
def test_an_exception_is_told_by_its_type_and_frames(form: log.Format, handed: str, stream: io.StringIO) -> None:
    logger, error = configured(form, stream), broken()
    if handed == "method":
        try:
            raise error
        except ValueError:
            logger.exception("it.failed")
    elif handed == "event":
        logger.error(error, exc_info=error)
    else:
        given = (ValueError, error, error.__traceback__) if handed == "tuple" else error
        logger.error("it.failed", exc_info=given, **({"error": error} if handed == "key" else {}))
    said = stream.getvalue()
    assert "ValueError" in said
    assert "test_log.py" in said
    assert "breaking" in said
    assert "s3cr" not in said
    assert CUSTOMER not in said
    assert len(said.splitlines()) == 1


def test_what_a_library_logs_is_told_by_its_place_alone(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.root, "handlers", [])  # without those of pytest
    configured("json", stream)
    library = logging.getLogger("urllib3.connectionpool.of_this_test")
    library.setLevel(logging.DEBUG)  # as some libraries do
    library.warning("GET /?email=%s&token=%s", CUSTOMER, SECRET, exc_info=broken())
    library.debug("GET /?email=%s", CUSTOMER)
    logging.warning("a %s", CUSTOMER)  # noqa: LOG015 - this function adds a handler of its own where there is none
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(event["event"], event["logger"], event["at"][:11]) for event in events] == [
        ("library.logged", "urllib3.connectionpool.of_this_test", "test_log.py"),
        ("library.logged", "root", "test_log.py"),
    ]
    assert CUSTOMER not in stream.getvalue()


def test_what_a_library_warns_of_is_told_by_its_place_alone(stream: io.StringIO) -> None:
    configured("json", stream)
    warnings.warn(f"unverified request to {CUSTOMER}", ResourceWarning, stacklevel=1)
    event = json.loads(stream.getvalue())
    assert (event["event"], event["category"], event["at"][:11]) == (
        "library.warned", "ResourceWarning", "test_log.py",
    )  # fmt: skip


def test_a_library_is_as_quiet_as_we_are(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.root, "handlers", [])
    configured("json", stream, -1)
    logging.getLogger("urllib3").error("x")
    assert stream.getvalue() == ""


UNCAUGHT = """
import sys, threading
from connector_core.secrets import Guard
from connector_core.uncaught import install

guard = Guard()
guard.learn(["s3cret_function"])
install(guard, "connector-run")

def s3cret_function():
    try:
        {}["fulana@example.org"]
    except KeyError as error:
        raise ValueError("s3cret_function and fulana@example.org") from error

class Dying:
    def __del__(self):
        s3cret_function()

def leaving():
    raise SystemExit("fulana@example.org")

for target in s3cret_function, leaving:
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
dying = Dying()
del dying
s3cret_function()
"""


def test_what_nothing_catches_is_told_by_type_and_frames() -> None:
    """In a thread, in a destructor and at the top: one line each."""
    ended = subprocess.run([sys.executable, "-c", UNCAUGHT], capture_output=True, text=True, check=False)
    lines = ended.stderr.splitlines()
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert [line.split(",")[0] for line in lines] == ["connector-run: bug: a bug in connector-core or a plugin"] * 3
    for line, frame in zip(lines, ["run", "__del__", "<module>"], strict=True):
        assert "ValueError at <string>" in line
        assert frame in line
        assert HIDDEN in line
    assert "fulana" not in ended.stderr
    assert "s3cret" not in ended.stderr
