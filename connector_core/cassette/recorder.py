"""Recording: an adapter above the real one that keeps what passes, cleaned, and writes it as vcrpy writes."""

import io
import os
import re
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from threading import Lock
from typing import Any

import requests
import yaml
from attrs import evolve, frozen
from requests.adapters import BaseAdapter
from vcr.serialize import serialize

from connector_core import body, jsontext
from connector_core.cassette.changes import Change, Recorded
from connector_core.cassette.keeping import Kept, kept
from connector_core.cassette.recording import SESSION_KEY, Session
from connector_core.cassette.scrub import LEFT_OUT, Scrub
from connector_core.errors import ConfigError
from connector_core.model import Json
from connector_core.retry import ATTEMPT_SECONDS

_WIDTH = 1_000_000
"""Never fold a line: a diff of folded texts moves words about."""

_NOT_IN_BLOCKS = re.compile("[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
"""Letters that YAML's block form changes or cannot hold."""


class RecordingAdapter(BaseAdapter):
    """Passes requests on, and keeps each with its answer. Safe to use from many threads.

    A request that fails before its answer is there is not kept. Nothing is kept before it is cleaned.

    Args:
        inner: the adapter that sends.
        scrub: how what is kept is made safe; None keeps URLs and bodies to the byte (headers are cut in any case).
    """

    def __init__(self, inner: BaseAdapter, scrub: Scrub | None) -> None:
        super().__init__()
        self._inner = inner
        self._scrub = scrub
        self._kept: list[Kept] = []
        self._lock = Lock()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send through the inner adapter and read the whole answer.

        Raises:
            requests.RequestException: as the inner adapter does.
            TooLargeError, TimeoutError, urllib3.exceptions.HTTPError: as the reading of any body does.
        """
        response = self._inner.send(request, *args, **kwargs)
        # all of it, decoded; an answer that breaks off raises here and is not kept
        content = body.read(response, time.monotonic, time.monotonic() + ATTEMPT_SECONDS)
        response.raw = io.BytesIO(content)  # for the caller to read
        one = kept(request, response, content, self._scrub)
        with self._lock:
            self._kept.append(one)
        return response

    def close(self) -> None:
        """Let go of the inner adapter's connections; what was kept stays."""
        self._inner.close()

    def save(self, path: Path, session: Session) -> Recorded:
        """Write the cassette, in the place of an earlier one, all or nothing; says what was replaced in it.

        To be called when the run was complete. Interactions stand sorted by method and URL; several answers to one
        request stay in the order in which they came.

        Raises:
            ConfigError: the file cannot be written; one that stood there is as it was.
        """
        with self._lock:
            whole = sorted(self._kept, key=lambda one: (one.request.method, one.request.uri))
        left_out = sum(one.response["body"]["string"] == LEFT_OUT for one in whole)
        changes: Counter[Change] = Counter()
        for one in whole:
            changes.update(one.changes)
        both = {"requests": [one.request for one in whole], "responses": [one.response for one in whole]}
        write(path, serialize(both, _Layout(_session(session, self._scrub))))
        return Recorded(str(path), len(whole), left_out, changes)


def _session(session: Session, scrub: Scrub | None) -> dict[str, Json]:
    """The session as plain JSON. Cursors must stay usable, so of them only secrets are taken away."""
    raw = {
        "plugin": session.plugin,
        "clock": session.clock.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "options": dict(session.options),
        "cursors": dict(session.cursors),
    }
    plain: dict[str, Json] = jsontext.decode(jsontext.encode(raw))
    return evolve(scrub, personal=None).json(plain) if scrub else plain


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # in C where there is one
    """Plain YAML for people: texts of many lines as blocks, no aliases."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _text_node(dumper: Any, text: str) -> yaml.ScalarNode:
    block = "\n" in text and not _NOT_IN_BLOCKS.search(text)
    node: yaml.ScalarNode = dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if block else None)
    return node


_Dumper.add_representer(str, _text_node)


@frozen
class _Layout:
    """A serializer as vcrpy takes them, which adds the session."""

    session: dict[str, Json]

    def serialize(self, cassette: dict[str, Any]) -> str:
        whole = {"version": cassette["version"], SESSION_KEY: self.session, "interactions": cassette["interactions"]}
        text: str = yaml.dump(whole, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
        return text


def write(path: Path, text: str) -> None:
    """Write beside the file, make it durable, and take its place at once; the commands' umask makes it its owner's.

    Raises:
        ConfigError: it cannot be written; a file that stood there is as it was.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise ConfigError(
            f"{path}: the recording cannot be written ({error.strerror}); record to another place"
        ) from None
    finally:
        with suppress(OSError):  # it is the file by now, or could not be made
            beside.unlink()
